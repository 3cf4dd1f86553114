export * from './binary.ts';
export * from './unary.ts';
