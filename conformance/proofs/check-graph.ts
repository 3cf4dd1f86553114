import { capturedEdges, type Edge, type Graph, type Node } from '../../src/graph/index.ts';

/** Everything a graph promises: edges and nodes know each other, order is topological, names are unique, types are known. */
export function checkGraph(root: Graph): void {
  const users = new Map<Edge, Set<Node>>();
  for (const graph of root.walk()) {
    const made = new Set<Edge>(graph.inputs);
    for (const node of graph.nodes) {
      if (node.graph !== graph) throw new Error(`${node.name} stands in another graph`);
      for (const edge of [...node.inputs, ...capturedEdges(node)]) {
        if (edge === undefined) continue;
        if (edge.graph === graph && edge.producer !== undefined && !made.has(edge)) throw new Error(`${node.name} reads ${edge.name} before it is made`);
        if (edge.producer === undefined && edge.constant === undefined && !edge.isInput) throw new Error(`${edge.name} comes from nowhere`);
        if (graph.find(edge.name) !== edge) throw new Error(`${edge.name} is not the edge of that name`);
        const set = users.get(edge) ?? new Set();
        if (node.inputs.includes(edge)) set.add(node);
        users.set(edge, set);
      }
      for (const edge of node.outputs) {
        if (edge === undefined) continue;
        if (edge.producer !== node) throw new Error(`${edge.name} does not know its producer`);
        if (edge.type === undefined) throw new Error(`${edge.name} has no type`);
        made.add(edge);
      }
    }
    for (const [name, edge] of graph.edges) {
      if (edge.name !== name) throw new Error(`${edge.name} is kept as ${name}`);
      if (edge.producer === undefined && edge.constant === undefined && !edge.isInput) throw new Error(`${name} is left over`);
    }
    for (const output of graph.outputs) if (output.graph === graph && graph.edges.get(output.name) !== output) throw new Error(`output ${output.name} is lost`);
    for (const name of graph.aliases.keys()) if (graph.edges.has(name)) throw new Error(`${name} is both a value and an alias`);
  }
  for (const graph of root.walk()) {
    for (const edge of graph.edges.values()) {
      const known = users.get(edge) ?? new Set();
      for (const user of known) if (!edge.users.has(user)) throw new Error(`${edge.name} does not know its reader ${user.name}`);
      for (const user of edge.users) {
        if (!known.has(user) && !capturedEdges(user).has(edge)) throw new Error(`${edge.name} thinks ${user.name} reads it`);
      }
    }
  }
}
