/**
 * Queries, keys and values as heads, wherever they lie: [batch, heads, rows, size], [batch, rows, heads * size] and
 * packed forms are the same thing with other strides.
 */
import { f32 } from '../../../src/numeric/index.ts';
import type { DType } from '../../../src/tensor/index.ts';
import { roundTo, stepOf, type FloatArray, type Step } from '../support/index.ts';

/** Element i of row r of head h of sample b is `data[at + b * batch + h * head + r * row + i]`. */
export interface Heads {
  readonly data: FloatArray;
  readonly at: number;
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** [batch, heads, rows, size]: how caches are laid out. `rows` may be a capacity, of which only a part is used. */
export function byHead(data: FloatArray, heads: number, rows: number, size: number): Heads {
  return { data, at: 0, batch: heads * rows * size, head: rows * size, row: size };
}

/** [batch, rows, width], with heads of `size` side by side from column `from` on: how projections come out. */
export function byRow(data: FloatArray, rows: number, size: number, width: number, from = 0): Heads {
  return { data, at: from, batch: rows * width, head: size, row: width };
}

export function offsetOf(h: Heads, batch: number, head: number, row: number): number {
  return h.at + batch * h.batch + head * h.head + row * h.row;
}

/** sqrt(scale) as an element of the tensor's type: the factor that the standard gives to queries and keys alike. */
export function rootOfScale(scale: number | undefined, headSize: number, dtype: DType): number {
  const step = stepOf(dtype);
  return roundTo(dtype)(step(Math.sqrt(scale ?? step(1 / step(Math.sqrt(headSize))))));
}

/** x * factor, each element rounded, as [batch, heads, rows, size]. */
export function scaleHeads(x: Heads, batch: number, heads: number, rows: number, size: number, factor: number, round: Step): Heads {
  const count = batch * heads * rows * size;
  const y = byHead(x.data instanceof Float32Array ? new Float32Array(count) : new Float64Array(count), heads, rows, size);
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      for (let r = 0; r < rows; r++) {
        const from = offsetOf(x, b, n, r), at = offsetOf(y, b, n, r);
        for (let i = 0; i < size; i++) y.data[at + i] = round(x.data[from + i] * factor);
      }
    }
  }
  return y;
}

/** sum of a[i] * b[i], one step after the other. */
export type Dot = (a: FloatArray, aAt: number, b: FloatArray, bAt: number, length: number) => number;

/** y[i] += w * x[i] */
export type AddScaled = (y: FloatArray, yAt: number, w: number, x: FloatArray, xAt: number, length: number) => void;

/** The two inner loops of attention, for arrays of one float type. */
export function loopsFor(data: FloatArray): { readonly dot: Dot; readonly addScaled: AddScaled } {
  return data instanceof Float32Array ? { dot: dot32, addScaled: addScaled32 } : { dot: dot64, addScaled: addScaled64 };
}

const dot32: Dot = (a, aAt, b, bAt, length) => {
  let sum = 0;
  for (let i = 0; i < length; i++) sum = f32(sum + f32(a[aAt + i] * b[bAt + i]));
  return sum;
};

const dot64: Dot = (a, aAt, b, bAt, length) => {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aAt + i] * b[bAt + i];
  return sum;
};

const addScaled32: AddScaled = (y, yAt, w, x, xAt, length) => {
  for (let i = 0; i < length; i++) y[yAt + i] = f32(y[yAt + i] + f32(w * x[xAt + i]));
};

const addScaled64: AddScaled = (y, yAt, w, x, xAt, length) => {
  for (let i = 0; i < length; i++) y[yAt + i] += w * x[xAt + i];
};
