/**
 * The graph everything works on: values, nodes, and checked edits. Built by `src/model`, read by inference, changed by
 * passes through patches, executed by `src/runtime`. It knows no operator by name.
 */
import { fail, type NodeRef } from '../errors.ts';
import { Tensor, type Dim, type Value, type ValueType } from '../tensor/index.ts';

/** An attribute as the file holds it. `ref` stands for a function's own attribute, replaced when it is inlined. */
export type Attribute =
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string; readonly bytes?: Uint8Array }
  | { readonly type: 'tensor'; readonly value: Tensor }
  | { readonly type: 'sparse_tensor'; readonly value: SparseTensor }
  | { readonly type: 'graph'; readonly value: Graph }
  | { readonly type: 'type_proto'; readonly value: ValueType }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'ints'; readonly value: readonly bigint[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'tensors'; readonly value: readonly Tensor[] }
  | { readonly type: 'sparse_tensors'; readonly value: readonly SparseTensor[] }
  | { readonly type: 'graphs'; readonly value: readonly Graph[] }
  | { readonly type: 'type_protos'; readonly value: readonly ValueType[] }
  | { readonly type: 'ref'; readonly value: string };

/** Coordinate-format sparse tensor: `values` [nnz], `indices` [nnz] (linear) or [nnz, rank]. */
export interface SparseTensor {
  readonly values: Tensor;
  readonly indices: Tensor;
  readonly dims: readonly number[];
}

/** A named edge: made by one node (or fed, or constant), used by any number. */
export class Edge {
  readonly graph: Graph;
  name: string;
  type: ValueType | undefined;
  /** Content known without running the graph: initializers and folded constants. */
  constant: Value | undefined;
  /** Partly known integer content of a shape-like value, by constant propagation: entries may be symbols. */
  shapeValue: readonly Dim[] | undefined;
  producer: Node | undefined;
  /** Nodes that read the edge, those in subgraphs included. A node that reads it twice stands once. */
  readonly users = new Set<Node>();

  constructor(graph: Graph, name: string, type?: ValueType) {
    this.graph = graph;
    this.name = name;
    this.type = type;
    this.constant = undefined;
    this.shapeValue = undefined;
    this.producer = undefined;
  }

  /** True when the edge leaves its graph. */
  get isOutput(): boolean {
    return this.graph.hasOutput(this);
  }

  get isInput(): boolean {
    return this.graph.hasInput(this);
  }

  /** The constant as a dense tensor, when it is one. */
  get tensor(): Tensor | undefined {
    return this.constant instanceof Tensor ? this.constant : undefined;
  }
}

export interface NodeInit {
  readonly name?: string;
  readonly opType: string;
  readonly domain?: string;
  readonly overload?: string;
  readonly inputs: readonly (Edge | undefined)[];
  readonly outputs: readonly (Edge | undefined)[];
  readonly attributes?: Iterable<readonly [string, Attribute]>;
  /** Version to read the node under when it differs from the model's: a function keeps its own opsets when inlined. */
  readonly opset?: number | undefined;
  /** Names of the original model's nodes this one stands for. */
  readonly origin?: readonly string[];
}

type Subgraph = readonly [attribute: string, graph: Graph];

const NO_SUBGRAPHS: readonly Subgraph[] = [];

function subgraphsIn(attributes: ReadonlyMap<string, Attribute>): readonly Subgraph[] {
  let found: Subgraph[] | undefined;
  for (const [name, a] of attributes) {
    if (a.type === 'graph') (found ??= []).push([name, a.value]);
    else if (a.type === 'graphs') (found ??= []).push(...a.value.map((g): Subgraph => [name, g]));
  }
  return found ?? NO_SUBGRAPHS; // nearly always: asked for all the time
}

/** One operation. Inputs and outputs keep their places: a missing optional argument is `undefined`. */
export class Node {
  readonly graph: Graph;
  name: string;
  readonly opType: string;
  /** '' for ai.onnx. */
  readonly domain: string;
  readonly overload: string;
  inputs: (Edge | undefined)[];
  outputs: (Edge | undefined)[];
  readonly attributes: Map<string, Attribute>;
  readonly origin: readonly string[];
  /** Set when the node is read under another opset version than the one its graph imports. */
  readonly ownOpset: number | undefined;
  private readonly held: readonly Subgraph[];

  constructor(graph: Graph, init: NodeInit) {
    this.graph = graph;
    this.name = init.name ?? '';
    this.opType = init.opType;
    this.domain = init.domain === 'ai.onnx' ? '' : (init.domain ?? '');
    this.overload = init.overload ?? '';
    this.inputs = [...init.inputs];
    this.outputs = [...init.outputs];
    this.attributes = new Map(init.attributes ?? []);
    this.held = subgraphsIn(this.attributes);
    this.origin = init.origin ?? (this.name === '' ? [] : [this.name]);
    this.ownOpset = init.opset === graph.opsetOf(this.domain) ? undefined : init.opset;
  }

  /** `domain.opType`, the key of contract and kernel tables; ai.onnx has no prefix. */
  get key(): string {
    return this.domain === '' ? this.opType : `${this.domain}.${this.opType}`;
  }

  /** The opset version this node is read under. */
  get opset(): number {
    return this.ownOpset ?? this.graph.opsetOf(this.domain);
  }

  /** For messages: an unnamed node shows its first output instead of a name. */
  get ref(): NodeRef {
    return {
      name: this.name !== '' ? this.name : `-> ${this.outputs.find((o) => o)?.name ?? '?'}`,
      index: this.graph.indexOf(this), opType: this.opType, domain: this.domain,
      opset: this.opset, graphPath: this.graph.path,
    };
  }

  /** Subgraphs held in attributes, with the attribute's name. */
  subgraphs(): readonly Subgraph[] {
    return this.held;
  }

  // Attribute readers for passes, where the contract's parsed attributes are not at hand.
  int(name: string, otherwise: number): number {
    const a = this.attributes.get(name);
    return a?.type === 'int' ? Number(a.value) : otherwise;
  }

  float(name: string, otherwise: number): number {
    const a = this.attributes.get(name);
    return a?.type === 'float' ? a.value : otherwise;
  }

  ints(name: string): readonly number[] | undefined {
    const a = this.attributes.get(name);
    return a?.type === 'ints' ? a.value.map(Number) : undefined;
  }

  string(name: string, otherwise: string): string {
    const a = this.attributes.get(name);
    return a?.type === 'string' ? a.value : otherwise;
  }
}

/** A graph or subgraph. `nodes` is kept in a topological order. */
export class Graph {
  name: string;
  readonly parent: Graph | undefined;
  /** `main`, or `main/<node>.<attribute>` for a subgraph. */
  readonly path: string;
  /** Opset version imported for each domain. */
  readonly opsets: ReadonlyMap<string, number>;
  nodes: Node[] = [];
  readonly edges = new Map<string, Edge>();
  /** Edges a pass removed because another one holds the same values: old name -> surviving edge's name. */
  readonly aliases = new Map<string, string>();
  #inputs: readonly Edge[] = [];
  #outputs: readonly Edge[] = [];
  #inputSet: ReadonlySet<Edge> = new Set();
  #outputSet: ReadonlySet<Edge> = new Set();
  readonly #positions = new WeakMap<Node, number>();
  #fresh = 0;

  constructor(name: string, opsets: ReadonlyMap<string, number>, parent?: Graph, path = 'main') {
    this.name = name;
    this.opsets = opsets;
    this.parent = parent;
    this.path = path;
  }

  get inputs(): readonly Edge[] {
    return this.#inputs;
  }

  set inputs(edges: readonly Edge[]) {
    this.#inputs = edges;
    this.#inputSet = new Set(edges);
  }

  get outputs(): readonly Edge[] {
    return this.#outputs;
  }

  set outputs(edges: readonly Edge[]) {
    this.#outputs = edges;
    this.#outputSet = new Set(edges);
  }

  hasInput(edge: Edge): boolean {
    return this.#inputSet.has(edge);
  }

  hasOutput(edge: Edge): boolean {
    return this.#outputSet.has(edge);
  }

  /** Position of a node, or -1. Remembered until edits move it, so that naming every node in turn stays linear. */
  indexOf(node: Node): number {
    const at = this.#positions.get(node);
    if (at !== undefined && this.nodes[at] === node) return at;
    this.nodes.forEach((n, i) => this.#positions.set(n, i));
    const found = this.#positions.get(node);
    return found !== undefined && this.nodes[found] === node ? found : -1;
  }

  opsetOf(domain: string): number {
    // onnxruntime runs com.microsoft operators without an import; so do we.
    return this.opsets.get(domain) ?? (domain === 'com.microsoft' ? 1 : 0);
  }

  /** The edge of this name here or, for a subgraph, in an enclosing graph. */
  find(name: string): Edge | undefined {
    return this.edges.get(name) ?? this.parent?.find(name);
  }

  /** A new edge. Throws `E_MODEL` when the name is taken in this graph. */
  addEdge(name: string, type?: ValueType): Edge {
    if (this.edges.has(name)) fail('E_MODEL', `the name ${JSON.stringify(name)} is defined twice`, { hint: `graph ${this.path}` });
    const edge = new Edge(this, name, type);
    this.edges.set(name, edge);
    return edge;
  }

  /** A constant edge. */
  addConstant(name: string, value: Value): Edge {
    const edge = this.addEdge(name, value instanceof Tensor ? { kind: 'tensor', dtype: value.type, shape: value.dims } : undefined);
    edge.constant = value;
    return edge;
  }

  /** A name no edge or node here has, derived from `base`. */
  freshName(base: string): string {
    let name = base;
    while (this.find(name) !== undefined) name = `${base}_${++this.#fresh}`;
    return name;
  }

  /** Appends a node (or inserts it before `before`) and records it as producer and user. */
  addNode(init: NodeInit, before?: Node): Node {
    const node = new Node(this, init);
    for (const out of node.outputs) {
      if (out === undefined) continue;
      if (out.producer !== undefined || out.constant !== undefined || out.isInput) {
        fail('E_MODEL', `${JSON.stringify(out.name)} is produced twice`, { node: node.ref });
      }
      out.producer = node;
    }
    for (const edge of node.inputs) edge?.users.add(node);
    const at = before === undefined ? -1 : this.indexOf(before);
    if (at < 0) this.nodes.push(node);
    else this.nodes.splice(at, 0, node);
    return node;
  }

  /** Removes a node; its outputs must be unused. Their edges go too. */
  removeNode(node: Node): void {
    const at = this.indexOf(node);
    if (at < 0) return;
    this.nodes.splice(at, 1);
    this.detach(node);
  }

  /** Removes many nodes in one sweep. */
  removeNodes(nodes: ReadonlySet<Node>): void {
    if (nodes.size === 0) return;
    this.nodes = this.nodes.filter((n) => !nodes.has(n));
    for (const node of nodes) this.detach(node);
  }

  /** Unhooks a node from its edges; taking it out of `nodes` is left to the caller, who may do so for many at once. */
  detach(node: Node): void {
    for (const edge of node.inputs) edge?.users.delete(node);
    for (const [, sub] of node.subgraphs()) releaseCaptures(sub, node);
    for (const out of node.outputs) {
      if (out === undefined) continue;
      if (out.producer === node) out.producer = undefined;
      if (out.users.size === 0 && !out.isOutput) this.edges.delete(out.name);
    }
  }

  /** Changes one input of a node. */
  setInput(node: Node, index: number, edge: Edge | undefined): void {
    const old = node.inputs[index];
    node.inputs[index] = edge;
    if (old !== undefined && !node.inputs.includes(old)) old.users.delete(node);
    edge?.users.add(node);
  }

  /** Every reader of `from` (graph outputs aside) reads `to` instead. */
  redirect(from: Edge, to: Edge): void {
    for (const user of [...from.users]) {
      for (let i = 0; i < user.inputs.length; i++) if (user.inputs[i] === from) user.inputs[i] = to;
      redirectOutputs(user, from, to);
      to.users.add(user);
    }
    from.users.clear();
  }

  rename(edge: Edge, name: string): void {
    this.edges.delete(edge.name);
    if (this.edges.has(name)) fail('E_MODEL', `the name ${JSON.stringify(name)} is taken`);
    edge.name = name;
    this.edges.set(name, edge);
  }

  /** All graphs below and including this one. */
  *walk(): Iterable<Graph> {
    yield this;
    for (const node of this.nodes) for (const [, sub] of node.subgraphs()) yield* sub.walk();
  }
}

// A subgraph may pass a captured outer edge straight to its output: the holder node counts as its user.
function redirectOutputs(user: Node, from: Edge, to: Edge): void {
  for (const [, sub] of user.subgraphs()) {
    for (const graph of sub.walk()) graph.outputs = graph.outputs.map((o) => (o === from ? to : o));
  }
}

function releaseCaptures(sub: Graph, holder: Node): void {
  for (const graph of sub.walk()) {
    for (const node of graph.nodes) for (const edge of node.inputs) edge?.users.delete(node);
    for (const out of graph.outputs) out.users.delete(holder);
  }
}
