export * from './binary.ts';
export * from './unary.ts';
export * from './softmax.ts';
