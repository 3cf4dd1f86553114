/**
 * Builds small models in a few lines: for tests, cases and benchmarks.
 *
 *     const b = new ModelBuilder({ opset: 21 });
 *     const x = b.input('x', 'float32', [2, 'n']);
 *     const w = b.constant('w', new Tensor('float32', [1, 2], [2, 1]));
 *     b.output(b.node('Add', [x, w]), 'y');
 *     const [values, indices] = b.node('TopK', [x, k], { axis: -1 }, { outputs: 2 });
 *     const z = b.node('If', [cond], { then_branch: (g) => g.output(g.node('Neg', [x])), else_branch: ... });
 *     const bytes = b.bytes();
 */
import { fail } from '../errors.ts';
import { Graph, type Attribute, type Edge, type SparseTensor } from '../graph/index.ts';
import { f32 } from '../numeric/index.ts';
import type { AttributeKind } from '../ops/define.ts';
import { CONTRACTS } from '../ops/families.ts';
import { findOp, registerAll } from '../ops/registry.ts';
import { Tensor, type Dim, type DType, type ValueType } from '../tensor/index.ts';
import type { Model } from './model.ts';
import { saveModel } from './save.ts';

registerAll(CONTRACTS);

/** An attribute in plain JavaScript. Whether a number is a float is looked up in the contract, or said with `float`. */
export type AttributeValue =
  | number | bigint | boolean | string | Tensor | ((graph: GraphBuilder) => void)
  | readonly number[] | readonly bigint[] | readonly string[] | readonly Tensor[]
  | Attribute;

export const float = (value: number): Attribute => ({ type: 'float', value: f32(value) });
export const floats = (value: readonly number[]): Attribute => ({ type: 'floats', value: value.map(f32) });
export const sparse = (value: SparseTensor): Attribute => ({ type: 'sparse_tensor', value });

export interface BuildNodeOptions {
  readonly domain?: string;
  readonly name?: string;
  /** How many outputs, or their names; '' leaves one out. */
  readonly outputs?: number | readonly string[];
}

/** Adds values and nodes to one graph. */
export class GraphBuilder {
  readonly graph: Graph;
  readonly #opsets: Map<string, number>;
  #count = 0;

  constructor(graph: Graph, opsets: Map<string, number>) {
    this.graph = graph;
    this.#opsets = opsets;
  }

  /** A graph input: a tensor of this element type and shape, or a value of any type. */
  input(name: string, type: DType | ValueType, shape?: readonly Dim[]): Edge {
    const edge = this.graph.addEdge(name, typeof type === 'string' ? { kind: 'tensor', dtype: type, shape } : type);
    this.graph.inputs = [...this.graph.inputs, edge];
    return edge;
  }

  /** An initializer. */
  constant(name: string, tensor: Tensor): Edge {
    return this.graph.addConstant(name, tensor);
  }

  /** A node: its output, or all of them when `outputs` says how many. */
  node(opType: string, inputs: readonly (Edge | undefined)[], attributes?: Readonly<Record<string, AttributeValue>>, options?: BuildNodeOptions & { outputs?: never }): Edge;
  node(opType: string, inputs: readonly (Edge | undefined)[], attributes: Readonly<Record<string, AttributeValue>>, options: BuildNodeOptions): Edge[];
  node(
    opType: string, inputs: readonly (Edge | undefined)[], attributes: Readonly<Record<string, AttributeValue>> = {}, options: BuildNodeOptions = {},
  ): Edge | Edge[] {
    const { domain = '', outputs = 1 } = options;
    const name = options.name ?? `${opType}_${this.#count++}`;
    if (!this.#opsets.has(domain)) this.#opsets.set(domain, 1);
    const names = typeof outputs === 'number' ? Array.from({ length: outputs }, (_, i) => this.graph.freshName(`${name}_${i}`)) : outputs;
    const made = names.map((n) => (n === '' ? undefined : this.graph.addEdge(n)));
    const node = this.graph.addNode({
      opType, domain, name, inputs, outputs: made,
      attributes: Object.entries(attributes).map(([key, value]) => [key, this.attribute(opType, domain, name, key, value)] as const),
    });
    for (const [, sub] of node.subgraphs()) for (const out of sub.outputs) if (out.graph !== sub) out.users.add(node);
    const present = made.filter((e) => e !== undefined);
    return options.outputs === undefined ? present[0]! : present;
  }

  /** Marks an edge as graph output, under a name and type if given. */
  output(edge: Edge, name?: string, type?: ValueType): Edge {
    if (name !== undefined && name !== edge.name) this.graph.rename(edge, name);
    if (type !== undefined) edge.type = type;
    this.graph.outputs = [...this.graph.outputs, edge];
    return edge;
  }

  private attribute(opType: string, domain: string, node: string, key: string, value: AttributeValue): Attribute {
    const kind = findOp(domain, opType)?.at(this.#opsets.get(domain) ?? 1)?.attributes.get(key)?.kind;
    if (typeof value === 'function') {
      const graph = new Graph(key, this.#opsets, this.graph, `${this.graph.path}/${node}.${key}`);
      value(new GraphBuilder(graph, this.#opsets));
      return { type: 'graph', value: graph };
    }
    if (value instanceof Tensor) return { type: 'tensor', value };
    if (typeof value === 'object' && 'type' in value) return value;
    return Array.isArray(value) ? listAttribute(key, value as readonly (number | bigint | string | Tensor)[], kind)
      : scalarAttribute(value as number | bigint | boolean | string, kind);
  }
}

function scalarAttribute(value: number | bigint | boolean | string, kind: AttributeKind | undefined): Attribute {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number' && (kind === 'float' || !Number.isSafeInteger(value))) return float(value);
  return { type: 'int', value: BigInt(value) };
}

function listAttribute(key: string, values: readonly (number | bigint | string | Tensor)[], kind: AttributeKind | undefined): Attribute {
  const first = values[0];
  if (first instanceof Tensor) return { type: 'tensors', value: values as readonly Tensor[] };
  if (typeof first === 'string' || (first === undefined && kind === 'strings')) return { type: 'strings', value: values as readonly string[] };
  if (first === undefined && kind === undefined) fail('E_INPUT', `the kind of the empty list ${JSON.stringify(key)} is unknown`, { hint: 'give { type, value }' });
  if (kind === 'floats' || values.some((v) => typeof v === 'number' && !Number.isSafeInteger(v))) return floats(values.map(Number));
  return { type: 'ints', value: values.map((v) => BigInt(v as number)) };
}

export interface ModelBuilderOptions {
  /** Version of ai.onnx. */
  readonly opset?: number;
  /** Further domains; com.microsoft and others come in at version 1 when a node uses them. */
  readonly opsets?: Readonly<Record<string, number>>;
  readonly irVersion?: number;
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The main graph and the model around it. */
export class ModelBuilder extends GraphBuilder {
  readonly #model: Model;

  constructor(options: ModelBuilderOptions = {}) {
    const opsets = new Map([['', options.opset ?? 21], ...Object.entries(options.opsets ?? {})]);
    super(new Graph(options.name ?? 'graph', opsets), opsets);
    this.#model = {
      irVersion: options.irVersion ?? 10, opsets, graph: this.graph, metadata: new Map(Object.entries(options.metadata ?? {})),
      producerName: 'nibble-onnx', producerVersion: '', domain: '', modelVersion: 0n, docString: '',
    };
  }

  model(): Model {
    return this.#model;
  }

  bytes(): Uint8Array {
    return saveModel(this.#model);
  }
}
