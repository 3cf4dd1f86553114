/** Reruns nodes of other providers on cpu with the values they met in a run: finds the first that goes astray, and cuts it out. */
import { compareValues, type Difference, type Tolerance } from '../../conformance/compare.ts';
import { cutNode, valuesAround } from '../../conformance/cut.ts';
import { writeCase } from '../../conformance/write-case.ts';
import { InferenceSession, type Feeds } from '../main.ts';
import type { Node } from '../graph/index.ts';
import { saveModel } from '../model/index.ts';

export interface Check {
  /** Nodes that were run again. */
  readonly checked: number;
  readonly divergence?: { readonly node: Node; readonly provider: string; readonly difference: Difference };
}

/** Float results of other providers run in other orders; codes must be equal. */
const TOLERANCE: Tolerance = { rtol: 1e-3, atol: 1e-5 };

/**
 * Checks `count` of the nodes that do not run on cpu, evenly spread over the main graph, in order. The first divergence ends the check; it
 * is written to `folder` as a conformance case with the inputs the node met and the outputs of cpu.
 */
export async function checkNodes(session: InferenceSession, feeds: Feeds, count: number, folder: string): Promise<Check> {
  const placed = session.explain().nodes.filter((n) => n.graphPath === 'main');
  const elsewhere = session.model.graph.nodes.map((node, i) => ({ node, provider: placed[i]!.provider })).filter((n) => n.provider !== 'cpu');
  const chosen = count >= elsewhere.length ? elsewhere : Array.from({ length: count }, (_, i) => elsewhere[Math.floor((i * elsewhere.length) / count)]!);
  const values = await session.run(feeds, [...new Set(chosen.flatMap((c) => valuesAround(c.node)))]);
  let checked = 0;
  for (const { node, provider } of chosen) {
    const cut = cutNode(session.model, node, values);
    const model = saveModel(cut.model);
    const alone = await InferenceSession.create(model, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
    const expected = await alone.run(Object.fromEntries(cut.inputs.map((name) => [name, values[name]!])));
    await alone.release();
    checked++;
    for (const name of cut.outputs) {
      const difference = compareValues(name, expected[name]!, values[name], TOLERANCE);
      if (difference === undefined) continue;
      writeCase(folder, { model, inputs: cut.inputs.map((n) => [n, values[n]] as const), outputs: cut.outputs.map((n) => [n, expected[n]] as const) });
      return { checked, divergence: { node, provider, difference } };
    }
  }
  return { checked };
}
