export * from './binary.ts';
export * from './clip.ts';
export * from './gated.ts';
export * from './matmul.ts';
export * from './pow.ts';
export * from './unary.ts';
export * from './where.ts';
