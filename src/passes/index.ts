export { optimize, type OptimizeOptions, type Trail, type TrailEntry } from './optimize.ts';
export { LEVELS, passesOf } from './levels.ts';
export * from './pass.ts';
export { as, either, Match, maybe, op, output, rest, scalar, shared, type OpPattern, type Pattern } from './pattern.ts';
