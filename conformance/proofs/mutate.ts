/** What may stand around a pattern, and changes after which it may be one no more. */
import type { Edge, Graph, Node } from '../../src/graph/index.ts';
import { findOp } from '../../src/ops/index.ts';
import { dtypeInfo, pack, Tensor, unpack } from '../../src/tensor/index.ts';
import type { Draw } from './draw.ts';

/** Puts an Identity between some inputs and their readers, and behind some outputs: patterns meet values made and read elsewhere. */
export function embed(graph: Graph, draw: Draw): void {
  for (const edge of graph.inputs) if (edge.users.size > 0 && draw.chance(0.4)) interpose(graph, edge);
  graph.outputs = graph.outputs.map((edge) => (edge.producer !== undefined && draw.chance(0.5) ? follow(graph, edge) : edge));
}

/** Makes one near-miss of a graph. Returns what it did; undefined when it found nothing to change. */
export function mutate(graph: Graph, draw: Draw): string | undefined {
  const [name, change] = draw.pick(Object.entries(MUTATIONS));
  return change(graph, draw) ? name : undefined;
}

type Mutation = (graph: Graph, draw: Draw) => boolean;

const constants = (graph: Graph): Edge[] => [...graph.edges.values()].filter((e) => e.constant instanceof Tensor && e.users.size > 0 && !e.isInput);
const inner = (graph: Graph): Edge[] => [...graph.edges.values()].filter((e) => e.producer !== undefined && e.users.size > 0);

const MUTATIONS: Readonly<Record<string, Mutation>> = {
  'another reader': (graph, draw) => one(inner(graph).filter((e) => !e.isOutput), draw, (edge) => {
    graph.outputs = [...graph.outputs, draw.chance(0.5) ? edge : follow(graph, edge)];
  }),
  'a constant is fed': (graph, draw) => one(constants(graph), draw, (edge) => {
    graph.inputs = [...graph.inputs, edge];
  }),
  'a constant is another': (graph, draw) => one(constants(graph), draw, (edge) => {
    edge.constant = changed(edge.tensor!, draw);
  }),
  'operands change places': (graph, draw) => one(graph.nodes.filter((n) => n.inputs.length === 2 && findOp(n.domain, n.opType)?.commutative === true), draw, (node) => {
    node.inputs.reverse();
  }),
  'an identity in between': (graph, draw) => one(inner(graph), draw, (edge) => {
    interpose(graph, edge);
  }),
  'a free dimension': (graph, draw) => one(graph.inputs.filter((e) => e.type?.kind === 'tensor' && (e.type.shape?.length ?? 0) > 0), draw, (edge) => {
    if (edge.type?.kind !== 'tensor' || edge.type.shape === undefined) return;
    const at = draw.integer(0, edge.type.shape.length - 1);
    edge.type = { ...edge.type, shape: edge.type.shape.map((d, i) => (i === at ? draw.pick([undefined, 'n']) : d)) };
  }),
  'another integer attribute': (graph, draw) => one(graph.nodes.filter((n) => [...n.attributes.values()].some((a) => a.type === 'int')), draw, (node: Node) => {
    const [name, a] = draw.pick([...node.attributes].filter(([, v]) => v.type === 'int'));
    if (a.type === 'int') node.attributes.set(name, { type: 'int', value: a.value + BigInt(draw.pick([-1, 1])) });
  }),
};

function one<T>(candidates: readonly T[], draw: Draw, change: (candidate: T) => void): boolean {
  if (candidates.length === 0) return false;
  change(draw.pick(candidates));
  return true;
}

function identity(graph: Graph, from: Edge, before?: Node): Edge {
  const to = graph.addEdge(graph.freshName(`${from.name}_same`));
  graph.addNode({ opType: 'Identity', name: graph.freshName(`${from.name}_identity`), inputs: [from], outputs: [to] }, before);
  return to;
}

function interpose(graph: Graph, edge: Edge): void {
  const users = [...edge.users];
  const at = graph.nodes.find((n) => users.includes(n));
  const to = identity(graph, edge, at);
  for (const user of users) user.inputs.forEach((e, i) => e === edge && graph.setInput(user, i, to));
}

const follow = (graph: Graph, edge: Edge): Edge => identity(graph, edge);

function changed(tensor: Tensor, draw: Draw): Tensor {
  const { class: cls } = dtypeInfo(tensor.type);
  if (tensor.size === 0 || cls === 'string' || cls === 'complex') return tensor;
  const at = draw.integer(0, tensor.size - 1);
  if (tensor.type === 'int64' || tensor.type === 'uint64') {
    const data = (tensor.data as BigInt64Array).slice();
    data[at] = data[at]! + BigInt(draw.pick([-1, 1]));
    return new Tensor(tensor.type, data, tensor.dims);
  }
  const values = Array.from(unpack(tensor));
  if (cls === 'float') values[at] = draw.pick([values[at]! * 1.5, -values[at]!, 0, values[at]! * 1e-42, 1e9]);
  else values[at] = draw.pick([values[at]! ^ 1, 0]);
  return pack(tensor.type, values, tensor.dims);
}
