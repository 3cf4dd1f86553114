// The build for every engine: plain 128-bit SIMD.
export * from './half';
export * from './dequantize';
export * from './rotary';
export * from './conv8';
export * from './norm';
export * from './softmax';
export * from './ceiling';
export * from './gemmf';
export * from './copy';
export * from './cast';
export * from './convf';
export * from './reduce';
export * from './activation';
export * from './quantize';
export * from './gemm8';
export * from './elementwise';
export * from './nbits4';
