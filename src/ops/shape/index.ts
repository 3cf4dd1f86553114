export * from './cast.ts';
export * from './make.ts';
export * from './move.ts';
export * from './view.ts';
