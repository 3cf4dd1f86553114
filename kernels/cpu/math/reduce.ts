/**
 * Reductions: each group of elements over the axes becomes one. Floats are accumulated in double precision and rounded
 * once, so that the order of the elements does not show; integers wrap, and truncate what is not an integer.
 * Empty groups give the neutral element: 0 for sums, 1 for products, the type's extremes for max and min.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';
import { axesOf, groupsOver, reducedAxes } from './axes.ts';
import { isBig, isFloat } from './elementwise.ts';

/** One group of `x`: the elements at `start + members[i]`. */
type Reduce<T> = (x: ArrayLike<T>, start: number, members: Uint32Array, dtype: DType) => T;

interface Reduction {
  readonly float: Reduce<number>;
  /** Integers of up to 32 bits, and bool. */
  readonly int: Reduce<number>;
  readonly big: Reduce<bigint>;
}

/** finish(.. step(step(start, x0), x1) ..) */
function fold<T>(
  start: T | ((dtype: DType) => T), step: (sum: T, x: T) => T, finish?: (sum: T, count: number, dtype: DType) => T,
): Reduce<T> {
  return (x, at, members, dtype) => {
    let sum = typeof start === 'function' ? (start as (dtype: DType) => T)(dtype) : start;
    for (let i = 0; i < members.length; i++) sum = step(sum, x[at + members[i]]);
    return finish === undefined ? sum : finish(sum, members.length, dtype);
  };
}

const reduction = (op: OpContract, f: Reduction) =>
  implement(op, ({ attrs, version }) => {
    const asInput = version.inputs.length > 1;
    const keepdims = attrs.int('keepdims') !== 0;
    const noop = asInput && attrs.int('noop_with_empty_axes') !== 0;
    return ([x, axes]: [Tensor, Tensor?], ctx) => {
      const given = asInput ? axesOf(axes) : attrs.has('axes') ? attrs.ints('axes') : undefined;
      const groups = groupsOver(x.dims, reducedAxes(x.dims.length, given, noop), keepdims);
      if (isBig(x.data)) {
        const out = ctx.output(0, x.type, groups.dims);
        const y = out.data as BigInt64Array;
        const { starts, members } = groups.offsets();
        for (let i = 0; i < starts.length; i++) y[i] = f.big(x.data, starts[i], members, x.type);
        return [out];
      }
      const values = unpack(x);
      const reduce = isFloat(x.type) ? f.float : f.int;
      return [compute(ctx, 0, x.type, groups.dims, (y) => {
        const { starts, members } = groups.offsets();
        for (let i = 0; i < starts.length; i++) y[i] = reduce(values, starts[i], members, x.type);
      })];
    };
  });

// Integer sums are kept in 32 or 64 bits: what they hold beyond that is lost in the result in any case.
const wrap = (x: bigint): bigint => BigInt.asIntN(64, x);
const widen = (sum: number, dtype: DType): number => (dtype === 'uint32' ? sum >>> 0 : sum);
const widenBig = (sum: bigint, dtype: DType): bigint => (dtype === 'uint64' ? BigInt.asUintN(64, sum) : sum);

/** The sum of g(x), with a last step h. */
const sumOf = (
  g: (x: number) => number, gInt: (x: number) => number, gBig: (x: bigint) => bigint,
  h: (sum: number, count: number) => number = (sum) => sum,
  hBig: (sum: bigint, count: number) => bigint = (sum) => sum,
): Reduction => ({
  float: fold(0, (sum, x) => sum + g(x), h),
  int: fold(0, (sum, x) => (sum + gInt(x)) | 0, (sum, count, dtype) => Math.trunc(h(widen(sum, dtype), count))),
  big: fold(0n, (sum, x) => wrap(sum + gBig(x)), (sum, count, dtype) => hBig(widenBig(sum, dtype), count)),
});

/** An integer result through floating point, truncated; 0 where it is not finite. */
const viaFloat = (h: (x: number) => number) => (sum: bigint): bigint => truncated(h(Number(sum)));
const truncated = (x: number): bigint => (Number.isFinite(x) ? BigInt(Math.trunc(x)) : 0n);

const same = <T>(x: T): T => x;
const absBig = (x: bigint): bigint => (x < 0n ? -x : x);

export const reduceSum = reduction(contracts.reduceSum, sumOf(same, same, same));
export const reduceMean = reduction(contracts.reduceMean,
  sumOf(same, same, same, (sum, count) => sum / count, (sum, count) => sum / BigInt(count)));
export const reduceL1 = reduction(contracts.reduceL1, sumOf(Math.abs, Math.abs, absBig));
export const reduceSumSquare = reduction(contracts.reduceSumSquare, sumOf((x) => x * x, (x) => Math.imul(x, x), (x) => x * x));
export const reduceL2 = reduction(contracts.reduceL2,
  sumOf((x) => x * x, (x) => Math.imul(x, x), (x) => x * x, Math.sqrt, viaFloat(Math.sqrt)));
export const reduceLogSum = reduction(contracts.reduceLogSum, sumOf(same, same, same, Math.log, viaFloat(Math.log)));

export const reduceProd = reduction(contracts.reduceProd, {
  float: fold(1, (product, x) => product * x),
  int: fold(1, Math.imul),
  big: fold(1n, (product, x) => wrap(product * x)),
});

const smallest = (dtype: DType): number => (dtype === 'bool' ? 0 : integerRange(dtype)[0]);
const largest = (dtype: DType): number => (dtype === 'bool' ? 1 : integerRange(dtype)[1]);

export const reduceMax = reduction(contracts.reduceMax, {
  float: fold(-Infinity, Math.max),
  int: fold(smallest, Math.max),
  big: fold((dtype) => (dtype === 'uint64' ? 0n : -(2n ** 63n)), (a, b) => (a > b ? a : b)),
});

export const reduceMin = reduction(contracts.reduceMin, {
  float: fold(Infinity, Math.min),
  int: fold(largest, Math.min),
  big: fold((dtype) => (dtype === 'uint64' ? 2n ** 64n - 1n : 2n ** 63n - 1n), (a, b) => (a < b ? a : b)),
});

/** max + ln(sum of e^(x - max)): no e^x overflows. */
const logSumExp: Reduce<number> = (x, at, members) => {
  let max = -Infinity;
  for (let i = 0; i < members.length; i++) max = Math.max(max, x[at + members[i]]);
  if (max === -Infinity || max === Infinity) return max;
  let sum = 0;
  for (let i = 0; i < members.length; i++) sum += Math.exp(x[at + members[i]] - max);
  return max + Math.log(sum);
};

export const reduceLogSumExp = reduction(contracts.reduceLogSumExp, {
  float: logSumExp,
  int: (x, at, members, dtype) => Math.trunc(logSumExp(x, at, members, dtype)),
  big: (x, at, members, dtype) => {
    const group = Float64Array.from(members, (m) => Number(x[at + m]));
    return truncated(logSumExp(group, 0, members.map((_, i) => i), dtype));
  },
});
