/** Functions that normalize along an axis. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute, frontAxis, splitAt } from '../support/index.ts';
import { roundOf, type Round } from './functions.ts';

/** One row of `length` elements, `stride` apart, from `start` on. */
type Normalize = (y: NumberArray, x: NumberArray, start: number, length: number, stride: number, r: Round) => void;

/** Before opset 13 the input is coerced to 2-D first: `axis` and all later axes form one row. */
const alongAxis = (op: OpContract, normalize: Normalize) =>
  implement(op, ({ attrs, version }) => ([x]: [Tensor], ctx) => {
    const dims = x.dims.length === 0 ? [1] : x.dims;
    const split = splitAt(dims, frontAxis(attrs.int('axis'), dims.length)); // x, y: [outer, length, inner]
    const { outer, length, inner } = version.since < 13 ? { outer: split.outer, length: split.length * split.inner, inner: 1 } : split;
    const values = unpack(x);
    const r = roundOf(x);
    return [compute(ctx, 0, x.type, x.dims, (y) => {
      for (let o = 0; o < outer; o++) {
        for (let i = 0; i < inner; i++) normalize(y, values, o * length * inner + i, length, inner, r);
      }
    })];
  });

function largest(x: NumberArray, start: number, length: number, stride: number): number {
  let max = -Infinity;
  for (let k = 0; k < length; k++) max = Math.max(max, x[start + k * stride]);
  return max;
}

/** y = e^(x - max) / sum(e^(x - max)) */
export const softmax = alongAxis(contracts.softmax, (y, x, start, length, stride, r) => {
  const max = largest(x, start, length, stride);
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const e = r(Math.exp(r(x[start + k * stride] - max)));
    y[start + k * stride] = e;
    sum = r(sum + e);
  }
  for (let k = 0; k < length; k++) y[start + k * stride] /= sum;
});

/** y = (x - max) - ln(sum(e^(x - max))) */
export const logSoftmax = alongAxis(contracts.logSoftmax, (y, x, start, length, stride, r) => {
  const max = largest(x, start, length, stride);
  let sum = 0;
  for (let k = 0; k < length; k++) sum = r(sum + r(Math.exp(r(x[start + k * stride] - max))));
  const shift = r(Math.log(sum));
  for (let k = 0; k < length; k++) y[start + k * stride] = r(x[start + k * stride] - max) - shift;
});

/** y = 1 at the first largest element, 0 elsewhere. */
export const hardmax = alongAxis(contracts.hardmax, (y, x, start, length, stride) => {
  let best = 0;
  for (let k = 0; k < length; k++) {
    y[start + k * stride] = 0;
    if (x[start + k * stride] > x[start + best * stride]) best = k;
  }
  if (length > 0) y[start + best * stride] = 1;
});
