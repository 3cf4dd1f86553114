/** The functions a model brings along: found by what a node calls, and measured before they are inlined. */
import type { FunctionProto, GraphProto, NodeProto } from './proto.ts';

export class FunctionLibrary {
  readonly all: readonly FunctionProto[];
  private readonly byKey: ReadonlyMap<string, FunctionProto>;
  private readonly sizes = new Map<FunctionProto, number>();

  constructor(functions: readonly FunctionProto[]) {
    this.all = functions;
    this.byKey = new Map(functions.map((f) => [functionKey(f.domain, f.name, f.overload), f]));
  }

  /** The function a node calls. A function of the model goes before an operator of the same name. */
  calledBy(node: NodeProto): FunctionProto | undefined {
    return this.byKey.size === 0 ? undefined : this.byKey.get(functionKey(node.domain, node.opType, node.overload));
  }

  /** The functions that nodes call, those in subgraphs included. */
  *callees(nodes: readonly NodeProto[]): Iterable<FunctionProto> {
    for (const node of nodes) {
      const called = this.calledBy(node);
      if (called !== undefined) yield called;
      for (const graph of subgraphs(node)) yield* this.callees(graph.node ?? []);
    }
  }

  /** Number of nodes once all calls are inlined. Calls must not be recursive. */
  expandedSize(nodes: readonly NodeProto[]): number {
    let size = 0;
    for (const node of nodes) {
      const called = this.calledBy(node);
      size += called === undefined ? 1 : this.sizeOf(called);
      for (const graph of subgraphs(node)) size += this.expandedSize(graph.node ?? []);
    }
    return size;
  }

  private sizeOf(fn: FunctionProto): number {
    let size = this.sizes.get(fn);
    if (size === undefined) this.sizes.set(fn, (size = this.expandedSize(fn.node ?? [])));
    return size;
  }
}

/** What identifies a function. */
export function functionKey(domain: string | null | undefined, name: string | null | undefined, overload: string | null | undefined): string {
  return JSON.stringify([domain === 'ai.onnx' ? '' : (domain ?? ''), name ?? '', overload ?? '']);
}

/** The graphs in a node's attributes. */
export function* subgraphs(node: NodeProto): Iterable<GraphProto> {
  for (const a of node.attribute ?? []) {
    if (a.g) yield a.g;
    yield* a.graphs ?? [];
  }
}
