export * from './limits.ts';
export * from './load.ts';
export * from './model.ts';
export * from './values.ts';
export * from './save.ts';
