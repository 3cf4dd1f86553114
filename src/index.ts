/** The public API. Import `nibble-onnx` for it with the built-in providers registered, `nibble-onnx/core` for it alone. */
export { OnnxError, type ArgRef, type ErrorDetail, type NodeRef, type OnnxErrorCode } from './errors.ts';
export { InferenceSession } from './session.ts';
export type {
  ExternalDataFile, Feeds, Fetches, GraphOptimizationLevel, Results, RunOptions, SessionOptions, ValueMetadata,
} from './options.ts';
export {
  describeType, DTYPES, dtypeInfo, pack, Tensor, toInts, unpack,
  type Dim, type DType, type OnnxMap, type Optional, type Sequence, type TensorData, type Value, type ValueType,
} from './tensor/index.ts';
export { availableProviders, registerProvider, type ProviderRequest } from './runtime/registry.ts';
export type { ExecutionProvider, Kernel, KernelContext, PlacedNode, ProviderFactory } from './runtime/provider.ts';
export type { Explanation, ExplainedNode } from './runtime/explain.ts';
