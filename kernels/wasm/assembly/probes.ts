// What relaxed instructions do where the standard leaves it open. Operands come from memory, so that no engine computes the answer
// while it compiles.

/** Lane 0 of i32x4.relaxed_dot_i8x16_i7x16_add_s of the two vectors at `x`, plus 0. */
export function probe_relaxed_dot(x: usize): i32 {
  return i32x4.extract_lane(i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(x), v128.load(x, 16), i32x4.splat(0)), 0);
}

/** Lane 0 of f32x4.relaxed_madd of the three vectors at `x`: x0 * x1 + x2. */
export function probe_relaxed_madd(x: usize): f32 {
  return f32x4.extract_lane(f32x4.relaxed_madd(v128.load(x), v128.load(x, 16), v128.load(x, 32)), 0);
}
