/** Nodes that other providers ran, run again on cpu with the values they met: what `check` of a session's options asks for. */
import type { Graph, Node } from './graph/index.ts';
import { cutNode, valuesAround } from './model/cut.ts';
import type { Model } from './model/index.ts';
import { saveModel } from './model/save.ts';
import type { CheckReport, Feeds, Results } from './options.ts';
import { compareValues, type Tolerance } from './tensor/compare.ts';
import { Tensor, type TypedArray, type Value } from './tensor/index.ts';

/** Float results of other providers run in other orders; codes must be equal. */
const TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-5 };

/** Runs a model of one node on cpu. */
export type RunAlone = (model: Uint8Array, feeds: Feeds) => Promise<Results>;

export interface Sample {
  readonly nodes: readonly Node[];
  /** Tensors whose values the check needs. */
  readonly fetches: readonly string[];
}

/** `count` of these nodes, evenly spread, other ones at each `turn`. */
export function sampleNodes(nodes: readonly Node[], count: number, turn: number): Sample {
  const most = Math.min(count, nodes.length);
  const at = Array.from({ length: most }, (_, i) => (Math.floor((i * nodes.length) / most) + turn) % nodes.length);
  const chosen = at.sort((a, b) => a - b).map((i) => nodes[i]);
  return { nodes: chosen, fetches: [...new Set(chosen.flatMap(valuesAround))] };
}

/** Nodes of the main graph that do not run on cpu. */
export function nodesElsewhere(graph: Graph, providerOf: (node: Node) => string): Node[] {
  return graph.nodes.filter((node) => providerOf(node) !== 'cpu');
}

/** Those of the feeds that are among `names`, in memory of their own. */
export function copiesOf(feeds: Feeds, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(feeds).filter(([name]) => names.includes(name)).map(([name, value]) => [
    name, value instanceof Tensor && value.location === 'cpu' ? new Tensor(value.type, value.data.slice() as TypedArray | string[], value.dims) : value,
  ]));
}

// What lies on devices stays there: these are copies.
async function onHost(values: Readonly<Record<string, Value>>): Promise<Record<string, Value>> {
  return Object.fromEntries(await Promise.all(Object.entries(values).map(async ([name, value]) => [
    name, value instanceof Tensor && value.location === 'gpu-buffer' ? new Tensor(value.type, await value.deviceBuffer!.download(), value.dims) : value,
  ] as const)));
}

/** Compares the nodes in order. The first divergence ends it. */
export async function checkNodes(model: Model, nodes: readonly Node[], providerOf: (node: Node) => string, values: Readonly<Record<string, Value>>, runAlone: RunAlone): Promise<CheckReport> {
  const met = await onHost(values);
  const pick = (names: readonly string[], from: Readonly<Record<string, Value>>) => Object.fromEntries(names.map((name) => [name, from[name]]));
  let checked = 0;
  for (const node of nodes) {
    const cut = cutNode(model, node, met);
    const bytes = saveModel(cut.model);
    const inputs = pick(cut.inputs, met);
    const expected = await runAlone(bytes, inputs);
    checked++;
    for (const name of cut.outputs) {
      const difference = compareValues(name, expected[name], met[name], TOLERANCE);
      if (difference === undefined) continue;
      return { checked, divergence: { node: node.ref, provider: providerOf(node), difference, repro: { model: bytes, inputs, outputs: pick(cut.outputs, expected) } } };
    }
  }
  return { checked };
}
