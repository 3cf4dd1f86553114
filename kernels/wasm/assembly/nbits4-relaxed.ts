// 4-bit weights times int8 activations with relaxed dots. `i16x8.relaxed_dot_i8x16_i7x16_s` multiplies signed bytes with
// 7-bit bytes: nibbles 0..15 stay inside its exact range on every engine (a pair is at most 2 * 127 * 15), and eight
// results fit int16 (30,480) before they are widened. Packing as in nbits4.ts; `a` in order 1.

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

// One block's share of a row: y += (sa * scale) * sum.
// @ts-ignore: decorator
@inline
function settle(y: usize, x: usize, scale: v128, sum: v128): void {
  v128.store(y, f32x4.add(v128.load(y), f32x4.mul(f32x4.mul(v128.load32_splat(x), scale), f32x4.convert_i32x4_s(sum))));
}

// Eight k of one row.
// @ts-ignore: decorator
@inline
function pair(acc: v128, q0: v128, q1: v128, a: usize): v128 {
  acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(a), q0));
  return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(v128.load32_splat(a, 4), q1));
}

/** Four rows by `panels` panels: `q4_i8_gemm4` with relaxed dots. */
export function q4_i8_gemm4_relaxed(
  a: usize, aBytes: usize, sums: usize, sumBytes: usize, sa: usize, saBytes: usize, w: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  const ones = i16x8.splat(1), mask = i8x16.splat(15), none = f32x4.splat(0);
  const words = <usize>(blockSize * blocks) << 3; // bytes of a panel
  for (let p: i32 = 0; p < panels; p++) {
    for (let quarter: usize = 0; quarter < 64; quarter += 16) {
      let wp = w + quarter, sp = scale + quarter, zp = zero + quarter;
      let a0 = a, gp = sums, xp = sa;
      const y0 = y + quarter, y1 = y0 + yBytes, y2 = y1 + yBytes, y3 = y2 + yBytes;
      v128.store(y0, none); v128.store(y1, none); v128.store(y2, none); v128.store(y3, none);
      for (let b: i32 = 0; b < blocks; b++) {
        let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
        const z = v128.load(zp);
        for (let g: i32 = 0; g < blockSize; g += groupSize) {
          // Starting at -zero * sum keeps every partial sum within int16.
          let h0 = i16x8.mul(z, v128.load32_splat(gp)), h1 = i16x8.mul(z, v128.load32_splat(gp + sumBytes));
          let h2 = i16x8.mul(z, v128.load32_splat(gp + 2 * sumBytes)), h3 = i16x8.mul(z, v128.load32_splat(gp + 3 * sumBytes));
          gp += 4;
          for (let i: i32 = 0; i < groupSize; i += 8) {
            const a1 = a0 + aBytes, a2 = a1 + aBytes, a3 = a2 + aBytes;
            const v = v128.load(wp);
            const q0 = v128.and(v, mask), q1 = v128.and(i16x8.shr_u(v, 4), mask);
            h0 = pair(h0, q0, q1, a0);
            h1 = pair(h1, q0, q1, a1);
            h2 = pair(h2, q0, q1, a2);
            h3 = pair(h3, q0, q1, a3);
            a0 += 8;
            wp += 64;
          }
          c0 = i32x4.add(c0, i32x4.dot_i16x8_s(h0, ones));
          c1 = i32x4.add(c1, i32x4.dot_i16x8_s(h1, ones));
          c2 = i32x4.add(c2, i32x4.dot_i16x8_s(h2, ones));
          c3 = i32x4.add(c3, i32x4.dot_i16x8_s(h3, ones));
        }
        const s = v128.load(sp);
        settle(y0, xp, s, c0);
        settle(y1, xp + saBytes, s, c1);
        settle(y2, xp + 2 * saBytes, s, c2);
        settle(y3, xp + 3 * saBytes, s, c3);
        xp += 4;
        sp += 64;
        zp += zeroStride;
      }
    }
    w += words;
    scale += <usize>blocks << 6;
    zero += <usize>blocks * zeroStride;
    y += 64;
  }
}
