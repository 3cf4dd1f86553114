import { fail } from '../../../src/errors.ts';
import { treeEnsemble as contract } from '../../../src/ops/contracts.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, stepOf } from '../support/index.ts';
import { rowsOf } from './inputs.ts';
import { postTransform, transformRow } from './post-transform.ts';
import { AGGREGATES, checkEnsemble, emptyNodes, featuresOf, MEMBER, scoreRow, type Ensemble } from './trees.ts';

/**
 * y [N, targets] = what the leaves of all trees say about each row of x [N, F], aggregated per target and transformed.
 * https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsemble.html
 */
export const treeEnsemble = implement(contract, ({ attrs }) => {
  const ensemble = ensembleOf(attrs);
  const number = attrs.int('aggregate_function');
  const aggregate = AGGREGATES[number] ?? fail('E_ATTRIBUTE', 'unknown aggregate_function', { expected: '0 to 3', found: String(number) });
  const transform = postTransform(attrs.int('post_transform'));
  const features = featuresOf(ensemble);
  return ([x]: [Tensor], ctx) => {
    const { rows, width } = rowsOf(x);
    if (width < features) {
      fail('E_SHAPE', 'the trees read more features than there are', { expected: `at least ${features}`, found: String(width) });
    }
    const values = unpack(x);
    const y = floatOutput(ctx, 0, x.type, [rows, ensemble.targets]);
    const room = rows === 0 ? 0 : ensemble.targets; // the output has passed the budget
    const scores = new Array<number>(room);
    const touched = new Uint8Array(room);
    for (let row = 0; row < rows; row++) {
      scoreRow(ensemble, aggregate, values, row * width, scores, touched, stepOf(x.type));
      y.y.set(transformRow(scores, transform), row * ensemble.targets);
    }
    return [y.finish()];
  };
});

function ensembleOf(attrs: Attrs): Ensemble {
  const features = attrs.ints('nodes_featureids');
  const nodes = emptyNodes(features.length);
  const modes = unpack(attrs.tensor('nodes_modes')), splits = unpack(attrs.tensor('nodes_splits'));
  const columns = (['nodes_truenodeids', 'nodes_falsenodeids', 'nodes_trueleafs', 'nodes_falseleafs'] as const).map((name) => attrs.ints(name));
  const missing = attrs.has('nodes_missing_value_tracks_true') ? attrs.ints('nodes_missing_value_tracks_true') : [];
  for (const column of [modes, splits, ...columns, ...(missing.length > 0 ? [missing] : [])]) {
    if (column.length !== features.length) {
      fail('E_ATTRIBUTE', 'the attributes of the nodes differ in length', { expected: String(features.length), found: String(column.length) });
    }
  }
  const [trueIds, falseIds, trueLeafs, falseLeafs] = columns;
  const sets = memberSets(attrs);
  const members = new Map<number, ReadonlySet<number>>();
  features.forEach((feature, i) => {
    nodes.feature[i] = feature;
    nodes.mode[i] = modes[i];
    nodes.threshold[i] = splits[i];
    nodes.missingIsTrue[i] = missing[i] ?? 0;
    nodes.whenTrue[i] = trueLeafs[i] !== 0 ? ~trueIds[i] : trueIds[i];
    nodes.whenFalse[i] = falseLeafs[i] !== 0 ? ~falseIds[i] : falseIds[i];
    if (modes[i] === MEMBER) members.set(i, sets[members.size] ?? fail('E_ATTRIBUTE', 'membership_values has fewer sets than nodes ask for'));
  });
  const targets = Int32Array.from(attrs.ints('leaf_targetids'));
  const weights = Float64Array.from(unpack(attrs.tensor('leaf_weights')));
  if (weights.length !== targets.length) {
    fail('E_ATTRIBUTE', 'the attributes of the leaves differ in length', { expected: String(targets.length), found: String(weights.length) });
  }
  const ensemble: Ensemble = {
    nodes: { ...nodes, members },
    leaves: { start: Int32Array.from({ length: targets.length + 1 }, (_, i) => i), targets, weights },
    roots: Int32Array.from(attrs.ints('tree_roots')),
    targets: attrs.has('n_targets') ? attrs.int('n_targets') : targets.reduce((most, t) => Math.max(most, t + 1), 1),
  };
  checkEnsemble(ensemble);
  return ensemble;
}

/** The sets of membership_values, which end with NaN. */
function memberSets(attrs: Attrs): Set<number>[] {
  if (!attrs.has('membership_values')) return [];
  const sets: Set<number>[] = [];
  let set = new Set<number>();
  for (const value of Array.from(unpack(attrs.tensor('membership_values')))) {
    if (value === value) set.add(value);
    else {
      sets.push(set);
      set = new Set();
    }
  }
  if (set.size > 0) sets.push(set);
  return sets;
}
