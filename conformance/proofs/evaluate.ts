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
import type { Tensor, Value } from '../../src/tensor/index.ts';

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

/** All values of a graph without subgraphs. Throws what a kernel throws. */
export function evaluateGraph(graph: Graph, feeds: Readonly<Record<string, Tensor>>): Map<Edge, Value> {
  const values = new Map<Edge, Value>();
  const valueOf = (edge: Edge | undefined): Value | undefined => (edge === undefined ? undefined : (values.get(edge) ?? edge.constant));
  for (const edge of graph.inputs) if (feeds[edge.name] !== undefined) values.set(edge, feeds[edge.name]!);
  for (const node of graph.nodes) {
    const outputs = evaluate(node, node.inputs.map(valueOf));
    if (outputs === undefined) throw new Error(`${node.key} cannot be evaluated alone`);
    node.outputs.forEach((edge, i) => edge !== undefined && outputs[i] !== undefined && values.set(edge, outputs[i]));
  }
  for (const edge of graph.outputs) if (!values.has(edge) && edge.constant !== undefined) values.set(edge, edge.constant);
  return values;
}
