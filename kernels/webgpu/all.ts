export * from './math/index.ts';
export * from './quantization/index.ts';
export * from './shape/index.ts';
