import { Edge, Graph, type Attribute } from './graph.ts';

/** A deep copy of nodes and edges; constants and other attribute values are shared. */
export function cloneGraph(graph: Graph, parent?: Graph, outer: ReadonlyMap<Edge, Edge> = new Map()): Graph {
  const copy = new Graph(graph.name, graph.opsets, parent, graph.path);
  const edges = new Map(outer);
  const map = (edge: Edge | undefined): Edge | undefined => {
    if (edge === undefined) return undefined;
    let to = edges.get(edge);
    if (to === undefined) {
      to = copy.addEdge(edge.name, edge.type);
      to.constant = edge.constant;
      to.shapeValue = edge.shapeValue;
      edges.set(edge, to);
    }
    return to;
  };
  for (const edge of graph.edges.values()) map(edge);
  copy.inputs = graph.inputs.map((e) => map(e)!);
  for (const [from, to] of graph.aliases) copy.aliases.set(from, to);
  for (const node of graph.nodes) {
    const attributes = [...node.attributes].map(([name, a]): [string, Attribute] => [
      name,
      a.type === 'graph' ? { type: 'graph', value: cloneGraph(a.value, copy, edges) }
        : a.type === 'graphs' ? { type: 'graphs', value: a.value.map((g) => cloneGraph(g, copy, edges)) }
        : a,
    ]);
    const to = copy.addNode({
      name: node.name, opType: node.opType, domain: node.domain, overload: node.overload, opset: node.ownOpset, origin: node.origin, attributes,
      inputs: node.inputs.map(map), outputs: node.outputs.map(map),
    });
    for (const [, sub] of to.subgraphs()) for (const out of sub.outputs) if (out.graph !== sub) out.users.add(to);
  }
  copy.outputs = graph.outputs.map((e) => map(e)!);
  return copy;
}
