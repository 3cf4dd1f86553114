import type { Node } from '../../graph/index.ts';
import { EXACT, type Patch, type SweepPass } from '../pass.ts';
import { isLive, liveNodes } from '../support/nodes.ts';
import { TransposedRegion } from '../support/transposed-region.ts';
import { inverse, isIdentity, permOf, type Perm } from '../support/turning.ts';

/**
 * f(transpose(x, p), transpose(y, p)) = transpose(f'(x, y), p)
 *
 * For a region of neighbouring nodes that do not mind the order of axes (elementwise ones, quantizers, Concat, Split, Pad, Slice,
 * Softmax, reductions that keep their axes), all are computed untransposed: at its edges transposes go, become others, or come
 * in. The region is the largest around a Transpose, less the nodes without which fewer transposes are left. It changes only when
 * their number falls, and so comes to an end.
 */
export const transposeOptimizer: SweepPass = {
  name: 'transpose-optimizer',
  level: 'basic',
  contract: EXACT,
  doc: 'Computes regions of nodes that do not mind the order of axes untransposed, where fewer transposes are left then. f(transpose(x, p)) = transpose(f(x), p).',
  *sweep(graph) {
    // Nodes looked at in vain, by permutation: one look at a region is enough.
    const tried = new Map<string, Set<Node>>();
    const improve = function* (p: Perm, seeds: readonly Node[]): Iterable<Patch> {
      const known = tried.get(p.join()) ?? new Set();
      tried.set(p.join(), known);
      const region = new TransposedRegion(graph, p, seeds.filter((node) => !known.has(node)));
      for (const node of region.nodes) known.add(node);
      region.peel();
      if (region.cost() < 0) yield region.patch();
    };
    for (const node of liveNodes(graph)) {
      if (node.key !== 'Transpose') continue;
      const perm = permOf(node);
      const [x, y] = [node.inputs[0], node.outputs[0]];
      if (perm === undefined || isIdentity(perm) || x === undefined || y === undefined) continue;
      // Downwards from its result, or upwards from its operand.
      yield* improve(perm, [...y.users]);
      if (isLive(node) && x.producer !== undefined) yield* improve(inverse(perm), [x.producer]);
    }
  },
};
