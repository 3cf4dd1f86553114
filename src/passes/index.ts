export { optimize, type OnPatch, type OptimizeOptions, type Trail, type TrailEntry } from './optimize.ts';
export { LEVELS, passesOf } from './levels.ts';
export * from './pass.ts';
export { as, either, Match, maybe, op, output, rest, scalar, shared, type OpPattern, type Pattern } from './pattern.ts';
export { describeEdge, diffGraphs, type ChangedEdge, type ChangedNode, type GraphDiff, type RemovedNode } from './diff.ts';
export { summarize, type EdgeSummary, type GraphSummary, type NodeSummary, type QuantizationSummary } from './snapshot.ts';
export { readScalar } from './support/constants.ts';
export { lowerToStandard, PORTABLE } from './portable/index.ts';
