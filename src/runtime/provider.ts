/** The execution provider interface: all that placement and execution know of a provider. */
import type { Attrs, OpContract, OpVersion } from '../ops/define.ts';
import type { Graph, Node } from '../graph/index.ts';
import type { DType, Tensor, Value } from '../tensor/index.ts';

/** Outputs of a node, in order; a missing optional output is undefined. */
export type Outputs = readonly (Value | undefined)[];
export type Inputs = readonly (Value | undefined)[];

/** What a kernel may ask of the runtime while it runs. */
export interface KernelContext {
  /**
   * Memory for output `index`: a slot of the arena when the plan knows the shape, the caller's own tensor when it gave
   * one, new memory otherwise. The content is undefined: write every element. Throws `E_LIMIT` past the byte budget.
   */
  output(index: number, dtype: DType, dims: readonly number[]): Tensor;
  /** Checks a tensor that will live in a device's memory against the limits of the session. Throws `E_LIMIT`. */
  admit(dtype: DType, dims: readonly number[]): void;
  /** Memory a kernel needs for itself while it runs, zero-filled. Throws `E_LIMIT` past the byte budget. */
  scratch(dtype: DType, dims: readonly number[]): Tensor;
  /** Tells that output `index` is a view of `input`'s elements under other dims (Reshape, Squeeze, Identity...). */
  view(index: number, input: Tensor, dims: readonly number[]): Tensor;
  /** True when somebody uses output `index`. */
  wants(index: number): boolean;
  /** Runs a subgraph of the node (If, Loop, Scan, SequenceMap) with values for its inputs. */
  runSubgraph(graph: Graph, inputs: Inputs): Outputs | Promise<Outputs>;
  /** Tells that values which `runSubgraph` or `scratch` gave are no longer held, so that loops do not use up the budget. */
  release(values: Outputs): void;
  /** Throws `E_ABORTED` when the run was cancelled. Long loops call it about every 50 ms. */
  checkAbort(): void;
  /** Uniform random numbers in [0, 1): seeded by the node's `seed` attribute or by the session. */
  random(seed?: number): () => number;
}

/** A prepared node. Synchronous kernels return outputs, asynchronous ones a promise of them. */
export interface Kernel {
  (inputs: Inputs, context: KernelContext): Outputs | Promise<Outputs>;
  /** True for a kernel that returns promises although its provider does not: it loads something first. */
  readonly async?: boolean;
  /** For a kernel of a provider with a device: where it reads each input; `device` where nothing is said. */
  readonly reads?: readonly (InputLocation | undefined)[];
  /** Inputs whose constant content it holds in a form of its own: it does not look at their elements again. */
  readonly packed?: readonly number[];
}

/**
 * Where a kernel reads an input: in the memory of its provider's device, on the host (shapes, axes, scalars), or wherever it is, because
 * its content was taken in at preparation or is not looked at.
 */
export type InputLocation = 'device' | 'host' | 'anywhere';

/** A node together with its contract: what `supports` and `prepare` look at. */
export interface PlacedNode {
  readonly node: Node;
  readonly op: OpContract;
  readonly version: OpVersion;
  readonly attrs: Attrs;
  /** Constant content of input `i`, when known at session creation: weights to pack, axes to read. */
  constant(i: number): Tensor | undefined;
  /** Element type of input or output `i`, when inference knows it. */
  inputType(i: number): DType | undefined;
  outputType(i: number): DType | undefined;
  /** Shape of input `i`; unknown dimensions are undefined or names. */
  inputShape(i: number): readonly (number | string | undefined)[] | undefined;
}

/** Memory that tensors can live in, so that kernels of several providers work on the same bytes. */
export interface Arena {
  /** Zero-filled or not: undefined content. `byteOffset` is a multiple of 64. */
  allocate(byteLength: number): { readonly buffer: ArrayBufferLike; readonly byteOffset: number };
  free(byteOffset: number): void;
  /** Changes whenever older views have become detached and must be made anew. */
  readonly epoch: number;
  /** True where that never happens. */
  readonly isStable: boolean;
}

/**
 * Memory of a provider apart from the host's, and the queue of work on it. Kernels take tensors that live there and return new ones
 * (`Tensor.onDevice`); an output that shares elements with an input has a handle of its own. They only enqueue work: what they return is
 * ready for the next kernel of the same device, and `DeviceBuffer.download` waits for it.
 */
export interface DeviceMemory {
  /** A copy of a host tensor on the device, for the caller to dispose of. Constants are asked for at every run: keep theirs. */
  upload(tensor: Tensor, constant: boolean): Tensor;
  /** Hands everything enqueued so far to the device. */
  flush(): void;
  /** Resolves when the device has done everything that was enqueued. */
  finish(): Promise<void>;
}

/** One way to run nodes. Providers stand in a session's priority list; cpu comes last. */
export interface ExecutionProvider {
  readonly name: string;
  /** What really runs, for `session.explain()`: the mode, the adapter, the class of kernels. */
  readonly description?: string | undefined;
  /** `true`, or why this node is not taken. */
  supports(node: PlacedNode): true | string;
  /** True when it runs this convolution or pool faster with the channels of images last: the optimizer turns them then. */
  prefersChannelsLast?(node: PlacedNode): boolean;
  /** Loads what it has for operators beyond those of `src/ops/everyday.ts`. Awaited before it is asked about a model with such. */
  complete?(): Promise<void>;
  /** Loads the kernels of these operators (`Conv`, `com.microsoft.MatMulNBits`), where they come in parts. Awaited before `prepare`. */
  load?(operators: ReadonlySet<string>): Promise<void>;
  /** False where the operator's kernel has to be loaded first. */
  loaded?(operator: string): boolean;
  /** Called once a session and node: packs constant weights, chooses the micro-kernel. */
  prepare(node: PlacedNode): Kernel;
  /** True when its kernels return promises, or its results have to be waited for. */
  readonly async: boolean;
  /** Where its kernels' tensors live, when that is not the host's memory. */
  readonly device?: DeviceMemory | undefined;
  /** Memory the runtime should place tensors in, when this provider wants to share its own. */
  readonly arena?: Arena | undefined;
  dispose(): void;
}

/** What `executionProviders: [...]` names: makes a provider, or throws `E_EP` with the reason it cannot start. */
export interface ProviderFactory {
  readonly name: string;
  create(options: Readonly<Record<string, unknown>>): ExecutionProvider | Promise<ExecutionProvider>;
}
