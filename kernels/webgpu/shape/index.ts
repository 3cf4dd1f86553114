export { cast } from './cast.ts';
export { concat } from './concat.ts';
export * from './gather.ts';
export * from './move.ts';
export * from './pad.ts';
export * from './shape.ts';
export * from './view.ts';
