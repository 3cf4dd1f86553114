/** From int32 sums back to codes. */
import { f32, rint, saturate } from '../../../src/numeric/index.ts';

/** What one step of an integer sum is worth in steps of the output: (a's scale * b's scale) / y's scale, in float32. */
export function requantizer(aScale: number, bScale: number, yScale: number): number {
  return f32(f32(aScale * bScale) / yScale);
}

/** saturate(rint(float32(sum) * multiplier) + zero point): the zero point comes after the rounding. */
export function requantize(sum: number, multiplier: number, zeroPoint: number, lo: number, hi: number): number {
  return saturate(rint(f32(f32(sum) * multiplier)) + zeroPoint, lo, hi);
}
