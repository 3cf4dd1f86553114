import { EXACT, type SweepPass } from '../pass.ts';
import { liveNodes, outputUsed } from '../support/nodes.ts';

/** A node nobody reads computes nothing; what only such nodes read goes with them. */
export const eliminateUnused: SweepPass = {
  name: 'eliminate-unused',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes nodes whose outputs nobody reads.',
  *sweep(graph) {
    const unused = [...liveNodes(graph)].filter((node) => node.outputs.every((_, i) => !outputUsed(node, i)));
    if (unused.length > 0) yield { kind: 'patch', from: unused };
  },
};
