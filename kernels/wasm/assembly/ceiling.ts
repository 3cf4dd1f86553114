// What the machine can do at most: loops that hold everything in registers, and loops that only read or write memory. Each
// operand differs from the others and comes from memory at `x`, or V8 would compute it once, or build it anew at every use.

/** `n` rounds of 12 independent i16 dots with add (8 multiply-adds each: 96 a round). */
export function ceiling_i16_dot(n: i32, x: usize): i32 {
  const a = v128.load(x);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(a, c1)); c1 = i32x4.add(c1, i32x4.dot_i16x8_s(a, c2));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(a, c3)); c3 = i32x4.add(c3, i32x4.dot_i16x8_s(a, c4));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(a, c5)); c5 = i32x4.add(c5, i32x4.dot_i16x8_s(a, c6));
    c6 = i32x4.add(c6, i32x4.dot_i16x8_s(a, c7)); c7 = i32x4.add(c7, i32x4.dot_i16x8_s(a, c8));
    c8 = i32x4.add(c8, i32x4.dot_i16x8_s(a, c9)); c9 = i32x4.add(c9, i32x4.dot_i16x8_s(a, ca));
    ca = i32x4.add(ca, i32x4.dot_i16x8_s(a, cb)); cb = i32x4.add(cb, i32x4.dot_i16x8_s(a, c0));
  }
  c0 = i32x4.add(i32x4.add(i32x4.add(c0, c1), i32x4.add(c2, c3)), i32x4.add(i32x4.add(c4, c5), i32x4.add(c6, c7)));
  c0 = i32x4.add(c0, i32x4.add(i32x4.add(c8, c9), i32x4.add(ca, cb)));
  return i32x4.extract_lane(c0, 0);
}

/** `n` rounds of 12 independent float multiply-adds (48 a round). */
export function ceiling_f32_mul_add(n: i32, x: usize): f32 {
  const a = v128.load(x), b = v128.load(x, 16);
  let c0 = a, c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0, c8 = c0, c9 = c0, ca = c0, cb = c0;
  for (let i: i32 = 0; i < n; i++) {
    c0 = f32x4.add(f32x4.mul(c0, a), b); c1 = f32x4.add(f32x4.mul(c1, a), b);
    c2 = f32x4.add(f32x4.mul(c2, a), b); c3 = f32x4.add(f32x4.mul(c3, a), b);
    c4 = f32x4.add(f32x4.mul(c4, a), b); c5 = f32x4.add(f32x4.mul(c5, a), b);
    c6 = f32x4.add(f32x4.mul(c6, a), b); c7 = f32x4.add(f32x4.mul(c7, a), b);
    c8 = f32x4.add(f32x4.mul(c8, a), b); c9 = f32x4.add(f32x4.mul(c9, a), b);
    ca = f32x4.add(f32x4.mul(ca, a), b); cb = f32x4.add(f32x4.mul(cb, a), b);
  }
  c0 = f32x4.add(f32x4.add(f32x4.add(c0, c1), f32x4.add(c2, c3)), f32x4.add(f32x4.add(c4, c5), f32x4.add(c6, c7)));
  c0 = f32x4.add(c0, f32x4.add(f32x4.add(c8, c9), f32x4.add(ca, cb)));
  return f32x4.extract_lane(c0, 0);
}

/** Reads `bytes` (a multiple of 64) once. */
export function ceiling_read(p: usize, bytes: usize): i32 {
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
  for (let end = p + bytes; p < end; p += 64) {
    c0 = v128.or(c0, v128.load(p)); c1 = v128.or(c1, v128.load(p, 16));
    c2 = v128.or(c2, v128.load(p, 32)); c3 = v128.or(c3, v128.load(p, 48));
  }
  return i32x4.extract_lane(v128.or(v128.or(c0, c1), v128.or(c2, c3)), 0);
}

/** Writes `bytes` (a multiple of 64) once. */
export function ceiling_write(p: usize, bytes: usize, value: i32): void {
  const v = i32x4.splat(value);
  for (let end = p + bytes; p < end; p += 64) {
    v128.store(p, v); v128.store(p, v, 16); v128.store(p, v, 32); v128.store(p, v, 48);
  }
}
