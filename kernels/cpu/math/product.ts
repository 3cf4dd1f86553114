/**
 * Matrix products, shared by MatMul, Gemm and their relatives. Each result is a sum of products over ascending k that
 * starts at zero; a float32 product is rounded before it is added, and so is every partial sum:
 *     y = f32(y + f32(a * b))
 * Storing to a Float32Array is the second rounding. Integers of up to 32 bits wrap in 32 bits, 64-bit ones in 64.
 */
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, stridesOf, unpack, writeElements, type DType, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { walk } from '../support/index.ts';
import { isBig, isFloat } from './elementwise.ts';

export type Accumulator = Float32Array | Float64Array | Int32Array | BigInt64Array;

/** The elements of a tensor read through strides: [batch.., rows, columns]. */
export interface Strided {
  readonly data: NumberArray | BigInt64Array | BigUint64Array;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

export function strided(x: Tensor, dims: readonly number[] = x.dims): Strided {
  return { data: isBig(x.data) ? x.data : unpack(x), dims, strides: stridesOf(dims) };
}

/** The same elements with axes reordered: axis i of the result is axis `perm[i]`. */
export function transposed({ data, dims, strides }: Strided, perm: readonly number[]): Strided {
  return { data, dims: perm.map((axis) => dims[axis]), strides: perm.map((axis) => strides[axis]) };
}

/** The same elements with the last two axes swapped. */
export function swapped(x: Strided): Strided {
  const rank = x.dims.length;
  return transposed(x, x.dims.map((_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i)));
}

/**
 * Output `index` accumulated by `fill` in an array that is wide enough and starts at zero: the output's own memory for
 * float32, float64, int32 and int64; half floats are rounded and narrow integers cut once, at the end.
 */
export function accumulate(
  ctx: KernelContext, index: number, dtype: DType, dims: readonly number[], fill: (y: Accumulator) => void,
): Tensor {
  const out = ctx.output(index, dtype, dims);
  const data = out.data as TypedArray;
  const y = isAccumulator(data) ? data
    : isBig(data) ? new BigInt64Array(out.size)
    : isFloat(dtype) ? new Float32Array(out.size) : new Int32Array(out.size);
  if (y instanceof BigInt64Array) y.fill(0n);
  else y.fill(0);
  fill(y);
  if (y instanceof BigInt64Array) {
    if (y !== data) (data as BigUint64Array).set(y);
  } else if (y !== data) {
    writeElements(dtype, data, y, out.size);
  }
  return out;
}

const isAccumulator = (data: TypedArray): data is Accumulator =>
  data instanceof Float32Array || data instanceof Float64Array || data instanceof Int32Array || data instanceof BigInt64Array;

/** Shape of the product of [.., m, k] and [.., k, n]. */
export function productDims(a: readonly number[], b: readonly number[]): number[] {
  return [...broadcastDims(a.slice(0, -2), b.slice(0, -2)), a[a.length - 2], b[b.length - 1]];
}

/** y [batch.., m, n] += a [batch.., m, k] * b [batch.., k, n], batch axes broadcast. */
export function multiply(y: Accumulator, a: Strided, b: Strided): void {
  if (y.length === 0) return;
  const batch = productDims(a.dims, b.dims).slice(0, -2);
  const [m, k] = a.dims.slice(-2);
  const n = b.dims[b.dims.length - 1];
  const [rowA, columnA] = a.strides.slice(-2);
  const rows = rowsOf(b);
  walk(batch, [batchStrides(a, batch), batchStrides(b, batch)], (i, p, q) => {
    const shape = { at: i * m * n, p, rowA, columnA, m, n, k };
    if (y instanceof Float32Array) multiplyFloats(y, a.data as Float32Array, rows(q), shape);
    else if (y instanceof Float64Array) multiplyAny(y, a.data as Float64Array, rows(q), shape, (sum, s, t) => sum + s * t);
    else if (y instanceof Int32Array) multiplyAny(y, a.data as Int32Array, rows(q), shape, (sum, s, t) => sum + Math.imul(s, t));
    else multiplyAny(y, a.data as BigInt64Array, rows(q), shape, (sum, s, t) => sum + s * t);
  });
}

function batchStrides(x: Strided, batch: readonly number[]): readonly number[] {
  const missing = batch.length - (x.dims.length - 2);
  return batch.map((_, i) => (i < missing || x.dims[i - missing] === 1 ? 0 : x.strides[i - missing]));
}

/** A matrix whose columns lie side by side: element (k, j) at `at + k * row + j`. */
interface Rows<T> {
  readonly data: ArrayLike<T>;
  readonly at: number;
  readonly row: number;
}

/** Reads the matrix of `b` that starts at an offset by rows; one that is stored by columns is copied first. */
function rowsOf(b: Strided): (at: number) => Rows<never> {
  const [k, n] = b.dims.slice(-2);
  const [row, column] = b.strides.slice(-2);
  const data = b.data as unknown as ArrayLike<never>;
  if (column === 1 || n === 1) return (at) => ({ data, at, row });
  let copy: never[] | undefined;
  let copied = -1;
  return (at) => {
    copy ??= new (b.data.constructor as Float32ArrayConstructor)(k * n) as unknown as never[];
    if (at !== copied) for (let i = 0; i < k; i++) for (let j = 0; j < n; j++) copy[i * n + j] = data[at + i * row + j * column];
    copied = at;
    return { data: copy, at: 0, row: n };
  };
}

/** Where the left matrix starts and how it is stepped through, and the sizes: [m, k] times [k, n] added at `at`. */
interface ProductShape {
  readonly at: number;
  readonly p: number;
  readonly rowA: number;
  readonly columnA: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Four rows of b at a time, so that a sum is loaded and stored once for four products; their order stays. */
function multiplyFloats(
  y: Float32Array, a: Float32Array, { data, at: q, row }: Rows<number>, { at, p, rowA, columnA, m, n, k }: ProductShape,
): void {
  const b = data as Float32Array;
  for (let i = 0; i < m; i++) {
    const to = at + i * n;
    let left = p + i * rowA;
    let right = q;
    let step = 0;
    for (; step + 3 < k; step += 4, left += 4 * columnA, right += 4 * row) {
      const a0 = a[left], a1 = a[left + columnA], a2 = a[left + 2 * columnA], a3 = a[left + 3 * columnA];
      const b0 = right, b1 = right + row, b2 = right + 2 * row, b3 = right + 3 * row;
      for (let j = 0; j < n; j++) {
        const sum = f32(f32(y[to + j] + f32(a0 * b[b0 + j])) + f32(a1 * b[b1 + j]));
        y[to + j] = f32(sum + f32(a2 * b[b2 + j])) + f32(a3 * b[b3 + j]);
      }
    }
    for (; step < k; step++, left += columnA, right += row) {
      const s = a[left];
      for (let j = 0; j < n; j++) y[to + j] += f32(s * b[right + j]);
    }
  }
}

function multiplyAny<T>(
  y: { [index: number]: T }, a: ArrayLike<T>, b: Rows<T>, { at, p, rowA, columnA, m, n, k }: ProductShape,
  step: (sum: T, a: T, b: T) => T,
): void {
  for (let i = 0; i < m; i++) {
    const to = at + i * n;
    for (let l = 0; l < k; l++) {
      const s = a[p + i * rowA + l * columnA];
      const row = b.at + l * b.row;
      for (let j = 0; j < n; j++) y[to + j] = step(y[to + j], s, b.data[row + j]);
    }
  }
}
