import { EXACT, type SweepPass } from '../pass.ts';
import { isLive, outputUsed } from '../support/nodes.ts';

/** A node nobody reads computes nothing. Goes backwards, so that what only such nodes read goes with them. */
export const eliminateUnused: SweepPass = {
  name: 'eliminate-unused',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes nodes whose outputs nobody reads.',
  *sweep(graph) {
    for (const node of graph.nodes.toReversed()) {
      if (isLive(node) && node.outputs.every((_, i) => !outputUsed(node, i))) yield { kind: 'patch', from: [node] };
    }
  },
};
