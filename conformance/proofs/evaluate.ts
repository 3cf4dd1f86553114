/** Runs small graphs node by node on the cpu provider, keeping every value. */
import { loadFamilies } from '../../kernels/cpu/families.ts';
import { cpu } from '../../kernels/cpu/index.ts';
import type { Edge, Graph, Node } from '../../src/graph/index.ts';
import { DEFAULT_LIMITS } from '../../src/model/index.ts';
import { OPS } from '../../src/ops/index.ts';
import { evaluateNode } from '../../src/runtime/evaluate.ts';
import { placeNode } from '../../src/runtime/placement.ts';
import type { ExecutionProvider, Outputs } from '../../src/runtime/provider.ts';
import { OnnxError } from '../../src/errors.ts';
import { Tensor, type Value } from '../../src/tensor/index.ts';

await loadFamilies(OPS.keys());
const providers = [cpu.create({}) as ExecutionProvider];

export const evaluate = (node: Node, inputs: readonly (Value | undefined)[]): Outputs | undefined => evaluateNode(node, inputs, providers, DEFAULT_LIMITS);

/** What a session answers a pass that asks whether a node can run. */
export function supports(node: Node): true | string {
  try {
    placeNode(node, providers);
    return true;
  } catch (error) {
    if (error instanceof OnnxError) return error.summary;
    throw error;
  }
}

type Values = Map<Edge, Value>;

/** All values of a graph. Throws what a kernel throws. */
export function evaluateGraph(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Values {
  const values: Values = new Map();
  for (const edge of graph.inputs) if (feeds[edge.name] !== undefined) values.set(edge, feeds[edge.name]!);
  evaluateInto(graph, values);
  for (const edge of graph.outputs) if (!values.has(edge) && edge.constant !== undefined) values.set(edge, edge.constant);
  return values;
}

const valueOf = (values: Values, edge: Edge | undefined): Value | undefined => (edge === undefined ? undefined : (values.get(edge) ?? edge.constant));

function evaluateInto(graph: Graph, values: Values): void {
  for (const node of graph.nodes) {
    const outputs = outputsOf(node, values);
    node.outputs.forEach((edge, i) => edge !== undefined && outputs[i] !== undefined && values.set(edge, outputs[i]));
  }
}

/** The subgraph of an If that runs; undefined for nodes without subgraphs. */
export function branchOf(node: Node, values: Values): Graph | undefined {
  const branches = new Map(node.subgraphs());
  if (branches.size === 0) return undefined;
  const condition = valueOf(values, node.inputs[0]);
  if (node.opType !== 'If' || !(condition instanceof Tensor)) throw new Error(`${node.key} cannot be evaluated alone`);
  return branches.get(Number(condition.data[0]) !== 0 ? 'then_branch' : 'else_branch');
}

/** Outputs of one node whose inputs have values; those inside of an If are added to them. */
export function outputsOf(node: Node, values: Values): Outputs {
  const branch = branchOf(node, values);
  if (branch === undefined) return evaluate(node, node.inputs.map((edge) => valueOf(values, edge))) ?? [];
  evaluateInto(branch, values);
  return branch.outputs.map((edge) => valueOf(values, edge));
}
