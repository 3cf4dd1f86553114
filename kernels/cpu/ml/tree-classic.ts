/**
 * TreeEnsembleRegressor and TreeEnsembleClassifier: nodes named by (tree, node), leaves among them, and a list of what
 * each leaf adds.
 * https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { treeEnsembleClassifier as classifierContract, treeEnsembleRegressor as regressorContract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, stepOf, type Step } from '../support/index.ts';
import { emitLabels, floatsOf, intsOf, labelsOf, numbersOf, rowsOf, stringsOf } from './inputs.ts';
import { postTransform, transformPair, transformRow } from './post-transform.ts';
import { checkEnsemble, emptyNodes, featuresOf, MODES, scoreRow, type Aggregate, type Ensemble } from './trees.ts';

/** A list of floats, or the tensor that may stand in its place since version 3. */
function numbers(placed: PlacedNode, name: string): ArrayLike<number> {
  return placed.attrs.has(`${name}_as_tensor`) ? unpack(placed.attrs.tensor(`${name}_as_tensor`)) : floatsOf(placed, name);
}

/** The trees, with `kind` (target or class) naming the attributes of what leaves add. */
function ensembleOf(placed: PlacedNode, kind: 'target' | 'class', targets: number): Ensemble {
  const treeIds = intsOf(placed, 'nodes_treeids'), nodeIds = intsOf(placed, 'nodes_nodeids');
  const modes = stringsOf(placed, 'nodes_modes'), features = intsOf(placed, 'nodes_featureids');
  const trueIds = intsOf(placed, 'nodes_truenodeids'), falseIds = intsOf(placed, 'nodes_falsenodeids');
  const missing = intsOf(placed, 'nodes_missing_value_tracks_true');
  const values = numbers(placed, 'nodes_values');
  const count = treeIds.length;
  for (const column of [nodeIds, modes, features, trueIds, falseIds, values]) {
    if (column.length !== count) {
      fail('E_ATTRIBUTE', 'the attributes of the nodes differ in length', { expected: String(count), found: String(column.length) });
    }
  }
  const places = new Map<string, number>(); // (tree, node) -> its place in the lists
  for (let i = 0; i < count; i++) {
    const key = `${treeIds[i]}:${nodeIds[i]}`;
    if (places.has(key)) fail('E_ATTRIBUTE', 'a node is defined twice', { found: `tree ${treeIds[i]}, node ${nodeIds[i]}` });
    places.set(key, i);
  }
  const placeOf = (tree: number, node: number): number =>
    places.get(`${tree}:${node}`) ?? fail('E_ATTRIBUTE', 'a branch leads to a node that is not there', { found: `tree ${tree}, node ${node}` });
  // Leaves stand among the nodes: the same number serves as node and as leaf.
  const branch = (tree: number, node: number): number => (modes[placeOf(tree, node)] === 'LEAF' ? ~placeOf(tree, node) : placeOf(tree, node));
  const nodes = emptyNodes(count);
  const isChild = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    if (modes[i] === 'LEAF') continue;
    const mode = MODES.findIndex((m) => m === modes[i]);
    if (mode < 0) fail('E_ATTRIBUTE', 'a node asks an unknown question', { expected: `LEAF, ${MODES.join(', ')}`, found: modes[i] });
    nodes.mode[i] = mode;
    nodes.feature[i] = features[i];
    nodes.threshold[i] = values[i];
    nodes.missingIsTrue[i] = missing[i] ?? 0;
    nodes.whenTrue[i] = branch(treeIds[i], trueIds[i]);
    nodes.whenFalse[i] = branch(treeIds[i], falseIds[i]);
    isChild[placeOf(treeIds[i], trueIds[i])] = isChild[placeOf(treeIds[i], falseIds[i])] = 1;
  }
  const roots: number[] = [];
  for (let i = 0; i < count; i++) if (isChild[i] === 0) roots.push(modes[i] === 'LEAF' ? ~i : i);
  const ensemble: Ensemble = { nodes, leaves: leavesOf(placed, kind, placeOf, count), roots: Int32Array.from(roots), targets };
  // Nodes that no other leads to are roots: what is not reached from one lies in a circle.
  checkEnsemble(ensemble).forEach((seen, i) => {
    if (seen === 0 && modes[i] !== 'LEAF') {
      fail('E_ATTRIBUTE', 'the branches of a tree lead in a circle', { found: `tree ${treeIds[i]}, node ${nodeIds[i]}` });
    }
  });
  return ensemble;
}

function leavesOf(placed: PlacedNode, kind: 'target' | 'class', placeOf: (tree: number, node: number) => number, count: number): Ensemble['leaves'] {
  const trees = intsOf(placed, `${kind}_treeids`), nodes = intsOf(placed, `${kind}_nodeids`), ids = intsOf(placed, `${kind}_ids`);
  const values = numbers(placed, `${kind}_weights`);
  for (const column of [nodes, ids, values]) {
    if (column.length !== trees.length) {
      fail('E_ATTRIBUTE', 'the attributes of the leaves differ in length', { expected: String(trees.length), found: String(column.length) });
    }
  }
  const places = trees.map((tree, k) => placeOf(tree, nodes[k]));
  const start = new Int32Array(count + 1);
  for (const place of places) start[place + 1]++;
  for (let i = 0; i < count; i++) start[i + 1] += start[i];
  const next = start.slice(0, count);
  const targets = new Int32Array(places.length), weights = new Float64Array(places.length);
  places.forEach((place, k) => {
    targets[next[place]] = ids[k];
    weights[next[place]++] = values[k];
  });
  return { start, targets, weights };
}

/** Features, of which the trees must find as many as they read. */
function featureRows(x: Tensor, needed: number): { values: ArrayLike<number>; rows: number; width: number } {
  const { rows, width } = rowsOf(x);
  if (width < needed) fail('E_SHAPE', 'the trees read more features than there are', { expected: `at least ${needed}`, found: String(width) });
  return { values: numbersOf(x), rows, width };
}

/** y [N, targets] = transform(aggregate of the leaves + base_values) */
export const treeEnsembleRegressor = implement(regressorContract, (placed) => {
  const { attrs } = placed;
  const targets = attrs.has('n_targets') ? attrs.int('n_targets') : 1;
  const ensemble = ensembleOf(placed, 'target', targets);
  const aggregates = { SUM: 'SUM', AVERAGE: 'AVERAGE', MIN: 'MIN', MAX: 'MAX' } as const;
  const aggregate: Aggregate = choose(aggregates, attrs.string('aggregate_function'), 'aggregate_function');
  const transform = postTransform(attrs.string('post_transform'));
  const base = numbers(placed, 'base_values');
  const needed = featuresOf(ensemble);
  return ([x]: [Tensor], ctx) => {
    const { values, rows, width } = featureRows(x, needed);
    const step = stepOf(x.type);
    const y = ctx.output(0, 'float32', [rows, targets]);
    const room = rows === 0 ? 0 : targets; // the output has passed the budget
    const scores = new Array<number>(room);
    const touched = new Uint8Array(room);
    for (let row = 0; row < rows; row++) {
      scoreRow(ensemble, aggregate, values, row * width, scores, touched, step);
      for (let t = 0; t < base.length && t < targets; t++) scores[t] = step(scores[t] + base[t]);
      (y.data as Float32Array).set(transformRow(scores, transform), row * targets);
    }
    return [y];
  };
});

/**
 * The label of the largest score, and all scores. Two classes may share a single score, when all leaves speak of one of
 * them: it is a probability where no weight is negative, a margin elsewhere, and decides by one half or by its sign.
 */
export const treeEnsembleClassifier = implement(classifierContract, (placed) => {
  const labels = labelsOf(placed, 'classlabels_int64s', 'classlabels_strings');
  const columns = Math.max(labels.length, 1);
  const ensemble = ensembleOf(placed, 'class', columns);
  const transform = postTransform(placed.attrs.string('post_transform'));
  const base = numbers(placed, 'base_values');
  const { targets, weights } = ensemble.leaves;
  const shared = labels.length === 2 && targets.length > 0 && targets.every((t) => t === targets[0]) ? targets[0] : undefined;
  const isProbability = weights.every((w) => w >= 0);
  const needed = featuresOf(ensemble);
  return ([x]: [Tensor], ctx) => {
    const { values, rows, width } = featureRows(x, needed);
    const step = stepOf(x.type);
    const z = ctx.output(1, 'float32', [rows, columns]);
    const chosen: (bigint | string)[] = [];
    const scores = new Array<number>(columns);
    const touched = new Uint8Array(columns);
    for (let row = 0; row < rows; row++) {
      scoreRow(ensemble, 'SUM', values, row * width, scores, touched, step);
      let given: number[];
      if (shared === undefined) {
        addBase(scores, touched, base, step);
        chosen.push(labels[best(scores, touched)] ?? BigInt(best(scores, touched)));
        given = transformRow(scores, transform);
      } else {
        const score = step(scores[shared] + (base[base.length === 2 ? shared : 0] ?? 0));
        chosen.push(labels[score > (isProbability ? 0.5 : 0) ? 1 : 0]);
        given = shared === 0 && base.length !== 2 ? transformPair(f32(score), transform, isProbability)
          : transformRow(shared === 0 ? [score, 0] : [0, score], transform);
      }
      (z.data as Float32Array).set(given, row * columns);
    }
    return [emitLabels(ctx, 0, chosen, labels), z];
  };
});

function addBase(scores: number[], touched: Uint8Array, base: ArrayLike<number>, step: Step): void {
  for (let t = 0; t < base.length && t < scores.length; t++) {
    scores[t] = step(scores[t] + base[t]);
    touched[t] = 1;
  }
}

/** The first of the largest scores, among classes that have one. */
function best(scores: readonly number[], touched: Uint8Array): number {
  let at = -1;
  for (let t = 0; t < scores.length; t++) if (touched[t] !== 0 && (at < 0 || scores[t] > scores[at])) at = t;
  return Math.max(at, 0);
}
