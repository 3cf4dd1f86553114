/** Rounding, saturation and float32 steps. Nothing outside `src/numeric` may call Math.round or narrow by hand. */

/** One float32 step. Wrapping each of + - * / in it gives the IEEE single result (double rounding is harmless there). */
export const f32 = Math.fround;

const MAGIC = 1.5 * 2 ** 52;

/** Rounds half to even ("rint"). Exact for every finite double; NaN and infinities pass through. */
export function rint(x: number): number {
  if (x > 2251799813685248 || x < -2251799813685248) return rintLarge(x);
  const r = x + MAGIC - MAGIC;
  return r === 0 && (x < 0 || Object.is(x, -0)) ? -0 : r;
}

/** `rint` from 2^51 on: halves end at 2^52, and every double beyond is an integer (or infinite). */
function rintLarge(x: number): number {
  if (x >= 2 ** 52 || x <= -(2 ** 52)) return x;
  return x > 0 ? x + 2 ** 52 - 2 ** 52 : x - 2 ** 52 + 2 ** 52;
}

/** Clamps to [lo, hi]; NaN becomes `lo`, as in onnxruntime's quantizers. */
export function saturate(x: number, lo: number, hi: number): number {
  return x > lo ? (x < hi ? x : hi) : lo;
}
