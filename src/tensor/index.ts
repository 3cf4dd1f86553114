export * from './dtype.ts';
export * from './elements.ts';
export * from './format.ts';
export * from './strides.ts';
export * from './tensor.ts';
export * from './value.ts';
