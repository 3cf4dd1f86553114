// The 4 x 4 transposition that other kernels build on. Not an export of the module.

/** Columns of four rows of 32-bit elements, `step` bytes apart at `out`. */
// @ts-ignore: decorator
@inline
export function columnsOf(r0: usize, r1: usize, r2: usize, r3: usize, out: usize, step: usize): void {
  const a = v128.load(r0), b = v128.load(r1), c = v128.load(r2), d = v128.load(r3);
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(out + step, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(out + 2 * step, v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(out + 3 * step, v128.shuffle<i64>(ab1, cd1, 1, 3));
}
