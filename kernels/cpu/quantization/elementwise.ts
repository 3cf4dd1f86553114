import * as contracts from '../../../src/ops/contracts.ts';
import { f32, fma32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastDims, broadcastRows } from '../support/index.ts';
import { single } from './parameters.ts';

type Inputs = [a: Tensor, aScale: Tensor, aZero: Tensor | undefined, b: Tensor, bScale: Tensor, bZero: Tensor | undefined, cScale: Tensor, cZero?: Tensor];

/** One operand of QLinearAdd: its codes, what a step of them is worth in steps of C, and how far it moves along a row. */
interface Addend {
  readonly codes: NumberArray;
  readonly ratio: number;
  readonly zero: number;
  readonly step: number;
}

/**
 * C = saturate(rint(A * ra + (B * rb + k))), with ra = A_scale / C_scale, rb = B_scale / C_scale and
 * k = C_zero_point - (A_zero_point * ra + B_zero_point * rb): the zero points are folded into one float32 constant, and
 * every product is fused with its addition. A and B change places when A repeats along the last axis. So does onnxruntime
 * on x64; other orders differ at ties. A, B, C: broadcast to one shape.
 */
export const qLinearAdd = implement(contracts.qLinearAdd, () => ([a, aScale, aZero, b, bScale, bZero, cScale, cZero]: Inputs, ctx) => {
  const dims = broadcastDims(a.dims, b.dims);
  const out = ctx.output(0, a.type, dims);
  const [lo, hi] = integerRange(a.type);
  const rows = broadcastRows(dims, a.dims, b.dims);
  const scale = single(cScale, 'C_scale');
  const addends: Addend[] = [
    { codes: a.data as NumberArray, ratio: f32(single(aScale, 'A_scale') / scale), zero: single(aZero, 'A_zero_point'), step: rows.steps[0] },
    { codes: b.data as NumberArray, ratio: f32(single(bScale, 'B_scale') / scale), zero: single(bZero, 'B_zero_point'), step: rows.steps[1] },
  ];
  const [outer, inner] = repeats(a.dims, b.dims) ? [1, 0] : [0, 1];
  const x = addends[outer], y = addends[inner];
  const k = f32(single(cZero, 'C_zero_point') - fma32(x.ratio, x.zero, f32(y.ratio * y.zero)));
  const c = out.data as NumberArray;
  rows.each((at, offsets) => {
    let i = offsets[outer], j = offsets[inner];
    for (const end = at + rows.length; at < end; at++, i += x.step, j += y.step) {
      c[at] = saturate(rint(fma32(x.codes[i], x.ratio, fma32(y.codes[j], y.ratio, k))), lo, hi);
    }
  });
  return [out];
});

/** True when a has size 1 on the last axis that is not 1 in both shapes (or on the first that the shorter shape has). */
function repeats(a: readonly number[], b: readonly number[]): boolean {
  let axis = 1;
  while (axis < Math.min(a.length, b.length) && a.at(-axis) === 1 && b.at(-axis) === 1) axis++;
  return (a.at(-axis) ?? 1) === 1;
}

/**
 * C = saturate(rint((A - A_zero_point) * (B - B_zero_point) * ((A_scale * B_scale) / C_scale) + C_zero_point): the zero
 * point is added in float32, before the rounding. A, B, C: broadcast to one shape.
 */
export const qLinearMul = implement(contracts.qLinearMul, () => ([a, aScale, aZero, b, bScale, bZero, cScale, cZero]: Inputs, ctx) => {
  const dims = broadcastDims(a.dims, b.dims);
  const out = ctx.output(0, a.type, dims);
  const [lo, hi] = integerRange(a.type);
  const multiplier = f32(f32(single(aScale, 'A_scale') * single(bScale, 'B_scale')) / single(cScale, 'C_scale'));
  const za = single(aZero, 'A_zero_point'), zb = single(bZero, 'B_zero_point'), zc = single(cZero, 'C_zero_point');
  const x = a.data as NumberArray, y = b.data as NumberArray, c = out.data as NumberArray;
  const rows = broadcastRows(dims, a.dims, b.dims);
  const [aStep, bStep] = rows.steps;
  rows.each((at, [i, j]) => {
    for (const end = at + rows.length; at < end; at++, i += aStep, j += bStep) {
      c[at] = saturate(rint(f32(f32((x[i] - za) * (y[j] - zb) * multiplier) + zc)), lo, hi);
    }
  });
  return [out];
});

/** C = (A - A_zero_point) * (B - B_zero_point) in int32. A, B, C: broadcast to one shape. */
export const mulInteger = implement(contracts.mulInteger, () => ([a, aZero, b, bZero]: [Tensor, Tensor | undefined, Tensor, Tensor?], ctx) => {
  const dims = broadcastDims(a.dims, b.dims);
  const out = ctx.output(0, 'int32', dims);
  const za = single(aZero, 'A_zero_point'), zb = single(bZero, 'B_zero_point');
  const x = a.data as NumberArray, y = b.data as NumberArray, c = out.data as Int32Array;
  const rows = broadcastRows(dims, a.dims, b.dims);
  const [aStep, bStep] = rows.steps;
  rows.each((at, [i, j]) => {
    for (const end = at + rows.length; at < end; at++, i += aStep, j += bStep) c[at] = (x[i] - za) * (y[j] - zb);
  });
  return [out];
});
