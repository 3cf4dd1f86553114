/** Every operator contract, a family a line. */
export * from './attention/index.ts';
export * from './control/index.ts';
export * from './conv/index.ts';
export * from './math/index.ts';
export * from './ml/index.ts';
export * from './norm/index.ts';
export * from './passive/index.ts';
export * from './quantization/index.ts';
export * from './recurrent/index.ts';
export * from './sequence/index.ts';
export * from './shape/index.ts';
export * from './text/index.ts';
export * from './training/index.ts';
