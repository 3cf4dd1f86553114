export * from './blockwise.ts';
export * from './conv.ts';
export * from './elementwise.ts';
export * from './fused.ts';
export * from './linear.ts';
export * from './matmul.ts';
export * from './pool.ts';
