/** What to draw of a graph difference: both sides as boxes and arrows, near the changes alone when there is much. */
import { describeEdge, type GraphDiff, type GraphSummary, type NodeSummary } from '../passes/index.ts';

export type Mark = 'removed' | 'added' | 'changed' | 'kept' | 'end';

export interface Box {
  /** `n0`, `n1`...: unique within both sides. */
  readonly key: string;
  /** Operator, or `input` and `output`. */
  readonly title: string;
  readonly name: string;
  readonly mark: Mark;
  /** Attributes, constants, origins, changes. */
  readonly details: readonly string[];
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Type, shape and quantization of the tensor. */
  readonly label: string;
  readonly tensor: string;
}

export interface Picture {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** Nodes that are not shown. */
  readonly hidden: number;
}

/** Nodes of a graph that is drawn whole. */
const WHOLE = 60;
/** Steps around a change that are drawn of larger graphs, and the most nodes drawn at all. */
const RADIUS = 2;
const MOST = 300;

export function picturesOf(diff: GraphDiff, titles: readonly [string, string]): readonly [Picture, Picture] {
  const gone = new Map(diff.removed.map((r) => [r.node.id, r.into]));
  const fresh = new Set(diff.added.map((n) => n.id));
  const changedBefore = new Map(diff.changed.map((c) => [c.before.id, c.changes]));
  const changedAfter = new Map(diff.changed.map((c) => [c.after.id, c.changes]));
  const ops = new Map(diff.after.nodes.map((n) => [n.id, `${n.op} ${n.name}`]));
  const before = picture(diff.before, titles[0], 'b', (n) => {
    const into = gone.get(n.id);
    if (into !== undefined) return { mark: 'removed', notes: into.map((id) => `now in ${ops.get(id) ?? id}`) };
    const changes = changedBefore.get(n.id);
    return changes === undefined ? KEPT : { mark: 'changed', notes: changes };
  });
  const after = picture(diff.after, titles[1], 'a', (n) => {
    if (fresh.has(n.id)) return { mark: 'added', notes: n.origin.length === 0 ? [] : [`stands for ${n.origin.join(', ')}`] };
    const changes = changedAfter.get(n.id);
    return changes === undefined ? KEPT : { mark: 'changed', notes: changes };
  });
  return [before, after];
}

interface Verdict {
  readonly mark: Mark;
  readonly notes: readonly string[];
}

const KEPT: Verdict = { mark: 'kept', notes: [] };

function picture(graph: GraphSummary, title: string, prefix: string, judge: (node: NodeSummary) => Verdict): Picture {
  const verdicts = new Map(graph.nodes.map((n) => [n, judge(n)]));
  const shown = selectNodes(graph, (n) => verdicts.get(n)!.mark !== 'kept');
  const edges = new Map(graph.edges.map((e) => [e.id, e]));
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  const makers = new Map<string, string>();
  const addBox = (box: Omit<Box, 'key'>): string => {
    const key = `${prefix}${boxes.length}`;
    boxes.push({ key, ...box });
    return key;
  };
  const arrow = (from: string, to: string, tensor: string): void => {
    const edge = edges.get(tensor);
    arrows.push({ from, to, tensor, label: edge === undefined ? '' : describeEdge(edge) });
  };
  const keys = new Map<NodeSummary, string>();
  for (const node of shown) {
    const { mark, notes } = verdicts.get(node)!;
    const constants = node.inputs.flatMap((id) => {
      const edge = id === null ? undefined : edges.get(id);
      return edge?.constant ? [`${edge.id}: ${describeEdge(edge)}`] : [];
    });
    const attributes = Object.entries(node.attributes).map(([name, value]) => `${name} = ${value}`);
    const key = addBox({ title: node.op, name: node.name, mark, details: [...notes, ...attributes, ...constants] });
    keys.set(node, key);
    for (const id of node.outputs) if (id !== null) makers.set(id, key);
  }
  const ends = new Map<string, string>();
  for (const [node, key] of keys) {
    for (const id of new Set(node.inputs)) {
      if (id === null) continue;
      const maker = makers.get(id);
      if (maker !== undefined) arrow(maker, key, id);
      else if (graph.inputs.includes(id)) {
        if (!ends.has(id)) ends.set(id, addBox({ title: 'input', name: id, mark: 'end', details: [] }));
        arrow(ends.get(id)!, key, id);
      }
    }
  }
  for (const id of graph.outputs) {
    const maker = makers.get(id);
    if (maker !== undefined) arrow(maker, addBox({ title: 'output', name: id, mark: 'end', details: [] }), id);
  }
  return { title, boxes, arrows, hidden: graph.nodes.length - shown.length };
}

/** All nodes of a small graph; of a large one those near marked nodes, in order. */
function selectNodes(graph: GraphSummary, marked: (node: NodeSummary) => boolean): readonly NodeSummary[] {
  if (graph.nodes.length <= WHOLE) return graph.nodes;
  const around = new Map<string, NodeSummary[]>();
  for (const node of graph.nodes) {
    for (const id of [...node.inputs, ...node.outputs]) {
      if (id === null) continue;
      const list = around.get(id);
      if (list === undefined) around.set(id, [node]);
      else list.push(node);
    }
  }
  const seen = new Set(graph.nodes.filter(marked).slice(0, MOST));
  let frontier = [...seen];
  for (let step = 0; step < RADIUS && seen.size < MOST; step++) {
    const next: NodeSummary[] = [];
    for (const node of frontier) {
      for (const near of [...node.inputs, ...node.outputs].flatMap((id) => (id === null ? [] : around.get(id)!))) {
        if (seen.has(near) || seen.size >= MOST) continue;
        seen.add(near);
        next.push(near);
      }
    }
    frontier = next;
  }
  return graph.nodes.filter((n) => seen.has(n));
}
