/** Lines of elements: `length` of them, `stride` apart, from `start` on. */
import { splitAt, type DType, type NumberArray } from '../../../src/tensor/index.ts';
import { roundTo, stepOf, type Step } from '../support/index.ts';

/** Rounding within a line: `value` that of every element in between, `sum` that of each partial sum. */
export interface LineSteps {
  readonly value: Step;
  readonly sum: Step;
}

/**
 * How the standard's own cases round: each intermediate to the element type, and sums of float16 in float32 until they
 * are complete, but sums of bfloat16 term by term.
 */
export function lineSteps(dtype: DType): LineSteps {
  const value = roundTo(dtype);
  return { value, sum: dtype === 'bfloat16' ? value : stepOf(dtype) };
}

/** Writes a line of y from the same line of x. */
export type Normalize = (y: NumberArray, x: NumberArray, start: number, length: number, stride: number, steps: LineSteps) => void;

/** Visits all lines along an axis: dims [outer, length, inner] have outer * inner of them. */
export function eachLine(
  dims: readonly number[], axis: number, visit: (start: number, length: number, stride: number) => void,
): void {
  const { outer, length, inner } = splitAt(dims, axis);
  if (outer * length * inner === 0) return; // two of them may be huge
  for (let o = 0; o < outer; o++) for (let i = 0; i < inner; i++) visit(o * length * inner + i, length, inner);
}

export function largest(x: NumberArray, start: number, length: number, stride: number): number {
  let max = -Infinity;
  for (let k = 0; k < length; k++) max = Math.max(max, x[start + k * stride]);
  return max;
}

/** y = e^(x - max) / sum(e^(x - max)) */
export const softmaxLine: Normalize = (y, x, start, length, stride, { value, sum }) => {
  const max = largest(x, start, length, stride);
  let total = 0;
  for (let k = 0; k < length; k++) {
    const e = value(Math.exp(value(x[start + k * stride] - max)));
    y[start + k * stride] = e;
    total = sum(total + e);
  }
  total = value(total);
  for (let k = 0; k < length; k++) y[start + k * stride] /= total;
};

/** y = (x - max) - ln(sum(e^(x - max))) */
export const logSoftmaxLine: Normalize = (y, x, start, length, stride, { value, sum }) => {
  const max = largest(x, start, length, stride);
  let total = 0;
  for (let k = 0; k < length; k++) total = sum(total + value(Math.exp(value(x[start + k * stride] - max))));
  const shift = value(Math.log(value(total)));
  for (let k = 0; k < length; k++) y[start + k * stride] = value(x[start + k * stride] - max) - shift;
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
