export * from './dequantize-linear.ts';
export * from './matmul-integer.ts';
export * from './matmul-to-float.ts';
export * from './qgemm.ts';
export * from './qlinear-matmul.ts';
export * from './quantize-linear.ts';
