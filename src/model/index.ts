export * from './builder.ts';
export * from './external.ts';
export * from './limits.ts';
export * from './load.ts';
export * from './model.ts';
export * from './save.ts';
export type { LeftOut } from './tensors.ts';
export * from './values.ts';
