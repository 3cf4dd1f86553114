/** scores = x . coefficients + intercepts, for regression or for a choice among classes. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { linearClassifier as classifierContract, linearRegressor as regressorContract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emitLabels, floatsOf, labelsOf, numbersOf, rowsOf, type Labels } from './inputs.ts';
import { postTransform, transformPair, transformRow } from './post-transform.ts';

/** The scores of a row: coefficients [targets, width], intercepts [targets] or none. */
function scorer(placed: PlacedNode, targets: number) {
  const coefficients = Float32Array.from(floatsOf(placed, 'coefficients'));
  const intercepts = Float32Array.from(floatsOf(placed, 'intercepts'));
  return (x: ArrayLike<number>, row: number, width: number): number[] => {
    if (coefficients.length !== targets * width) {
      fail('E_SHAPE', 'the coefficients do not fit the features', { expected: `${targets} x ${width}`, found: String(coefficients.length) });
    }
    return Array.from({ length: targets }, (_, t) => {
      let sum = 0;
      for (let i = 0; i < width; i++) sum = f32(sum + f32(f32(x[row * width + i]) * coefficients[t * width + i]));
      return intercepts.length === 0 ? sum : f32(sum + intercepts[t]);
    });
  };
}

export const linearRegressor = implement(regressorContract, (placed) => {
  const targets = placed.attrs.int('targets');
  const transform = postTransform(placed.attrs.string('post_transform'));
  const score = scorer(placed, targets);
  return ([x]: [Tensor], ctx) => {
    const { rows, width } = rowsOf(x);
    const values = numbersOf(x);
    const y = ctx.output(0, 'float32', [rows, targets]);
    for (let row = 0; row < rows; row++) {
      const scores = score(values, row, width);
      (y.data as Float32Array).set(transformRow(scores, transform), row * targets);
    }
    return [y];
  };
});

/**
 * The label of the largest score. A single score decides between two classes by its sign, and gives two scores where there
 * are two labels.
 */
export const linearClassifier = implement(classifierContract, (placed) => {
  const labels = labelsOf(placed, 'classlabels_ints', 'classlabels_strings');
  const transform = postTransform(placed.attrs.string('post_transform'));
  const intercepts = floatsOf(placed, 'intercepts').length;
  const targets = intercepts > 0 ? intercepts : Math.max(labels.length, 1);
  if (targets > 1 && labels.length > 0 && labels.length !== targets) {
    fail('E_ATTRIBUTE', 'there must be a label a class', { expected: String(targets), found: String(labels.length) });
  }
  const score = scorer(placed, targets);
  const single = targets === 1;
  const [negative, positive] = binaryLabels(labels);
  return ([x]: [Tensor], ctx) => {
    const { rows, width } = rowsOf(x);
    const values = numbersOf(x);
    const columns = single && labels.length === 2 ? 2 : targets;
    const z = ctx.output(1, 'float32', [rows, columns]);
    const chosen: (bigint | string)[] = [];
    for (let row = 0; row < rows; row++) {
      const scores = score(values, row, width);
      const best = scores.indexOf(Math.max(...scores));
      chosen.push(single ? (scores[0] > 0 ? positive : negative) : labels[best] ?? BigInt(Math.max(best, 0)));
      const given = columns === 2 && single ? transformPair(scores[0], transform, true) : transformRow(scores, transform);
      (z.data as Float32Array).set(given, row * columns);
    }
    return [emitLabels(ctx, 0, chosen, labels), z];
  };
});

/** The labels of a negative and a positive score. */
function binaryLabels(labels: Labels): readonly [bigint | string, bigint | string] {
  if (labels.length === 2) return [labels[0], labels[1]];
  return typeof labels[0] === 'string' ? ['', labels[0]] : [0n, labels[0] ?? 1n];
}
