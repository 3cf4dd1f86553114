export * from './batch-norm.ts';
export * from './embed-layer-norm.ts';
export * from './group-norm.ts';
export * from './layer-norm.ts';
export * from './lp-norm.ts';
export * from './lrn.ts';
export * from './mean-variance.ts';
export * from './skip-layer-norm.ts';
