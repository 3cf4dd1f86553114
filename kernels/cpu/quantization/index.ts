export * from './dequantize-linear.ts';
export * from './quantize-linear.ts';
