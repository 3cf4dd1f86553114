export * from './average-pool.ts';
export * from './col2im.ts';
export * from './conv.ts';
export * from './deform-conv.ts';
export * from './global-pool.ts';
export * from './max-pool.ts';
export * from './max-unpool.ts';
export * from './roi.ts';
