/** Adapters of the operators of src/ops/everyday.ts, and those in the same files. */
export * from './conv/conv.ts';
export * from './conv/pool.ts';
export * from './math/binary.ts';
export * from './math/clip.ts';
export * from './math/gemm.ts';
export * from './math/matmul.ts';
export * from './math/unary.ts';
export * from './quantization/conv.ts';
export * from './quantization/elementwise.ts';
export * from './quantization/linear.ts';
export * from './quantization/lookup.ts';
export * from './quantization/matmul.ts';
export * from './quantization/pool.ts';
export * from './quantization/qgemm.ts';
export * from './shape/cast.ts';
export * from './shape/move.ts';
