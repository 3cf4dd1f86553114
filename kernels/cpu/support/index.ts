export * from './emit.ts';
export * from './strides.ts';
