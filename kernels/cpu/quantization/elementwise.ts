import * as contracts from '../../../src/ops/contracts.ts';
import { f32, fma32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import { addTerms } from '../../../src/ops/quantization/add-terms.ts';
import { broadcastDims, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows } from '../support/index.ts';
import { single } from './parameters.ts';

type Inputs = [a: Tensor, aScale: Tensor, aZero: Tensor | undefined, b: Tensor, bScale: Tensor, bZero: Tensor | undefined, cScale: Tensor, cZero?: Tensor];

/** C = saturate(rint(X * ratio + terms[Y])): see add-terms.ts. A, B, C: broadcast to one shape. */
export const qLinearAdd = implement(contracts.qLinearAdd, () => ([a, aScale, aZero, b, bScale, bZero, cScale, cZero]: Inputs, ctx) => {
  const dims = broadcastDims(a.dims, b.dims);
  const out = ctx.output(0, a.type, dims);
  const [lo, hi] = integerRange(a.type);
  const { swapped, ratio, terms } = addTerms(
    a.type, { dims: a.dims, scale: single(aScale, 'A_scale'), zero: single(aZero, 'A_zero_point') },
    { dims: b.dims, scale: single(bScale, 'B_scale'), zero: single(bZero, 'B_zero_point') }, single(cScale, 'C_scale'), single(cZero, 'C_zero_point'),
  );
  const [x, y] = (swapped ? [b, a] : [a, b]).map((t) => t.data as NumberArray);
  const rows = broadcastRows(dims, ...(swapped ? [b.dims, a.dims] : [a.dims, b.dims]));
  const [xStep, yStep] = rows.steps;
  const c = out.data as NumberArray;
  rows.each((at, [i, j]) => {
    for (const end = at + rows.length; at < end; at++, i += xStep, j += yStep) c[at] = saturate(rint(fma32(x[i], ratio, terms[y[j] & 255])), lo, hi);
  });
  return [out];
});

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
