/**
 * How QLinearAdd folds its parameters. C = saturate(rint(X * ratio + terms[Y])), the product fused with its addition, where
 * X and Y are A and B, or B and A when A repeats along the last axis, and terms[y] = y * ry + k, fused too, with
 * ratio = X_scale / C_scale, ry = Y_scale / C_scale and k = C_zero_point - (X_zero_point * ratio + Y_zero_point * ry).
 * So does onnxruntime on x64; other orders differ at ties.
 */
import { f32, fma32, integerRange } from '../../numeric/index.ts';
import type { DType } from '../../tensor/index.ts';

export interface Addend {
  readonly dims: readonly number[];
  readonly scale: number;
  readonly zero: number;
}

export interface AddTerms {
  /** True when X is B and Y is A. */
  readonly swapped: boolean;
  readonly ratio: number;
  /** What code y adds, at `y & 255`. */
  readonly terms: Float32Array;
}

export function addTerms(type: DType, a: Addend, b: Addend, scale: number, zero: number): AddTerms {
  const swapped = repeats(a.dims, b.dims);
  const [x, y] = swapped ? [b, a] : [a, b];
  const ratio = f32(x.scale / scale), other = f32(y.scale / scale);
  const k = f32(zero - fma32(ratio, x.zero, f32(other * y.zero)));
  const terms = new Float32Array(256);
  const [lo, hi] = integerRange(type);
  for (let code = lo; code <= hi; code++) terms[code & 255] = fma32(code, other, k);
  return { swapped, ratio, terms };
}

/** True when a has size 1 on the last axis that is not 1 in both shapes (or on the first that the shorter shape has). */
function repeats(a: readonly number[], b: readonly number[]): boolean {
  let axis = 1;
  while (axis < Math.min(a.length, b.length) && a.at(-axis) === 1 && b.at(-axis) === 1) axis++;
  return (a.at(-axis) ?? 1) === 1;
}
