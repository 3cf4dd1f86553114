// Ceilings of the relaxed instructions; operands as in ceiling.ts.

/** `n` rounds of 12 independent 7-bit dots added in int16 (192 multiply-adds a round): the inner step of 4-bit products. */
export function ceiling_i8_dot(n: i32, x: usize): i32 {
  const a = v128.load(x);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = i16x8.add(c0, i16x8.relaxed_dot_i8x16_i7x16_s(c1, a)); c1 = i16x8.add(c1, i16x8.relaxed_dot_i8x16_i7x16_s(c2, a));
    c2 = i16x8.add(c2, i16x8.relaxed_dot_i8x16_i7x16_s(c3, a)); c3 = i16x8.add(c3, i16x8.relaxed_dot_i8x16_i7x16_s(c4, a));
    c4 = i16x8.add(c4, i16x8.relaxed_dot_i8x16_i7x16_s(c5, a)); c5 = i16x8.add(c5, i16x8.relaxed_dot_i8x16_i7x16_s(c6, a));
    c6 = i16x8.add(c6, i16x8.relaxed_dot_i8x16_i7x16_s(c7, a)); c7 = i16x8.add(c7, i16x8.relaxed_dot_i8x16_i7x16_s(c8, a));
    c8 = i16x8.add(c8, i16x8.relaxed_dot_i8x16_i7x16_s(c9, a)); c9 = i16x8.add(c9, i16x8.relaxed_dot_i8x16_i7x16_s(ca, a));
    ca = i16x8.add(ca, i16x8.relaxed_dot_i8x16_i7x16_s(cb, a)); cb = i16x8.add(cb, i16x8.relaxed_dot_i8x16_i7x16_s(c0, a));
  }
  c0 = i16x8.add(i16x8.add(i16x8.add(c0, c1), i16x8.add(c2, c3)), i16x8.add(i16x8.add(c4, c5), i16x8.add(c6, c7)));
  c0 = i16x8.add(c0, i16x8.add(i16x8.add(c8, c9), i16x8.add(ca, cb)));
  return i16x8.extract_lane_s(c0, 0);
}

/** `n` rounds of 12 independent 8-bit dots that add in int32 (192 multiply-adds a round): one instruction each where the engine has it. */
export function ceiling_i32_dot(n: i32, x: usize): i32 {
  const a = v128.load(x), b = v128.load(x, 16);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c0); c1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c1);
    c2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c2); c3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c3);
    c4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c4); c5 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c5);
    c6 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c6); c7 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c7);
    c8 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c8); c9 = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, c9);
    ca = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, ca); cb = i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, cb);
  }
  c0 = i32x4.add(i32x4.add(i32x4.add(c0, c1), i32x4.add(c2, c3)), i32x4.add(i32x4.add(c4, c5), i32x4.add(c6, c7)));
  c0 = i32x4.add(c0, i32x4.add(i32x4.add(c8, c9), i32x4.add(ca, cb)));
  return i32x4.extract_lane(c0, 0);
}

/** `n` rounds of 12 independent float multiply-adds, fused where the engine does so (48 a round). */
export function ceiling_f32_madd(n: i32, x: usize): f32 {
  const a = v128.load(x), b = v128.load(x, 16);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = f32x4.relaxed_madd(c0, a, b); c1 = f32x4.relaxed_madd(c1, a, b);
    c2 = f32x4.relaxed_madd(c2, a, b); c3 = f32x4.relaxed_madd(c3, a, b);
    c4 = f32x4.relaxed_madd(c4, a, b); c5 = f32x4.relaxed_madd(c5, a, b);
    c6 = f32x4.relaxed_madd(c6, a, b); c7 = f32x4.relaxed_madd(c7, a, b);
    c8 = f32x4.relaxed_madd(c8, a, b); c9 = f32x4.relaxed_madd(c9, a, b);
    ca = f32x4.relaxed_madd(ca, a, b); cb = f32x4.relaxed_madd(cb, a, b);
  }
  c0 = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)));
  c0 = f32x4.add(c0, f32x4.add(f32x4.add(c8, c9), f32x4.add(ca, cb)));
  return f32x4.extract_lane(c0, 0);
}
