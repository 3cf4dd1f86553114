import type { Edge, Graph } from '../../src/graph/index.ts';

/** The edge that holds, after optimization, what a name of the original graph stood for. */
export function edgeNow(graph: Graph | undefined, name: string): Edge | undefined {
  let at = name;
  for (let hops = 0; hops < 100; hops++) {
    const edge = graph?.edges.get(at);
    const alias = graph?.aliases.get(at);
    if (edge !== undefined || alias === undefined) return edge;
    at = alias;
  }
  return undefined;
}
