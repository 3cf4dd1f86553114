/**
 * Loops over elements that the tables of operators share. A function of plain numbers serves every type that stores one
 * number an element: storing the result into the output's array rounds a float and wraps an integer. 64-bit integers
 * have a function of their own, on bigints. Half and narrow floats are computed in float32 and rounded once.
 */
import { fail } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, unpack, type DType, type Tensor, type TensorData } from '../../../src/tensor/index.ts';
import { broadcastRows, compute, type Rows } from '../support/index.ts';

export type NumberMap = (x: number) => number;
export type BigMap = (x: bigint) => bigint;
export type NumberZip = (a: number, b: number) => number;
export type BigZip = (a: bigint, b: bigint) => bigint;

interface Writable<T> {
  readonly length: number;
  [index: number]: T;
}

export const isFloat = (dtype: DType): boolean => dtypeInfo(dtype).class === 'float';

/** True for data of 64-bit integers, whose elements are bigints. */
export function isBig(data: TensorData): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Output 0 = f(x), of the type and shape of x. */
export function map(ctx: KernelContext, x: Tensor, f: NumberMap, big?: BigMap): Tensor {
  if (isBig(x.data)) {
    if (big === undefined) return fail('E_TYPE', `no 64-bit integers here`, { found: x.type });
    const out = ctx.output(0, x.type, x.dims);
    mapAny(out.data as BigInt64Array, x.data, big);
    return out;
  }
  const values = unpack(x);
  return compute(ctx, 0, x.type, x.dims, (y) => {
    if (y instanceof Float32Array && values instanceof Float32Array) mapFloats(y, values, f);
    else mapAny(y, values, f);
  });
}

/** Output 0 = f(a, b) of type `dtype` and shape `dims`, which both operands broadcast to. */
export function zip(
  ctx: KernelContext, dtype: DType, dims: readonly number[], a: Tensor, b: Tensor, f: NumberZip, big?: BigZip,
): Tensor {
  const rows = broadcastRows(dims, a.dims, b.dims);
  if (isBig(a.data)) {
    if (big === undefined) return fail('E_TYPE', `no 64-bit integers here`, { found: a.type });
    const out = ctx.output(0, dtype, dims);
    zipAny(out.data as BigInt64Array, a.data, b.data as BigInt64Array, rows, big);
    return out;
  }
  const left = unpack(a);
  const right = unpack(b);
  return compute(ctx, 0, dtype, dims, (y) => zipNumbers(y, left, right, rows, f));
}

/** y = f(a, b) along `rows`, for arrays of plain numbers. */
export function zipNumbers(y: Writable<number>, a: ArrayLike<number>, b: ArrayLike<number>, rows: Rows, f: NumberZip): void {
  if (y instanceof Float32Array && a instanceof Float32Array && b instanceof Float32Array) zipFloats(y, a, b, rows, f);
  else zipAny(y, a, b, rows, f);
}

// float32 has loops of its own: V8 compiles a loop that has only ever seen one class of array several times faster.

function mapFloats(y: Float32Array, x: Float32Array, f: NumberMap): void {
  for (let i = 0; i < x.length; i++) y[i] = f(x[i]);
}

function mapAny<T>(y: Writable<T>, x: ArrayLike<T>, f: (x: T) => T): void {
  for (let i = 0; i < x.length; i++) y[i] = f(x[i]);
}

function zipFloats(y: Float32Array, a: Float32Array, b: Float32Array, rows: Rows, f: NumberZip): void {
  const { length, steps: [stepA, stepB] } = rows;
  rows.each((at, [p, q]) => {
    for (let i = 0; i < length; i++) y[at + i] = f(a[p + i * stepA], b[q + i * stepB]);
  });
}

/** y = f(a, b) along `rows`, for elements of any kind. */
export function zipAny<T, R>(y: Writable<R>, a: ArrayLike<T>, b: ArrayLike<T>, rows: Rows, f: (a: T, b: T) => R): void {
  const { length, steps: [stepA, stepB] } = rows;
  rows.each((at, [p, q]) => {
    for (let i = 0; i < length; i++) y[at + i] = f(a[p + i * stepA], b[q + i * stepB]);
  });
}
