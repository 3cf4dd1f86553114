// One row of float32 activations times 4-bit weights: what `q4_f32_gemv` computes, in its order, with fewer instructions. Codes less their
// zero points are made as bytes, sixteen at once; a swizzle then moves one byte of each lane to the top of it, where a conversion makes it
// 2^24 times its value. Packing as in nbits.ts.
import { NIBBLES } from './literals';

/** Swizzles of byte 0, 1, 2 or 3 of each lane to its top, over zeros. */
const TOPS: usize = memory.data<u8>([
  128, 128, 128, 0, 128, 128, 128, 4, 128, 128, 128, 8, 128, 128, 128, 12, 128, 128, 128, 1, 128, 128, 128, 5, 128, 128, 128, 9, 128, 128, 128, 13,
  128, 128, 128, 2, 128, 128, 128, 6, 128, 128, 128, 10, 128, 128, 128, 14, 128, 128, 128, 3, 128, 128, 128, 7, 128, 128, 128, 11, 128, 128, 128, 15,
], 16);

// `scale` is 2^-24 of the scale.
// @ts-ignore: decorator
@inline
function mac(acc: v128, codes: v128, top: v128, x: v128, scale: v128): v128 {
  return f32x4.add(acc, f32x4.mul(x, f32x4.mul(f32x4.convert_i32x4_s(i8x16.relaxed_swizzle(codes, top)), scale)));
}

// The low bytes of negated zero points, four times each.
// @ts-ignore: decorator
@inline
function fourTimes(pairs: v128): v128 {
  const low = v128.and(pairs, i16x8.splat(255));
  return v128.or(low, i16x8.shl(low, 8));
}

/**
 * One row by `panels` panels of 16 columns. `k` is a multiple of 8, scales are 0 or at least 2^-100, `zero` holds negated pairs of equal
 * int16.
 */
export function q4_f32_bytes_gemv(
  a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  const blockBytes = <usize>blockSize << 3, down = f32x4.splat(1.0 / 16777216.0), end = a + (<usize>k << 2);
  for (let p: i32 = 0; p < panels; p++) {
    let acc0 = f32x4.splat(0), acc1 = acc0, acc2 = acc0, acc3 = acc0, ap = a;
    for (let b: i32 = 0; b < blocks; b++) {
      const s0 = f32x4.mul(v128.load(scale), down), s1 = f32x4.mul(v128.load(scale, 16), down);
      const s2 = f32x4.mul(v128.load(scale, 32), down), s3 = f32x4.mul(v128.load(scale, 48), down);
      const z0 = fourTimes(v128.load(zero)), z1 = fourTimes(v128.load(zero, 16)), z2 = fourTimes(v128.load(zero, 32)), z3 = fourTimes(v128.load(zero, 48));
      const mask = v128.load(NIBBLES), stop = min(ap + (<usize>blockSize << 2), end);
      for (let wp = w; ap < stop; wp += 64) {
        let v = v128.load(wp);
        const e0 = i8x16.add(v128.and(v, mask), z0), o0 = i8x16.add(v128.and(i16x8.shr_u(v, 4), mask), z0);
        v = v128.load(wp, 16);
        const e1 = i8x16.add(v128.and(v, mask), z1), o1 = i8x16.add(v128.and(i16x8.shr_u(v, 4), mask), z1);
        v = v128.load(wp, 32);
        const e2 = i8x16.add(v128.and(v, mask), z2), o2 = i8x16.add(v128.and(i16x8.shr_u(v, 4), mask), z2);
        v = v128.load(wp, 48);
        const e3 = i8x16.add(v128.and(v, mask), z3), o3 = i8x16.add(v128.and(i16x8.shr_u(v, 4), mask), z3);
        let top = v128.load(TOPS);
        let x = v128.load32_splat(ap); acc0 = mac(acc0, e0, top, x, s0); acc1 = mac(acc1, e1, top, x, s1); acc2 = mac(acc2, e2, top, x, s2); acc3 = mac(acc3, e3, top, x, s3);
        x = v128.load32_splat(ap, 4); acc0 = mac(acc0, o0, top, x, s0); acc1 = mac(acc1, o1, top, x, s1); acc2 = mac(acc2, o2, top, x, s2); acc3 = mac(acc3, o3, top, x, s3);
        top = v128.load(TOPS, 16);
        x = v128.load32_splat(ap, 8); acc0 = mac(acc0, e0, top, x, s0); acc1 = mac(acc1, e1, top, x, s1); acc2 = mac(acc2, e2, top, x, s2); acc3 = mac(acc3, e3, top, x, s3);
        x = v128.load32_splat(ap, 12); acc0 = mac(acc0, o0, top, x, s0); acc1 = mac(acc1, o1, top, x, s1); acc2 = mac(acc2, o2, top, x, s2); acc3 = mac(acc3, o3, top, x, s3);
        top = v128.load(TOPS, 32);
        x = v128.load32_splat(ap, 16); acc0 = mac(acc0, e0, top, x, s0); acc1 = mac(acc1, e1, top, x, s1); acc2 = mac(acc2, e2, top, x, s2); acc3 = mac(acc3, e3, top, x, s3);
        x = v128.load32_splat(ap, 20); acc0 = mac(acc0, o0, top, x, s0); acc1 = mac(acc1, o1, top, x, s1); acc2 = mac(acc2, o2, top, x, s2); acc3 = mac(acc3, o3, top, x, s3);
        top = v128.load(TOPS, 48);
        x = v128.load32_splat(ap, 24); acc0 = mac(acc0, e0, top, x, s0); acc1 = mac(acc1, e1, top, x, s1); acc2 = mac(acc2, e2, top, x, s2); acc3 = mac(acc3, e3, top, x, s3);
        x = v128.load32_splat(ap, 28); acc0 = mac(acc0, o0, top, x, s0); acc1 = mac(acc1, o1, top, x, s1); acc2 = mac(acc2, o2, top, x, s2); acc3 = mac(acc3, o3, top, x, s3);
        ap += 32;
      }
      w += blockBytes;
      scale += 64;
      zero += zeroStride;
    }
    v128.store(y, acc0);
    v128.store(y, acc1, 16);
    v128.store(y, acc2, 32);
    v128.store(y, acc3, 48);
    y += 64;
  }
}
