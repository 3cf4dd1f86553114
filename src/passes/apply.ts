/** Applies patches to a graph: first on the side, where they can still be refused, then for good. */
import { fail, NotLoaded, OnnxError } from '../errors.ts';
import { capturedEdges, Edge, Node, topologicalOrder, type Attribute, type Graph, type NodeInit } from '../graph/index.ts';
import { f32 } from '../numeric/index.ts';
import { findOp, hasAllContracts, inferNode, loadAllContracts, opKey } from '../ops/index.ts';
import { typeOf } from '../tensor/index.ts';
import type { AttributeValue, NewEdge, NewNode, Patch } from './pass.ts';

/** What a patch did, by node name. */
export interface Applied {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The name of a node, or of its first output when it has none. */
export const labelOf = (node: Node): string => (node.name !== '' ? node.name : `-> ${node.outputs.find((o) => o)?.name ?? '?'}`);

/** One graph under change, with an index of its nodes by operator. Lists are brought up to date by `flush`. */
export class GraphEditor {
  readonly graph: Graph;
  private readonly supports: (node: Node) => true | string;
  /** Names in use or used once: a name never comes back for another value, since users fetch tensors by name. */
  private readonly names: Set<string>;
  private readonly index = new Map<string, Set<Node>>();
  private readonly removed = new Set<Node>();
  private readonly insertedBefore = new Map<Node, Node[]>();

  constructor(graph: Graph, names: Set<string>, supports: (node: Node) => true | string) {
    this.graph = graph;
    this.names = names;
    this.supports = supports;
    for (const node of graph.nodes) this.note(node);
  }

  /** Nodes of an operator. */
  nodesOf(key: string): ReadonlySet<Node> {
    return this.index.get(key) ?? NONE;
  }

  has(node: Node): boolean {
    return this.index.get(node.key)?.has(node) === true;
  }

  /**
   * Makes the change, with new nodes in the place of `anchor`; or says why not. A patch is refused when a new node breaks its
   * contract, gives another type than the edge it takes over, or runs on no provider.
   */
  apply(patch: Patch, anchor: Node | undefined, from: readonly Node[]): Applied | string {
    const reason = this.probe(patch, anchor) ?? this.checkSame(patch);
    if (reason !== undefined) return reason;
    const before = from.map(labelOf);
    const origin = [...new Set(from.flatMap((n) => n.origin))];
    const suspects = new Set(from);
    const made = new Map<NewEdge, Edge>();
    const added = (patch.add ?? []).map((spec) => this.add(spec, anchor, origin, made, suspects));
    for (const [gone, stays] of patch.same ?? []) this.merge(gone, stays, suspects);
    for (const [edge, value] of patch.known ?? []) {
      this.release(edge, suspects);
      edge.constant = value;
      edge.type = typeOf(value);
    }
    for (const [edge, type] of patch.typed ?? []) edge.type = type;
    if (patch.typed !== undefined) reinfer(this.graph);
    this.prune(suspects);
    added.forEach(check);
    return { before, after: added.map(labelOf) };
  }

  /** Brings the node list up to date after patches: one sweep, whatever their number. */
  flush(): void {
    if (this.removed.size === 0 && this.insertedBefore.size === 0) return;
    const nodes: Node[] = [];
    const place = (node: Node) => {
      for (const n of this.insertedBefore.get(node) ?? []) place(n);
      if (!this.removed.has(node)) nodes.push(node);
    };
    const later = new Set([...this.insertedBefore.values()].flat());
    for (const node of this.graph.nodes) if (!later.has(node)) place(node);
    this.graph.nodes = nodes;
    if (!inOrder(nodes)) this.graph.nodes = topologicalOrder(this.graph);
    this.insertedBefore.clear();
    this.removed.clear();
  }

  private note(node: Node): void {
    const nodes = this.index.get(node.key);
    if (nodes === undefined) this.index.set(node.key, new Set([node]));
    else nodes.add(node);
  }

  // Builds the new nodes beside the graph, to see that their contracts, types and providers accept them.
  private probe(patch: Patch, anchor: Node | undefined): string | undefined {
    const made = new Map<NewEdge, Edge>();
    const detached = (edge: Edge | NewEdge | undefined, isOutput: boolean): Edge | undefined => {
      if (edge === undefined || (edge instanceof Edge && !isOutput)) return edge;
      if (edge instanceof Edge) return new Edge(this.graph, edge.name, edge.type);
      let to = made.get(edge);
      if (to === undefined) {
        made.set(edge, (to = new Edge(this.graph, edge.hint, edge.constant && typeOf(edge.constant))));
        to.constant = edge.constant;
      }
      return to;
    };
    for (const spec of patch.add ?? []) {
      const init = this.initOf(spec, anchor, spec.inputs.map((e) => detached(e, false)), spec.outputs.map((e) => detached(e, true)));
      if (typeof init === 'string') return init;
      const node = new Node(this.graph, init);
      try {
        inferNode(node);
      } catch (error) {
        if (!(error instanceof OnnxError)) throw error;
        return `${node.key} would break its contract: ${error.message}`;
      }
      const verdict = this.supports(node);
      if (verdict !== true) return `no provider runs ${node.key}: ${verdict}`;
    }
    return undefined;
  }

  private checkSame(patch: Patch): string | undefined {
    for (const [gone, stays] of patch.same ?? []) {
      if (!gone.isOutput) continue;
      const movable = stays.producer !== undefined && stays.graph === gone.graph && !stays.isOutput;
      if (!movable) return 'both values are inputs, constants or outputs of the graph';
    }
    if ((patch.known ?? []).some(([edge]) => edge.isOutput)) return 'the value is a graph output';
    return undefined;
  }

  private initOf(spec: NewNode, anchor: Node | undefined, inputs: NodeInit['inputs'], outputs: NodeInit['outputs']): NodeInit | string {
    const opset = anchor !== undefined && anchor.domain === spec.domain ? anchor.opset : this.graph.opsetOf(spec.domain);
    const op = findOp(spec.domain, spec.opType);
    if (op === undefined && !hasAllContracts()) throw new NotLoaded(`the contract of ${opKey(spec.domain, spec.opType)}`, loadAllContracts);
    const kinds = op?.at(opset)?.attributes;
    if (kinds === undefined) return `opset ${opset} has no ${spec.opType}`;
    const attributes: [string, Attribute][] = [];
    for (const [name, value] of Object.entries(spec.attributes)) {
      if (value !== undefined) attributes.push([name, toAttribute(value, kinds.get(name)?.kind)]);
    }
    return { opType: spec.opType, domain: spec.domain, inputs: trimmed(inputs), outputs: trimmed(outputs), attributes, opset };
  }

  private add(spec: NewNode, anchor: Node | undefined, origin: readonly string[], made: Map<NewEdge, Edge>, suspects: Set<Node>): Node {
    const base = spec.outputs.find((o) => o instanceof Edge)?.name ?? anchor?.outputs.find((o) => o)?.name ?? spec.opType;
    const real = (edge: Edge | NewEdge | undefined): Edge | undefined => {
      if (edge === undefined || edge instanceof Edge) return edge;
      let to = made.get(edge);
      if (to === undefined) {
        const name = this.freshName(`${base}/${edge.hint}`);
        to = edge.constant === undefined ? this.graph.addEdge(name) : this.graph.addConstant(name, edge.constant);
        made.set(edge, to);
      }
      return to;
    };
    const inputs = spec.inputs.map(real);
    const outputs = spec.outputs.map(real);
    const name = outputs.find((o) => o?.producer !== undefined)?.producer?.name ?? '';
    for (const edge of outputs) if (edge !== undefined) this.release(edge, suspects);
    const init = this.initOf(spec, anchor, inputs, outputs);
    if (typeof init === 'string') fail('E_MODEL', init);
    const node = this.graph.addNode({ ...init, name: name === '' ? (origin[0] ?? '') : name, origin });
    inferNode(node);
    this.note(node);
    if (anchor !== undefined) {
      const list = this.insertedBefore.get(anchor);
      if (list === undefined) this.insertedBefore.set(anchor, [node]);
      else list.push(node);
    }
    return node;
  }

  // The edge keeps its name and readers but loses the node that makes it.
  private release(edge: Edge, suspects: Set<Node>): void {
    const { producer } = edge;
    if (producer === undefined) return;
    producer.outputs = producer.outputs.map((o) => (o === edge ? undefined : o));
    edge.producer = undefined;
    suspects.add(producer);
  }

  private merge(gone: Edge, stays: Edge, suspects: Set<Node>): void {
    if (gone.producer !== undefined) suspects.add(gone.producer);
    if (gone.isOutput) {
      // The output keeps its name: the node that made the other value makes it from now on.
      const producer = stays.producer!;
      this.release(gone, suspects);
      producer.outputs = producer.outputs.map((o) => (o === stays ? gone : o));
      gone.producer = producer;
      stays.producer = undefined;
      this.redirect(stays, gone);
    } else {
      this.redirect(gone, stays);
    }
  }

  private redirect(from: Edge, to: Edge): void {
    to.type = moreSpecific(to, from);
    to.shapeValue ??= from.shapeValue;
    this.graph.redirect(from, to);
    from.graph.aliases.set(from.name, to.name);
    if (from.producer === undefined) from.graph.edges.delete(from.name);
  }

  // Removes the suspects nobody reads, then what only they read.
  private prune(suspects: Iterable<Node>): void {
    const stack = [...suspects];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (node.graph !== this.graph || !this.has(node)) continue;
      if (node.outputs.some((o) => o !== undefined && (o.users.size > 0 || o.isOutput))) continue;
      const reads = [...node.inputs, ...capturedEdges(node)];
      this.removed.add(node);
      this.index.get(node.key)?.delete(node);
      this.graph.detach(node);
      for (const edge of reads) {
        if (edge === undefined || edge.users.size > 0) continue;
        if (edge.producer !== undefined) stack.push(edge.producer);
        else if (edge.constant !== undefined && !edge.isInput && !edge.isOutput) edge.graph.edges.delete(edge.name);
      }
    }
  }

  private freshName(base: string): string {
    let name = base;
    for (let n = 1; this.names.has(name); n++) name = `${base}_${n}`;
    this.names.add(name);
    return name;
  }
}

/**
 * Infers types anew once more is known: constants, or sizes of inputs. The graph was inferred before: where more knowledge
 * shows a contradiction, the node keeps the type it had and the run will tell.
 */
export function reinfer(graph: Graph): void {
  for (const node of graph.nodes) {
    try {
      inferNode(node);
    } catch (error) {
      if (!(error instanceof OnnxError)) throw error;
    }
  }
}

// A new node stands where the last of those it replaces stood: rarely, a reader of one of its values stands before.
function inOrder(nodes: readonly Node[]): boolean {
  const made = new Set<Edge>();
  for (const node of nodes) {
    const captured = node.subgraphs().length === 0 ? [] : capturedEdges(node);
    for (const edges of [node.inputs, captured]) {
      for (const edge of edges) if (edge?.producer?.graph === node.graph && !made.has(edge)) return false;
    }
    for (const edge of node.outputs) if (edge !== undefined) made.add(edge);
  }
  return true;
}

const NONE: ReadonlySet<Node> = new Set();

function trimmed<T>(list: readonly (T | undefined)[]): (T | undefined)[] {
  let length = list.length;
  while (length > 0 && list[length - 1] === undefined) length--;
  return list.slice(0, length);
}

function moreSpecific(to: Edge, from: Edge): Edge['type'] {
  if (to.type === undefined) return from.type;
  if (to.type.kind === 'tensor' && to.type.shape === undefined && from.type?.kind === 'tensor') return from.type;
  return to.type;
}

function toAttribute(value: AttributeValue, kind: string | undefined): Attribute {
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'number') return kind === 'float' ? { type: 'float', value: f32(value) } : { type: 'int', value: BigInt(value) };
  if (!Array.isArray(value)) return value as Attribute;
  if (kind === 'strings') return { type: 'strings', value: value as string[] };
  return kind === 'floats' ? { type: 'floats', value: (value as number[]).map(f32) } : { type: 'ints', value: (value as number[]).map(BigInt) };
}

// The neighbourhood of a new node: whoever it reads knows it, and what it makes is its own.
function check(node: Node): void {
  const broken = (what: string): never => fail('E_MODEL', `a pass left the graph broken: ${what}`, { node: node.ref });
  for (const edge of node.inputs) {
    if (edge === undefined) continue;
    if (!edge.users.has(node)) broken(`${edge.name} does not know its reader`);
    if (node.graph.find(edge.name) !== edge) broken(`${edge.name} is not in the graph`);
    if (edge.producer === undefined && edge.constant === undefined && !edge.isInput) broken(`${edge.name} has no producer`);
  }
  for (const edge of node.outputs) {
    if (edge === undefined) continue;
    if (edge.producer !== node) broken(`${edge.name} has another producer`);
    if (edge.type === undefined) broken(`${edge.name} has no type`);
  }
}
