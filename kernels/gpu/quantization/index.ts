export * from './blockwise.ts';
export * from './linear.ts';
export * from './lookup.ts';
export * from './product.ts';
