// One row of int8 activations times 4- or 8-bit weights, with relaxed dots. `i16x8.relaxed_dot_i8x16_i7x16_s` multiplies signed bytes with
// 7-bit bytes: nibbles 0..15 stay inside its exact range on every engine (a pair is at most 2 * 127 * 15), and eight results fit int16
// (30,480) before they are widened. i32 dots take nibbles on every engine, and whole bytes with the top bit as the engine wants it, but
// are fast on some engines only. Packing as in nbits.ts.
import { NIBBLES } from './literals';
import { share } from './settle';

// @ts-ignore: decorator
@inline
function step(acc: v128, v: v128, lo: v128, hi: v128, mask: v128): v128 {
  acc = i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(lo, v128.and(v, mask)));
  return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(hi, v128.and(i16x8.shr_u(v, 4), mask)));
}

/** One row by `panels` panels, dots added in int16; `a` in order 1. */
export function q4_words_gemv(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  const ones = i16x8.splat(1), mask = v128.load(NIBBLES);
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
          h0 = step(h0, v128.load(w), lo, hi, mask);
          h1 = step(h1, v128.load(w, 16), lo, hi, mask);
          h2 = step(h2, v128.load(w, 32), lo, hi, mask);
          h3 = step(h3, v128.load(w, 48), lo, hi, mask);
          ap += 8;
          w += 64;
        }
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(h0, ones));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(h1, ones));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(h2, ones));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(h3, ones));
      }
      const x = v128.load32_splat(sa + (<usize>b << 2));
      f0 = share(f0, x, v128.load(scale), c0);
      f1 = share(f1, x, v128.load(scale, 16), c1);
      f2 = share(f2, x, v128.load(scale, 32), c2);
      f3 = share(f3, x, v128.load(scale, 48), c3);
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

// @ts-ignore: decorator
@inline
function dot(acc: v128, a: v128, b: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, acc);
}

/** 4-bit codes: one row by `panels` panels with i32 dots; `a` in order 1. */
export function q4_dots_gemv(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  const mask = v128.load(NIBBLES);
  for (let p: i32 = 0; p < panels; p++) {
    let f0 = f32x4.splat(0), f1 = f0, f2 = f0, f3 = f0;
    let ap = a, gp = sums;
    for (let b: i32 = 0; b < blocks; b++) {
      // Two sums a column: dots take turns, so that none waits for the one before.
      let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, d0 = c0, d1 = c0, d2 = c0, d3 = c0;
      for (let g: i32 = 0; g < blockSize; g += groupSize) {
        const s = v128.load32_splat(gp);
        gp += 4;
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(zero), s));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(zero, 16), s));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(zero, 32), s));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(zero, 48), s));
        for (let i: i32 = 0; i < groupSize; i += 8) {
          const lo = v128.load32_splat(ap), hi = v128.load32_splat(ap, 4);
          let v = v128.load(w); c0 = dot(c0, lo, v128.and(v, mask)); d0 = dot(d0, hi, v128.and(i16x8.shr_u(v, 4), mask));
          v = v128.load(w, 16); c1 = dot(c1, lo, v128.and(v, mask)); d1 = dot(d1, hi, v128.and(i16x8.shr_u(v, 4), mask));
          v = v128.load(w, 32); c2 = dot(c2, lo, v128.and(v, mask)); d2 = dot(d2, hi, v128.and(i16x8.shr_u(v, 4), mask));
          v = v128.load(w, 48); c3 = dot(c3, lo, v128.and(v, mask)); d3 = dot(d3, hi, v128.and(i16x8.shr_u(v, 4), mask));
          ap += 8;
          w += 64;
        }
      }
      const x = v128.load32_splat(sa + (<usize>b << 2));
      f0 = share(f0, x, v128.load(scale), i32x4.add(c0, d0));
      f1 = share(f1, x, v128.load(scale, 16), i32x4.add(c1, d1));
      f2 = share(f2, x, v128.load(scale, 32), i32x4.add(c2, d2));
      f3 = share(f3, x, v128.load(scale, 48), i32x4.add(c3, d3));
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

/** 8-bit codes, each xor `flip`: one row by `panels` panels with i32 dots; `a` in order 3. Zero points moved alike. */
export function q8_dots_gemv(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32, flip: i32,
): void {
  const f = i8x16.splat(<i8>flip);
  for (let p: i32 = 0; p < panels; p++) {
    let f0 = f32x4.splat(0), f1 = f0, f2 = f0, f3 = f0;
    let ap = a, gp = sums;
    for (let b: i32 = 0; b < blocks; b++) {
      // Two sums a column: dots take turns, so that none waits for the one before.
      let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, d0 = c0, d1 = c0, d2 = c0, d3 = c0;
      for (let g: i32 = 0; g < blockSize; g += groupSize) {
        const s = v128.load32_splat(gp);
        gp += 4;
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(zero), s));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(zero, 16), s));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(zero, 32), s));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(zero, 48), s));
        for (let i: i32 = 0; i < groupSize; i += 8) {
          const lo = v128.load32_splat(ap), hi = v128.load32_splat(ap, 4);
          c0 = dot(c0, lo, v128.xor(v128.load(w), f)); d0 = dot(d0, hi, v128.xor(v128.load(w, 64), f));
          c1 = dot(c1, lo, v128.xor(v128.load(w, 16), f)); d1 = dot(d1, hi, v128.xor(v128.load(w, 80), f));
          c2 = dot(c2, lo, v128.xor(v128.load(w, 32), f)); d2 = dot(d2, hi, v128.xor(v128.load(w, 96), f));
          c3 = dot(c3, lo, v128.xor(v128.load(w, 48), f)); d3 = dot(d3, hi, v128.xor(v128.load(w, 112), f));
          ap += 8;
          w += 128;
        }
      }
      const x = v128.load32_splat(sa + (<usize>b << 2));
      f0 = share(f0, x, v128.load(scale), i32x4.add(c0, d0));
      f1 = share(f1, x, v128.load(scale, 16), i32x4.add(c1, d1));
      f2 = share(f2, x, v128.load(scale, 32), i32x4.add(c2, d2));
      f3 = share(f3, x, v128.load(scale, 48), i32x4.add(c3, d3));
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
