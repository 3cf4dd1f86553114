export * from './layer-norm.ts';
