import type { Attribute, Edge, Node } from '../../graph/index.ts';
import { findOp } from '../../ops/index.ts';
import { EXACT, type SweepPass } from '../pass.ts';
import { liveNodes } from '../support/nodes.ts';

/**
 * f(a, b) twice = f(a, b) once. Nodes are numbered by operator, attributes and inputs, in order, so that the inputs of two
 * equal nodes have already become the same edges. Operators that are not deterministic, and nodes with subgraphs or tensors
 * in attributes, stand for themselves.
 */
export const commonSubexpressionElimination: SweepPass = {
  name: 'common-subexpression-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Computes equal nodes once. y = f(a, b), z = f(a, b): z = y.',
  *sweep(graph) {
    const ids = new Map<Edge, number>();
    const idOf = (edge: Edge | undefined): number => {
      if (edge === undefined) return -1;
      let id = ids.get(edge);
      if (id === undefined) ids.set(edge, (id = ids.size));
      return id;
    };
    const known = new Map<string, Node>();
    for (const node of liveNodes(graph)) {
      const key = keyOf(node, idOf);
      if (key === undefined) continue;
      const first = known.get(key);
      if (first === undefined) {
        known.set(key, node);
        continue;
      }
      const same = node.outputs.flatMap((gone, i): [Edge, Edge][] => {
        const stays = first.outputs[i];
        return gone === undefined || stays === undefined ? [] : [[gone, stays]];
      });
      // An output only the second node has cannot be taken from the first.
      if (same.length < node.outputs.filter((o) => o !== undefined).length) continue;
      yield { kind: 'patch', same, from: [node, first] };
    }
  },
};

function keyOf(node: Node, idOf: (edge: Edge | undefined) => number): string | undefined {
  const contract = findOp(node.domain, node.opType);
  if (contract === undefined || !contract.deterministic || node.outputs.length === 0) return undefined;
  const attributes: string[] = [];
  for (const [name, attribute] of node.attributes) {
    const text = attributeKey(attribute);
    if (text === undefined) return undefined;
    attributes.push(`${name}=${text}`);
  }
  const inputs = node.inputs.map(idOf);
  if (contract.commutative && inputs.length === 2) inputs.sort((a, b) => a - b);
  return `${node.key}@${node.opset}(${inputs.join()})${attributes.sort().join(';')}`;
}

function attributeKey(attribute: Attribute): string | undefined {
  switch (attribute.type) {
    case 'float': return Object.is(attribute.value, -0) ? '-0' : String(attribute.value);
    case 'int': case 'string': return JSON.stringify(String(attribute.value));
    case 'ints': case 'floats': case 'strings': return JSON.stringify(attribute.value.map(String));
    default: return undefined;
  }
}
