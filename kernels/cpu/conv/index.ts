export * from './average-pool.ts';
export * from './conv.ts';
export * from './global-pool.ts';
export * from './max-pool.ts';
