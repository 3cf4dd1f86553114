export * from './matmul.ts';
export * from './matmul-nbits.ts';
export * from './conv.ts';
export * from './linear.ts';
export * from './qgemm.ts';
export * from './elementwise.ts';
export * from './lookup.ts';
export * from './pool.ts';
