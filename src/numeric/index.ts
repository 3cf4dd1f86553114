export * from './fma.ts';
export * from './half.ts';
export * from './integer.ts';
export * from './narrow-float.ts';
export * from './rounding.ts';
export * from './truncate.ts';
