export * from './accumulate.ts';
export * from './convert.ts';
export * from './emit.ts';
export * from './expect.ts';
export * from './move.ts';
export * from './rows.ts';
export * from './steps.ts';
export * from './strides.ts';
