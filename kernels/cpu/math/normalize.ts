/** Lines of elements: `length` of them, `stride` apart, from `start` on. */
import type { NumberArray } from '../../../src/tensor/index.ts';
import { splitAt } from '../support/index.ts';
import type { Round } from './functions.ts';

/** Writes a line of y from the same line of x. */
export type Normalize = (y: NumberArray, x: NumberArray, start: number, length: number, stride: number, r: Round) => void;

/** Visits all lines along an axis: dims [outer, length, inner] have outer * inner of them. */
export function eachLine(dims: readonly number[], axis: number, visit: (start: number, length: number, stride: number) => void): void {
  const { outer, length, inner } = splitAt(dims, axis);
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * length * inner + i, length, inner);
}

export function largest(x: NumberArray, start: number, length: number, stride: number): number {
  let max = -Infinity;
  for (let k = 0; k < length; k++) max = Math.max(max, x[start + k * stride]);
  return max;
}

/** y = e^(x - max) / sum(e^(x - max)) */
export const softmaxLine: Normalize = (y, x, start, length, stride, r) => {
  const max = largest(x, start, length, stride);
  let sum = 0;
  for (let k = 0; k < length; k++) {
    const e = r(Math.exp(r(x[start + k * stride] - max)));
    y[start + k * stride] = e;
    sum = r(sum + e);
  }
  for (let k = 0; k < length; k++) y[start + k * stride] /= sum;
};

/** y = (x - max) - ln(sum(e^(x - max))) */
export const logSoftmaxLine: Normalize = (y, x, start, length, stride, r) => {
  const max = largest(x, start, length, stride);
  let sum = 0;
  for (let k = 0; k < length; k++) sum = r(sum + r(Math.exp(r(x[start + k * stride] - max))));
  const shift = r(Math.log(sum));
  for (let k = 0; k < length; k++) y[start + k * stride] = r(x[start + k * stride] - max) - shift;
};

/** y = 1 at the first largest element, 0 elsewhere. */
export const hardmaxLine: Normalize = (y, x, start, length, stride) => {
  let best = 0;
  for (let k = 0; k < length; k++) {
    y[start + k * stride] = 0;
    if (x[start + k * stride] > x[start + best * stride]) best = k;
  }
  if (length > 0) y[start + best * stride] = 1;
};
