export * from './bind.ts';
export * from './define.ts';
export * from './infer.ts';
export * from './notation.ts';
export * from './registry.ts';
