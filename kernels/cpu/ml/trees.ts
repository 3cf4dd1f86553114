/** Ensembles of decision trees: how they are stored, checked and walked. */
import { fail } from '../../../src/errors.ts';
import type { Step } from '../support/index.ts';

/** What a node asks of its feature x, with threshold v; 6: is x in a set. */
export const MODES = ['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT', 'BRANCH_EQ', 'BRANCH_NEQ', 'BRANCH_MEMBER'] as const;
const MEMBER = 6;

/** Inner nodes as columns. A branch is the number of another node, or `~leaf` (negative). */
export interface Nodes {
  readonly mode: Uint8Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** 1: NaN takes the true branch, whatever is asked. */
  readonly missingIsTrue: Uint8Array;
  readonly whenTrue: Int32Array;
  readonly whenFalse: Int32Array;
  /** Sets of the nodes that ask for membership. */
  readonly members: ReadonlyMap<number, ReadonlySet<number>>;
}

/** What leaf i adds: weights[k] to target targets[k], for k in [start[i], start[i + 1]). */
export interface Leaves {
  readonly start: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
}

export interface Ensemble {
  readonly nodes: Nodes;
  readonly leaves: Leaves;
  /** Where each tree starts: a node, or `~leaf`. */
  readonly roots: Int32Array;
  readonly targets: number;
}

export function emptyNodes(count: number): Nodes {
  return {
    mode: new Uint8Array(count), feature: new Int32Array(count), threshold: new Float64Array(count),
    missingIsTrue: new Uint8Array(count), whenTrue: new Int32Array(count), whenFalse: new Int32Array(count), members: new Map(),
  };
}

/** Refuses branches that lead nowhere or meet: a node belongs to one tree and is reached in one way. Tells which nodes are reached. */
export function checkEnsemble({ nodes, leaves, roots, targets }: Ensemble): Uint8Array {
  const refuse = (summary: string, found: number): never => fail('E_ATTRIBUTE', summary, { found: String(found) });
  const count = nodes.mode.length;
  const leafCount = leaves.start.length - 1;
  const seen = new Uint8Array(count);
  const stack = [...roots];
  while (stack.length > 0) {
    const at = stack.pop()!;
    if (at < 0) {
      if (~at >= leafCount) refuse('a branch leads to a leaf that is not there', ~at);
      continue;
    }
    if (at >= count) refuse('a branch leads to a node that is not there', at);
    if (seen[at] !== 0) refuse('a node is reached twice', at);
    seen[at] = 1;
    if (nodes.mode[at] >= MODES.length) refuse('a node asks an unknown question', nodes.mode[at]);
    if (nodes.feature[at] < 0) refuse('a feature index is negative', nodes.feature[at]);
    stack.push(nodes.whenTrue[at], nodes.whenFalse[at]);
  }
  for (const target of leaves.targets) if (target < 0 || target >= targets) refuse('a leaf adds to a target that is not there', target);
  return seen;
}

function holds(nodes: Nodes, at: number, x: number): boolean {
  const v = nodes.threshold[at];
  switch (nodes.mode[at]) {
    case 0: return x <= v;
    case 1: return x < v;
    case 2: return x >= v;
    case 3: return x > v;
    case 4: return x === v;
    case 5: return x !== v;
    default: return nodes.members.get(at)!.has(x);
  }
}

/** The leaf that a row of features falls into. */
function leafOf(nodes: Nodes, root: number, x: ArrayLike<number>, row: number): number {
  let at = root;
  while (at >= 0) {
    const feature = x[row + nodes.feature[at]];
    const yes = holds(nodes, at, feature) || (nodes.missingIsTrue[at] !== 0 && feature !== feature);
    at = yes ? nodes.whenTrue[at] : nodes.whenFalse[at];
  }
  return ~at;
}

export type Aggregate = 'AVERAGE' | 'SUM' | 'MIN' | 'MAX';

export const AGGREGATES: readonly Aggregate[] = ['AVERAGE', 'SUM', 'MIN', 'MAX'];

/**
 * The scores of the row of features at `row`: what all its leaves say, aggregated per target. `touched[t]` becomes 1 for
 * targets that some leaf names; the scores of others are 0.
 */
export function scoreRow(
  { nodes, leaves, roots }: Ensemble, aggregate: Aggregate, x: ArrayLike<number>, row: number, scores: number[], touched: Uint8Array, step: Step,
): void {
  scores.fill(0);
  touched.fill(0);
  for (const root of roots) {
    const leaf = leafOf(nodes, root, x, row);
    for (let k = leaves.start[leaf]; k < leaves.start[leaf + 1]; k++) {
      const target = leaves.targets[k], weight = leaves.weights[k];
      scores[target] = touched[target] === 0 ? weight
        : aggregate === 'MIN' ? Math.min(scores[target], weight)
        : aggregate === 'MAX' ? Math.max(scores[target], weight)
        : step(scores[target] + weight);
      touched[target] = 1;
    }
  }
  if (aggregate === 'AVERAGE') for (let t = 0; t < scores.length; t++) scores[t] = step(scores[t] / roots.length);
}

/** The widest feature index that any node reads, plus one. */
export function featuresOf({ nodes }: Ensemble): number {
  return nodes.feature.reduce((most, f) => Math.max(most, f + 1), 0);
}

export { MEMBER };
