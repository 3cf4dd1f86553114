import { OnnxError } from '../errors.ts';
import type { Edge, Graph, Node } from './graph.ts';

/** Outer edges a node reads through its subgraphs, at any depth. */
export function capturedEdges(node: Node): Set<Edge> {
  const captured = new Set<Edge>();
  for (const [, sub] of node.subgraphs()) collectCaptures(sub, captured);
  return captured;
}

/** The distinct edges a node reads: its inputs, then what its subgraphs capture. */
export function readsOf(node: Node): Set<Edge> {
  return new Set([...node.inputs.filter((e) => e !== undefined), ...capturedEdges(node)]);
}

function collectCaptures(sub: Graph, into: Set<Edge>): void {
  for (const graph of sub.walk()) {
    const note = (edge: Edge | undefined) => {
      if (edge !== undefined && !isInside(edge.graph, sub)) into.add(edge);
    };
    for (const node of graph.nodes) node.inputs.forEach(note);
    graph.outputs.forEach(note);
  }
}

function isInside(graph: Graph, ancestor: Graph): boolean {
  for (let g: Graph | undefined = graph; g !== undefined; g = g.parent) if (g === ancestor) return true;
  return false;
}

/**
 * Nodes so that each comes after those it reads from; otherwise in the order given. Throws `E_MODEL` naming the nodes
 * of a cycle.
 */
export function topologicalOrder(graph: Graph): Node[] {
  const waiting = new Map<Node, number>();
  const dependents = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    const producers = new Set<Node>();
    for (const edge of [...node.inputs, ...capturedEdges(node)]) {
      if (edge?.producer !== undefined && edge.graph === graph) producers.add(edge.producer);
    }
    waiting.set(node, producers.size);
    for (const p of producers) {
      const list = dependents.get(p);
      if (list === undefined) dependents.set(p, [node]);
      else list.push(node);
    }
  }
  const position = new Map(graph.nodes.map((n, i) => [n, i]));
  if (graph.nodes.every((n) => (dependents.get(n) ?? []).every((d) => position.get(d)! > position.get(n)!))) return graph.nodes;
  const order: Node[] = [];
  const ready = graph.nodes.filter((n) => waiting.get(n) === 0);
  for (let at = 0; at < ready.length; at++) {
    const node = ready[at]!;
    order.push(node);
    for (const d of dependents.get(node) ?? []) {
      const left = waiting.get(d)! - 1;
      waiting.set(d, left);
      if (left === 0) ready.push(d);
    }
  }
  if (order.length < graph.nodes.length) {
    const placed = new Set(order);
    const stuck = graph.nodes.filter((n) => !placed.has(n));
    throw new OnnxError('E_MODEL', `the graph has a cycle through ${stuck.slice(0, 4).map((n) => JSON.stringify(n.ref.name)).join(', ')}`, {
      node: stuck[0]!.ref, expected: 'an acyclic graph', found: `${stuck.length} nodes that wait for each other`,
    });
  }
  return order;
}
