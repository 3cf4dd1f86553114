/** Every adapter, a family a line. */
export * from './attention/index.ts';
export * from './conv/index.ts';
export * from './math/index.ts';
export * from './norm/index.ts';
export * from './quantization/index.ts';
export * from './shape/index.ts';
