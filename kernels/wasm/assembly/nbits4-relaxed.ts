// 4-bit weights times int8 activations with relaxed dots. `i16x8.relaxed_dot_i8x16_i7x16_s` multiplies signed bytes with
// 7-bit bytes: nibbles 0..15 stay inside its exact range on every engine (a pair is at most 2 * 127 * 15), and eight
// results fit int16 (30,480) before they are widened. Packing as in nbits4.ts; `a` in the byte layout.

// @ts-ignore: decorator
@inline
function step(acc: v128, v: v128, lo: v128, hi: v128): v128 {
  const mask = i8x16.splat(15);
  acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(lo, v128.and(v, mask)));
  return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(hi, v128.and(i16x8.shr_u(v, 4), mask)));
}

/** One row by `panels` panels. */
export function q4_i8_gemv_relaxed(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  const ones = i16x8.splat(1);
  for (let p: i32 = 0; p < panels; p++) {
    let f0 = f32x4.splat(0), f1 = f32x4.splat(0), f2 = f32x4.splat(0), f3 = f32x4.splat(0);
    let ap = a, gp = sums;
    for (let b: i32 = 0; b < blocks; b++) {
      let c0 = i32x4.splat(0), c1 = i32x4.splat(0), c2 = i32x4.splat(0), c3 = i32x4.splat(0);
      for (let g: i32 = 0; g < blockSize; g += groupSize) {
        const s = v128.load32_splat(gp);
        gp += 4;
        // Starting at -zero * sum keeps every partial sum within int16.
        let h0 = i16x8.mul(v128.load(zero), s), h1 = i16x8.mul(v128.load(zero, 16), s);
        let h2 = i16x8.mul(v128.load(zero, 32), s), h3 = i16x8.mul(v128.load(zero, 48), s);
        for (let i: i32 = 0; i < groupSize; i += 8) {
          const lo = v128.load32_splat(ap), hi = v128.load32_splat(ap, 4);
          h0 = step(h0, v128.load(w), lo, hi);
          h1 = step(h1, v128.load(w, 16), lo, hi);
          h2 = step(h2, v128.load(w, 32), lo, hi);
          h3 = step(h3, v128.load(w, 48), lo, hi);
          ap += 8;
          w += 64;
        }
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(h0, ones));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(h1, ones));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(h2, ones));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(h3, ones));
      }
      const x = v128.load32_splat(sa + (<usize>b << 2));
      f0 = f32x4.add(f0, f32x4.mul(f32x4.mul(x, v128.load(scale)), f32x4.convert_i32x4_s(c0)));
      f1 = f32x4.add(f1, f32x4.mul(f32x4.mul(x, v128.load(scale, 16)), f32x4.convert_i32x4_s(c1)));
      f2 = f32x4.add(f2, f32x4.mul(f32x4.mul(x, v128.load(scale, 32)), f32x4.convert_i32x4_s(c2)));
      f3 = f32x4.add(f3, f32x4.mul(f32x4.mul(x, v128.load(scale, 48)), f32x4.convert_i32x4_s(c3)));
      scale += 64;
      zero += zeroStride;
    }
    v128.store(y, f0);
    v128.store(y, f1, 16);
    v128.store(y, f2, 32);
    v128.store(y, f3, 48);
    y += 64;
  }
}
