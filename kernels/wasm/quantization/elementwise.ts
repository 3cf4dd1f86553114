/** QLinearAdd and QLinearMul: the longest inner run goes to the micro-kernel, outer axes are walked here. */
import { qLinearAdd as addContract, qLinearMul as mulContract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import { addTerms } from '../../../src/ops/quantization/add-terms.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { planRuns } from '../math/runs.ts';
import { align } from '../runtime.ts';
import { single, value } from './scalars.ts';

type Inputs = [a: Tensor, aScale: Tensor, aZero: Tensor | undefined, b: Tensor, bScale: Tensor, bZero: Tensor | undefined, cScale: Tensor, cZero?: Tensor];

const supports = (node: PlacedNode): true | string => all(onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 2, 4, 5, 6, 7));

/** C = saturate(rint(X * ratio + terms[Y])): see add-terms.ts. */
export const qLinearAdd = adapt(addContract, supports, (_, wasm) => ([a, aScale, aZero, b, bScale, bZero, cScale, cZero]: Inputs, ctx) => {
  const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
  const { swapped, ratio, terms } = addTerms(
    a.type, { dims: a.dims, scale: value(aScale), zero: value(aZero) }, { dims: b.dims, scale: value(bScale), zero: value(bZero) }, value(cScale), value(cZero),
  );
  wasm.begin(wasm.outside(a) + wasm.outside(b) + align(sizeOf(dims)) + 1024);
  const c = wasm.output(ctx, 0, a.type, dims);
  const table = wasm.scratch(1024);
  const pa = wasm.input(a), pb = wasm.input(b);
  wasm.view(Float32Array, table, 256).set(terms);
  const flip = a.type === 'uint8' ? 0x80 : 0;
  const [lo, hi] = integerRange(a.type);
  for (let r = 0, at = c.ptr; r < runs.count; r++, at += length) {
    const x = pa + runs.a[r], y = pb + runs.b[r];
    if (swapped) wasm.kernels.simd.qlinear_add(y, bStep, x, aStep, flip, ratio, table, lo, hi, at, length);
    else wasm.kernels.simd.qlinear_add(x, aStep, y, bStep, flip, ratio, table, lo, hi, at, length);
  }
  return [c.done()];
});

/** C = saturate(rint((A - A_zero_point) * (B - B_zero_point) * ((A_scale * B_scale) / C_scale) + C_zero_point). */
export const qLinearMul = adapt(mulContract, supports, (_, wasm) => ([a, aScale, aZero, b, bScale, bZero, cScale, cZero]: Inputs, ctx) => {
  const { dims, runs, length, aStep, bStep } = planRuns(a.dims, b.dims);
  wasm.begin(wasm.outside(a) + wasm.outside(b) + align(sizeOf(dims)));
  const c = wasm.output(ctx, 0, a.type, dims);
  const pa = wasm.input(a), pb = wasm.input(b);
  const flip = a.type === 'uint8' ? 0x80 : 0;
  const [lo, hi] = integerRange(a.type);
  const scale = f32(f32(value(aScale) * value(bScale)) / value(cScale));
  const za = value(aZero) - flip, zb = value(bZero) - flip;
  for (let r = 0, at = c.ptr; r < runs.count; r++, at += length) {
    wasm.kernels.simd.qlinear_mul(pa + runs.a[r], aStep, za, pb + runs.b[r], bStep, zb, flip, scale, value(cZero), lo, hi, at, length);
  }
  return [c.done()];
});
