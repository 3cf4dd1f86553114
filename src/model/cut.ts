/** One node of a model, with the values that it met in a run, as a model of its own. */
import { fail } from '../errors.ts';
import { cloneGraph, Graph, readsOf, type Attribute, type Edge, type Node } from '../graph/index.ts';
import type { Model } from './model.ts';
import { Tensor, typeOf, type Value } from '../tensor/index.ts';

export interface CutNode {
  readonly model: Model;
  /** What the node reads and is not constant, what it makes, in the order of the new model's inputs and outputs. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** The node of that name, or the one that makes the tensor of that name. Throws `E_INPUT`. */
export function findNode(graph: Graph, name: string): Node {
  const node = graph.nodes.find((n) => n.name === name) ?? graph.edges.get(name)?.producer;
  if (node !== undefined) return node;
  const near = graph.nodes.filter((n) => n.key === name || n.name.includes(name)).slice(0, 5).map((n) => n.ref.name);
  return fail('E_INPUT', `the model has no node ${JSON.stringify(name)}`, {
    hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'name a node of the main graph, or a tensor that it makes, at this optimization level',
  });
}

/** Names of the tensors whose values `cutNode` needs. */
export const valuesAround = (node: Node): string[] => [...[...readsOf(node)].filter((e) => !isWeight(e)), ...madeBy(node)].map((e) => e.name);

const madeBy = (node: Node): Edge[] => node.outputs.filter((e) => e !== undefined);
const isWeight = (edge: Edge): boolean => edge.tensor !== undefined;

/** The node alone. Constants stay initializers; everything else becomes an input or output with the type of its value. */
export function cutNode(model: Model, node: Node, values: Readonly<Record<string, Value | undefined>>): CutNode {
  const opsets = new Map([...model.opsets, [node.domain, node.opset]]);
  const graph = new Graph(node.name || node.opType, opsets);
  const reads = [...readsOf(node)];
  const copies = new Map(reads.map((edge) => [edge, isWeight(edge) ? graph.addConstant(edge.name, edge.tensor!) : graph.addEdge(edge.name, typeNow(edge, values[edge.name]))]));
  graph.inputs = reads.filter((e) => !isWeight(e)).map((e) => copies.get(e)!);
  const outputs = node.outputs.map((edge) => edge && graph.addEdge(edge.name, typeNow(edge, values[edge.name])));
  const copy = graph.addNode({
    name: node.name, opType: node.opType, domain: node.domain, overload: node.overload,
    inputs: node.inputs.map((e) => e && copies.get(e)!), outputs,
    attributes: [...node.attributes].map(([name, a]) => [name, attributeIn(graph, a, copies)] as const),
  });
  for (const edge of copies.values()) edge.users.add(copy);
  graph.outputs = outputs.filter((e) => e !== undefined);
  return {
    model: { ...model, opsets, graph, metadata: new Map(), docString: '' },
    inputs: graph.inputs.map((e) => e.name), outputs: graph.outputs.map((e) => e.name),
  };
}

// Tensors with the shape they have; optionals and sequences as declared, since an empty one says less.
function typeNow(edge: Edge, value: Value | undefined): Edge['type'] {
  return value instanceof Tensor || edge.type === undefined ? value && typeOf(value) : edge.type;
}

function attributeIn(graph: Graph, attribute: Attribute, outer: ReadonlyMap<Edge, Edge>): Attribute {
  if (attribute.type === 'graph') return { type: 'graph', value: cloneGraph(attribute.value, graph, outer) };
  if (attribute.type === 'graphs') return { type: 'graphs', value: attribute.value.map((g) => cloneGraph(g, graph, outer)) };
  return attribute;
}
