/** Walking a graph while patches change it. */
import type { Edge, Graph, Node } from '../../graph/index.ts';
import { allows, findOp } from '../../ops/index.ts';

/** The nodes of a graph as they stand, without those that patches take away meanwhile. */
export function* liveNodes(graph: Graph): Iterable<Node> {
  for (const node of [...graph.nodes]) if (isLive(node)) yield node;
}

/** False once a patch has taken all outputs of the node. */
export function isLive(node: Node): boolean {
  return node.outputs.length === 0 || node.outputs.some((o) => o !== undefined && o.producer === node);
}

/** True when output `index` exists and somebody reads it. */
export function outputUsed(node: Node, index: number): boolean {
  const edge = node.outputs[index];
  return edge !== undefined && (edge.users.size > 0 || edge.isOutput);
}

/** False when the node's operator, in its opset, does not take values of this type as its first input. */
export function takes(node: Node, value: Edge): boolean {
  const version = findOp(node.domain, node.opType)?.at(node.opset);
  const types = version?.types.get(version.inputs[0]?.type ?? '');
  return types === undefined || value.type === undefined || allows(types, value.type);
}
