export * from './load.ts';
export * from './model.ts';
export * from './values.ts';
