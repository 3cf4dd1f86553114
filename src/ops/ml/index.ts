export * from './feature.ts';
export * from './linear.ts';
export * from './tree.ts';
