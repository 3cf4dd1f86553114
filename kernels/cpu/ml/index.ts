export * from './feature.ts';
export * from './label.ts';
export * from './linear.ts';
export * from './svm.ts';
export * from './tree-classic.ts';
export * from './tree-ensemble.ts';
