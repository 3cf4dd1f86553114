export * from './cast.ts';
export * from './gather.ts';
export * from './make.ts';
export * from './move.ts';
export * from './parts.ts';
export * from './select.ts';
