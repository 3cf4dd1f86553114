/** Tensors fetched by the names of the model as it was loaded. */
import { fail } from '../errors.ts';
import { readsOf, type Edge, type Graph, type Node } from '../graph/index.ts';
import { placeGraph, placeNode, type Placement } from './placement.ts';
import type { ExecutionProvider } from './provider.ts';

/** Where a tensor is read: `live` edges run; with `origin`, the tensor is computed from them by nodes that optimization removed. */
export interface FetchTarget {
  readonly edge: Edge;
  readonly live: readonly Edge[];
  readonly origin: { readonly boundary: readonly Edge[] } | undefined;
}

export class Targets {
  /** The graph that runs, and the one that was loaded. */
  private readonly graph: Graph;
  private readonly original: Graph;
  private readonly placements: Map<Node, Placement>;
  private readonly providers: readonly ExecutionProvider[];

  constructor(graph: Graph, original: Graph, placements: Map<Node, Placement>, providers: readonly ExecutionProvider[]) {
    this.graph = graph;
    this.original = original;
    this.placements = placements;
    this.providers = providers;
  }

  /** Where a name can be read: an edge that runs, or a part of the original graph to run on top of such edges. */
  find(name: string): FetchTarget {
    const { graph } = this;
    let at = name;
    for (let hops = 0; graph.aliases.has(at) && !graph.edges.has(at) && hops < 1000; hops++) at = graph.aliases.get(at)!;
    const edge = graph.edges.get(at);
    if (edge !== undefined) return { edge, live: [edge], origin: undefined };
    const wanted = this.original.edges.get(name);
    if (wanted === undefined) fail('E_INPUT', `the model has no tensor ${JSON.stringify(name)}`, { arg: { kind: 'fetch', name }, hint: `outputs: ${graph.outputs.map((e) => e.name).join(', ')}` });
    const boundary = this.boundaryOf(wanted);
    for (const e of [wanted, ...boundary]) if (e.producer !== undefined) this.placeOriginal(e);
    const live = boundary.map((e) => graph.edges.get(e.name)!);
    return { edge: wanted, live, origin: { boundary } };
  }

  // Edges of the original graph that still run under their name, and from which `edge` can be computed.
  private boundaryOf(edge: Edge): Edge[] {
    const boundary = new Set<Edge>();
    const seen = new Set<Edge>();
    const stack = [edge];
    while (stack.length > 0) {
      const e = stack.pop()!;
      if (seen.has(e) || e.constant !== undefined) continue;
      seen.add(e);
      if (e !== edge && this.graph.edges.has(e.name)) boundary.add(e);
      else if (e.producer === undefined) boundary.add(e);
      else stack.push(...[...readsOf(e.producer)].filter((r) => r.graph === this.original));
    }
    return [...boundary];
  }

  private placeOriginal(edge: Edge): void {
    const stack = [edge.producer];
    while (stack.length > 0) {
      const node = stack.pop();
      if (node === undefined || this.placements.has(node)) continue;
      this.placements.set(node, placeNode(node, this.providers));
      for (const [, sub] of node.subgraphs()) for (const [n, p] of placeGraph(sub, this.providers)) this.placements.set(n, p);
      for (const e of readsOf(node)) stack.push(e.producer);
    }
  }
}
