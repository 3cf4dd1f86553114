/** The public API. Import `nibble-onnx` for it with the built-in providers registered, `nibble-onnx/core` for it alone. */
export { OnnxError, type ArgRef, type ErrorDetail, type NodeRef, type OnnxErrorCode } from './errors.ts';
export { InferenceSession } from './session.ts';
export type { LoadProgress } from './download.ts';
export type {
  CheckOptions, CheckReport, Divergence, ExternalDataFile, Feeds, Fetches, GraphOptimizationLevel, Results, RunOptions, SessionOptions, ValueMetadata,
} from './options.ts';
export {
  describeType, DTYPES, dtypeInfo, pack, Tensor, toInts, unpack,
  type Dim, type DType, type OnnxMap, type Optional, type Sequence, type TensorData, type Value, type ValueType,
} from './tensor/index.ts';
export type { Difference } from './tensor/compare.ts';
export { availableProviders, registerProvider, type ProviderRequest } from './runtime/registry.ts';
export type { ExecutionProvider, Kernel, KernelContext, PlacedNode, ProviderFactory } from './runtime/provider.ts';
export {
  as, diffGraphs, either, EXACT, fresh, LSB, maybe, newConstant, newNode, op, output, readScalar, refuse, replaceBy, rest, sameAs, scalar, shared,
  summarize, ulp,
  type Contract, type EdgeSummary, type GraphDiff, type GraphSummary, type Level, type Match, type NodeSummary, type OnPatch, type Pass,
  type PassContext, type Patch, type Pattern, type PatternPass, type Refusal, type SweepPass, type TrailEntry,
} from './passes/index.ts';
export type { Explanation, ExplainedNode } from './runtime/explain.ts';
