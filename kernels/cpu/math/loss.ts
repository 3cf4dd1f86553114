import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, splitAt, toInts, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';
import { eachLine, lineSteps, logSoftmaxLine } from './lines.ts';

/**
 * The negative log likelihood loss of log probabilities p [N, C, D..] and classes t [N, D..]:
 *     loss[n, d] = -weight[t[n, d]] * p[n, t[n, d], d], or 0 where t is `ignore_index`
 * as it is (`none`), summed, or divided by the sum of the weights that took part (`mean`). Accumulated in double precision.
 */
function likelihoodLoss(
  ctx: KernelContext, attrs: Attrs, p: NumberArray, like: Tensor, target: Tensor, weight: Tensor | undefined,
): Tensor {
  if (like.dims.length < 2) {
    fail('E_SHAPE', 'scores need a class axis', {
      expected: '[N, C, ..]', found: describeShape(like.dims),
    });
  }
  const { outer, length: classes, inner } = splitAt(like.dims, 1); // p: [outer, classes, inner], t: [outer, inner]
  const dims = [like.dims[0], ...like.dims.slice(2)];
  if (target.dims.length !== dims.length || target.dims.some((d, i) => d !== dims[i])) {
    fail('E_SHAPE', 'the classes do not fit the scores', {
      arg: { kind: 'input', name: 'target', index: 1 }, expected: describeShape(dims), found: describeShape(target.dims),
    });
  }
  if (weight !== undefined && weight.size !== classes) {
    fail('E_SHAPE', 'one weight a class', {
      arg: { kind: 'input', name: 'weight', index: 2 }, expected: `[${classes}]`, found: describeShape(weight.dims),
    });
  }
  const t = toInts(target);
  const weights = weight && unpack(weight);
  const ignored = attrs.has('ignore_index') ? attrs.int('ignore_index') : undefined;
  let total = 0;
  const lossAt = (at: number): number => {
    const chosen = t[at];
    if (chosen === ignored) return 0;
    if (chosen < 0 || chosen >= classes) {
      fail('E_VALUE', 'a class is out of range', {
        arg: { kind: 'input', name: 'target', index: 1 }, expected: `[0, ${classes - 1}]`, found: String(chosen),
      });
    }
    const w = weights === undefined ? 1 : weights[chosen];
    total += w;
    const n = Math.floor(at / inner);
    return -w * p[(n * classes + chosen) * inner + (at % inner)];
  };
  const reduction = attrs.string('reduction');
  if (reduction === 'none') {
    return compute(ctx, 0, like.type, dims, (y) => {
      for (let i = 0; i < outer * inner; i++) y[i] = lossAt(i);
    });
  }
  if (reduction !== 'mean' && reduction !== 'sum') {
    fail('E_ATTRIBUTE', 'unknown reduction', {
      arg: { kind: 'attribute', name: 'reduction' }, expected: 'none, mean or sum', found: reduction,
    });
  }
  return compute(ctx, 0, like.type, [], (y) => {
    let sum = 0;
    for (let i = 0; i < outer * inner; i++) sum += lossAt(i);
    y[0] = reduction === 'sum' ? sum : sum / total;
  });
}

export const negativeLogLikelihoodLoss = implement(contracts.negativeLogLikelihoodLoss, ({ attrs }) =>
  ([input, target, weight]: [Tensor, Tensor, Tensor?], ctx) => [likelihoodLoss(ctx, attrs, unpack(input), input, target, weight)]);

/** The same loss of log_prob = scores - ln(sum(e^scores)) along axis 1. */
export const softmaxCrossEntropyLoss = implement(contracts.softmaxCrossEntropyLoss, ({ attrs }) =>
  ([scores, labels, weights]: [Tensor, Tensor, Tensor?], ctx) => {
    const p = new Float64Array(scores.size);
    const x = unpack(scores);
    const steps = lineSteps('float64');
    if (scores.dims.length > 1) {
      eachLine(scores.dims, 1, (start, length, stride) => logSoftmaxLine(p, x, start, length, stride, steps));
    }
    const loss = likelihoodLoss(ctx, attrs, p, scores, labels, weights);
    if (!ctx.wants(1)) return [loss];
    return [loss, compute(ctx, 1, scores.type, scores.dims, (y) => y.set(p))];
  });
