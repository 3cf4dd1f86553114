export * from './conv.ts';
export * from './pool.ts';
