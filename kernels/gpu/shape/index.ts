export * from './cast.ts';
export * from './move.ts';
export * from './view.ts';
