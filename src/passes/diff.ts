/** What differs between two snapshots of a graph, as plain data. */
import type { EdgeSummary, GraphSummary, NodeSummary } from './snapshot.ts';

export interface RemovedNode {
  readonly node: NodeSummary;
  /** Ids of nodes of the later snapshot that stand for it. */
  readonly into: readonly string[];
}

/** The same operator on both sides, with something else about it. */
export interface ChangedNode {
  readonly before: NodeSummary;
  readonly after: NodeSummary;
  /** `input 0: a -> b`, `group: 1 -> 2` */
  readonly changes: readonly string[];
}

export interface ChangedEdge {
  readonly before: EdgeSummary;
  readonly after: EdgeSummary;
}

export interface GraphDiff {
  readonly before: GraphSummary;
  readonly after: GraphSummary;
  readonly removed: readonly RemovedNode[];
  readonly added: readonly NodeSummary[];
  readonly changed: readonly ChangedNode[];
  /** Edges whose type, constness or quantization is another. */
  readonly changedEdges: readonly ChangedEdge[];
  /** Nodes that are equal in both. */
  readonly kept: number;
}

/**
 * Compares two snapshots of one model. Nodes are the same when they run the same operator and make the same tensor, or, where
 * an edit renamed that, have the same name.
 */
export function diffGraphs(before: GraphSummary, after: GraphSummary): GraphDiff {
  const pairs = pairNodes(before, after);
  const paired = new Set(pairs.values());
  const added = after.nodes.filter((n) => !paired.has(n));
  const changed: ChangedNode[] = [];
  for (const [b, a] of pairs) {
    const changes = changesOf(b, a);
    if (changes.length > 0) changed.push({ before: b, after: a, changes });
  }
  const byOrigin = new Map<string, Set<string>>();
  for (const node of after.nodes) {
    for (const name of node.origin) byOrigin.set(name, (byOrigin.get(name) ?? new Set()).add(node.id));
  }
  const removed = before.nodes.filter((n) => !pairs.has(n)).map((node): RemovedNode => ({
    node, into: [...new Set(node.origin.flatMap((name) => [...(byOrigin.get(name) ?? [])]))],
  }));
  const edges = new Map(before.edges.map((e) => [e.id, e]));
  const changedEdges = after.edges.flatMap((e): ChangedEdge[] => {
    const old = edges.get(e.id);
    return old === undefined || describeEdge(old) === describeEdge(e) ? [] : [{ before: old, after: e }];
  });
  return { before, after, removed, added, changed, changedEdges, kept: pairs.size - changed.length };
}

function pairNodes(before: GraphSummary, after: GraphSummary): Map<NodeSummary, NodeSummary> {
  const pairs = new Map<NodeSummary, NodeSummary>();
  const taken = new Set<NodeSummary>();
  for (const key of [(n: NodeSummary) => n.id, (n: NodeSummary) => n.name]) {
    const keyOf = (n: NodeSummary): string => JSON.stringify([n.graph, n.op, key(n)]);
    const candidates = new Map(after.nodes.filter((n) => !taken.has(n)).map((n) => [keyOf(n), n]));
    for (const node of before.nodes) {
      const found = candidates.get(keyOf(node));
      if (found === undefined || pairs.has(node) || taken.has(found)) continue;
      pairs.set(node, found);
      taken.add(found);
    }
  }
  return pairs;
}

function changesOf(before: NodeSummary, after: NodeSummary): string[] {
  const changes: string[] = [];
  const compare = (what: string, b: string | null | undefined, a: string | null | undefined): void => {
    if ((b ?? null) !== (a ?? null)) changes.push(`${what}: ${b ?? 'absent'} -> ${a ?? 'absent'}`);
  };
  for (const [side, b, a] of [['input', before.inputs, after.inputs], ['output', before.outputs, after.outputs]] as const) {
    for (let i = 0; i < Math.max(b.length, a.length); i++) compare(`${side} ${i}`, b[i], a[i]);
  }
  for (const name of new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)])) {
    compare(name, before.attributes[name], after.attributes[name]);
  }
  return changes;
}

/** Type and quantization of an edge in one line. */
export function describeEdge({ type, constant, quantization: q }: EdgeSummary): string {
  const scaled = q === undefined ? '' : `, scale ${q.scale}${q.zeroPoint === undefined ? '' : `, zero point ${q.zeroPoint}`}`;
  return `${constant ? 'constant ' : ''}${type}${scaled}`;
}
