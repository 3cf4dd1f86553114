export * from './gradient.ts';
export * from './optimizers.ts';
