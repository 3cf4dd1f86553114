export * from './kernels.ts';
export * from './models.ts';
