/**
 * What an operator contract is: data that says which inputs, outputs, types and attributes an operator has in each opset
 * version, plus its shape inference. No arithmetic. `load` refuses anything a contract does not allow.
 */
import type { Dim, DType, Tensor, ValueType } from '../tensor/index.ts';
import type { Graph, SparseTensor } from '../graph/index.ts';
import type { Formal, TypeSet } from './notation.ts';
import { resolveVersions } from './versions.ts';

/**
 * An attribute in a version: `int`, `float`, `string`, `tensor`, `graph`, `sparse_tensor`, `type_proto` or a plural of
 * one, then `!` when required or `=value` for the default; nothing for optional without default. Examples:
 * `'int=1'`, `'ints'`, `'string=NOTSET'`, `'float!'`.
 */
export type AttributeNotation = string;

/** One opset version. What a version leaves out it takes from the version before it. */
export interface VersionSpec {
  /** `'x:T1 scale:T2 zero_point?:T3 rest*:T'`: `?` optional, `*` variadic, `**` variadic of mixed types. */
  readonly inputs?: string;
  readonly outputs?: string;
  /** Type variables: names of element types and groups (`src/ops/notation.ts`). */
  readonly types?: Readonly<Record<string, string>>;
  readonly attributes?: Readonly<Record<string, AttributeNotation>>;
  /** Attributes of the version before that this one drops. */
  readonly without?: readonly string[];
  readonly deprecated?: boolean;
  readonly infer?: InferFunction;
}

export interface OpSpec {
  /** One sentence: what it computes. */
  readonly doc: string;
  readonly domain?: string;
  readonly versions: Readonly<Record<number, VersionSpec>>;
  /** Shapes of the outputs; a version may override it. Without one only types are inferred. */
  readonly infer?: InferFunction;
  /** Equal inputs give equal outputs. False for random operators: they are neither folded nor merged. */
  readonly deterministic?: boolean;
  /** Inputs may be swapped (two-input operators). */
  readonly commutative?: boolean;
  /** Output 0 holds the same elements in the same order as input 0: a view, no copy. */
  readonly view?: boolean;
  /** Outputs, by number, that continue the input of this number: kernels add to it where both are the same memory. */
  readonly extends?: Readonly<Record<number, number>>;
}

/** The types a version declares, resolved. */
export interface OpVersion {
  readonly since: number;
  readonly inputs: readonly Formal[];
  readonly outputs: readonly Formal[];
  readonly types: ReadonlyMap<string, TypeSet>;
  readonly attributes: ReadonlyMap<string, AttributeSpec>;
  readonly deprecated: boolean;
  readonly infer: InferFunction | undefined;
}

export type AttributeKind =
  | 'int' | 'float' | 'string' | 'tensor' | 'graph' | 'sparse_tensor' | 'type_proto'
  | 'ints' | 'floats' | 'strings' | 'tensors' | 'graphs' | 'sparse_tensors' | 'type_protos';

export interface AttributeSpec {
  readonly kind: AttributeKind;
  readonly required: boolean;
  readonly fallback: number | string | readonly number[] | readonly string[] | undefined;
}

/** Attributes of a node as kernels see them: defaults filled in, 64-bit integers as numbers. */
export interface Attrs {
  int(name: string): number;
  float(name: string): number;
  string(name: string): string;
  ints(name: string): readonly number[];
  floats(name: string): readonly number[];
  strings(name: string): readonly string[];
  tensor(name: string): Tensor;
  graph(name: string): Graph;
  sparse(name: string): SparseTensor;
  type(name: string): ValueType;
  /** True when the model gives the attribute, or the contract has a default for it. */
  has(name: string): boolean;
}

/** What shape inference sees of a node. */
export interface InferContext {
  readonly op: OpContract;
  readonly version: OpVersion;
  readonly attrs: Attrs;
  readonly inputCount: number;
  readonly outputCount: number;
  /** Type of input `i`; undefined when absent or unknown. */
  input(i: number): ValueType | undefined;
  /** Shape of tensor input `i`; undefined when absent, unknown or of unknown rank. */
  shape(i: number): readonly Dim[] | undefined;
  /** Element type of tensor input `i`. */
  dtype(i: number): DType | undefined;
  /** Content of input `i` when it is constant. */
  constant(i: number): Tensor | undefined;
  /** Integer content of input `i`, entries possibly symbolic, when known. */
  ints(i: number): readonly Dim[] | undefined;
  /**
   * Infers a subgraph attribute whose inputs have these types (undefined: leave as declared), and gives the types of
   * its outputs. Operators that do not call it have their subgraphs inferred as declared.
   */
  subgraph(name: string, inputs: readonly (ValueType | undefined)[]): readonly (ValueType | undefined)[];
  /** Refuses the node: throws `E_SHAPE` naming it. */
  fail(summary: string, expected?: string, found?: string): never;
}

/** What inference found for one output. Omitted parts come from the contract's type variables, or stay unknown. */
export interface Inferred {
  readonly dtype?: DType | undefined;
  readonly shape?: readonly Dim[] | undefined;
  /** Full type, for outputs that are not tensors. */
  readonly type?: ValueType | undefined;
  /** Integer content, for shape arithmetic. */
  readonly value?: readonly Dim[] | undefined;
}

export type InferFunction = (c: InferContext) => readonly (Inferred | undefined)[];

export interface OpContract {
  readonly type: string;
  readonly domain: string;
  readonly doc: string;
  /** Link to the specification. */
  readonly link: string;
  readonly versions: readonly OpVersion[];
  readonly deterministic: boolean;
  readonly commutative: boolean;
  readonly view: boolean;
  readonly extends: Readonly<Record<number, number>>;
  /** The version in force at an opset, or undefined when the operator did not exist yet. */
  at(opset: number): OpVersion | undefined;
}

/** Makes a contract from its notation, which is parsed where it is first asked for. */
export function defineOp(type: string, spec: OpSpec): OpContract {
  return new Contract(type, spec);
}

class Contract implements OpContract {
  readonly type: string;
  readonly domain: string;
  private readonly spec: OpSpec;
  private resolved: readonly OpVersion[] | undefined;

  constructor(type: string, spec: OpSpec) {
    this.type = type;
    this.domain = spec.domain ?? '';
    this.spec = spec;
  }

  get doc(): string {
    return this.spec.doc;
  }

  get link(): string {
    return linkOf(this.type, this.domain);
  }

  get deterministic(): boolean {
    return this.spec.deterministic ?? true;
  }

  get commutative(): boolean {
    return this.spec.commutative ?? false;
  }

  get view(): boolean {
    return this.spec.view ?? false;
  }

  get extends(): OpContract['extends'] {
    return this.spec.extends ?? {};
  }

  get versions(): readonly OpVersion[] {
    return (this.resolved ??= resolveVersions(this.spec));
  }

  at(opset: number): OpVersion | undefined {
    let found: OpVersion | undefined;
    for (const v of this.versions) if (v.since <= opset) found = v;
    return found;
  }
}

function linkOf(type: string, domain: string): string {
  if (domain === 'com.microsoft') return `https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.${type}`;
  return `https://onnx.ai/onnx/operators/onnx_${domain === '' ? '' : domain.replaceAll('.', '')}_${type}.html`;
}
