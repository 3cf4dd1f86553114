export * from './conv.ts';
export * from './image.ts';
export * from './pool.ts';
export * from './resize.ts';
