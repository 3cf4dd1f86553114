export * from './binary.ts';
export * from './clip.ts';
export * from './gemm.ts';
export * from './matmul.ts';
export * from './pow.ts';
export * from './reduce.ts';
export * from './softmax.ts';
export * from './unary.ts';
