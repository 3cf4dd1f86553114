export * from './layer-norm.ts';
export * from './skip-layer-norm.ts';
