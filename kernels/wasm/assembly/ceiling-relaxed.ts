// Ceilings of the relaxed instructions.

/** `n` rounds of 8 independent 7-bit dots added in int16 (128 multiply-adds a round): the inner step of 4-bit products. */
export function ceiling_i8_dot(n: i32): i32 {
  const a = i8x16.splat(3), b = i8x16.splat(5);
  let c0 = i16x8.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(c1, b)); c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(a, b));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(c3, b)); c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(a, b));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(c5, b)); c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(a, b));
    c6 = i16x8.add(c6, i16x8.relaxed_dot_i8x16_i7x16_s(c7, b)); c7 = i16x8.add(c7, i16x8.relaxed_dot_i8x16_i7x16_s(a, b));
  }
  c0 = i16x8.add(i16x8.add(i16x8.add(c0, c1), i16x8.add(c2, c3)), i16x8.add(i16x8.add(c4, c5), i16x8.add(c6, c7)));
  return i16x8.extract_lane_s(c0, 0);
}
