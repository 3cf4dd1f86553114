import { bf16, f16, f32 } from '../../../src/numeric/index.ts';
import type { DType } from '../../../src/tensor/index.ts';

/** The rounding of one arithmetic step. */
export type Step = (x: number) => number;

const double: Step = (x) => x;

/** How steps on elements of a type round: float64 keeps doubles, every narrower float computes in float32. */
export function stepOf(dtype: DType): Step {
  return dtype === 'float64' ? double : f32;
}

/** What storing a number as an element and reading it back does to it. */
export function roundTo(dtype: DType): Step {
  return dtype === 'float16' ? f16 : dtype === 'bfloat16' ? bf16 : stepOf(dtype);
}
