export { dynamicQuantizeLinear } from './dynamic.ts';
export * from './matmul-integer.ts';
export * from './matmul-nbits.ts';
export * from './matmul-to-float.ts';
export * from './qlinear-matmul.ts';
