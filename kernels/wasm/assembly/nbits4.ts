// 4-bit block-quantized weights times activations (MatMulNBits, bits = 4).
//
// Weights are packed once into panels of 16 columns:
//   w      [N/16][K/8][16] u32   eight nibbles of one column, lowest k in the lowest bits
//   scale  [N/16][blocks][16] f32
//   zero   [N/16][blocks][16] f32 (float path), or negated as pairs of equal int16 (integer path); stride 0 when uniform
// The 32-bit lane holds one column, so every path unpacks the same bytes: as int32 for float activations, as four int16
// vectors for simd128, as two int8 vectors for relaxed SIMD (nbits4-relaxed.ts). Columns stand in lanes and k runs in order, so a
// float sum has the order of the scalar provider.

// ---- float32 activations: y[m][n] = sum_k a[m][k] * ((q - zero) * scale), k ascending ----

// @ts-ignore: decorator
@inline
function mac(acc: v128, v: v128, x: v128, zero: v128, scale: v128): v128 {
  const q = f32x4.convert_i32x4_s(v128.and(v, i32x4.splat(15)));
  return f32x4.add(acc, f32x4.mul(x, f32x4.mul(f32x4.sub(q, zero), scale)));
}

/** One row by `panels` panels. The last block may hold fewer real k than `blockSize`: `k` bounds them. */
export function q4_f32_gemv(
  a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  for (let p: i32 = 0; p < panels; p++) {
    let acc0 = f32x4.splat(0), acc1 = f32x4.splat(0), acc2 = f32x4.splat(0), acc3 = f32x4.splat(0);
    let ap = a, left = k;
    for (let b: i32 = 0; b < blocks; b++) {
      const s0 = v128.load(scale), s1 = v128.load(scale, 16), s2 = v128.load(scale, 32), s3 = v128.load(scale, 48);
      const z0 = v128.load(zero), z1 = v128.load(zero, 16), z2 = v128.load(zero, 32), z3 = v128.load(zero, 48);
      const real = min(left, blockSize);
      for (let done: i32 = 0; done < blockSize; done += 8) {
        let w0 = v128.load(w), w1 = v128.load(w, 16), w2 = v128.load(w, 32), w3 = v128.load(w, 48);
        w += 64;
        const steps = min(real - done, 8);
        for (let i: i32 = 0; i < steps; i++) {
          const x = v128.load32_splat(ap);
          acc0 = mac(acc0, w0, x, z0, s0);
          acc1 = mac(acc1, w1, x, z1, s1);
          acc2 = mac(acc2, w2, x, z2, s2);
          acc3 = mac(acc3, w3, x, z3, s3);
          w0 = i32x4.shr_u(w0, 4);
          w1 = i32x4.shr_u(w1, 4);
          w2 = i32x4.shr_u(w2, 4);
          w3 = i32x4.shr_u(w3, 4);
          ap += 4;
        }
      }
      left -= blockSize;
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

/** Dequantizes one panel to two float32 panels of 8 columns, [2][K][8]: (q - zero) * scale. */
export function q4_dequantize_panel(
  w: usize, scale: usize, zero: usize, zeroStride: usize, out: usize, blockSize: i32, blocks: i32,
): void {
  const half = <usize>(blockSize * blocks) << 5;
  for (let b: i32 = 0; b < blocks; b++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const lane = quarter << 4;
      const s = v128.load(scale + lane), z = v128.load(zero + lane);
      let wp = w + lane, op = out + (quarter >> 1) * half + ((quarter & 1) << 4);
      for (let g: i32 = 0; g < blockSize; g += 8) {
        let v = v128.load(wp);
        for (let i: i32 = 0; i < 8; i++) {
          v128.store(op, f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(v128.and(v, i32x4.splat(15))), z), s));
          v = i32x4.shr_u(v, 4);
          op += 32;
        }
        wp += 64;
      }
    }
    w += <usize>(blockSize >> 3) << 6;
    out += <usize>blockSize << 5;
    scale += 64;
    zero += zeroStride;
  }
}

// ---- int8 activations (accuracy_level 4): y = sum over blocks of (sa * sb) * sum_k qa * (qb - zero) ----

/** Magic number that rounds a small float half to even: its ulp is 1. */
const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

// Eight quantized activations as int16, k ascending.
// @ts-ignore: decorator
@inline
function quantize8(x: usize, inverse: v128): v128 {
  const magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS);
  return i16x8.narrow_i32x4_s(
    i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), inverse), magic), bits),
    i32x4.sub(f32x4.add(f32x4.mul(v128.load(x, 16), inverse), magic), bits),
  );
}

/** Largest magnitude of n floats (n a multiple of 4). */
// @ts-ignore: decorator
@inline
function absmax(x: usize, n: i32): f32 {
  let m = f32x4.splat(0);
  for (let i: i32 = 0; i < n; i += 4) m = f32x4.pmax(m, f32x4.abs(v128.load(x + (<usize>i << 2))));
  return max(max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)), max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
}

/**
 * Quantizes one padded row of activations per block: scale = absmax / 127, q = rint(x / scale by its reciprocal).
 * For each group of eight k, `a` gets four int16 pairs (0,4) (1,5) (2,6) (3,7) (`bytes` = 0) or the bytes 0 2 4 6 1 3 5 7
 * (`bytes` = 1): the order in which the weight lanes unpack. `sums` gets, for each group of `groupSize` k, the sums of
 * the first and the second of each pair as int16.
 */
export function q4_quantize_row(x: usize, a: usize, sums: usize, scales: usize, blockSize: i32, groupSize: i32, blocks: i32, bytes: i32): void {
  const ones = i16x8.splat(1);
  for (let b: i32 = 0; b < blocks; b++) {
    const amax = absmax(x, blockSize);
    const s = amax / 127;
    const inverse = f32x4.splat(s != 0 ? 1 / s : 0);
    store<f32>(scales, s);
    scales += 4;
    for (let g: i32 = 0; g < blockSize; g += groupSize) {
      let sum = i16x8.splat(0);
      for (let i: i32 = 0; i < groupSize; i += 8) {
        const q = quantize8(x, inverse);
        sum = i16x8.add(sum, q);
        if (bytes) {
          const n = i8x16.narrow_i16x8_s(q, q);
          v128.store64_lane(a, v128.shuffle<i8>(n, n, 0, 2, 4, 6, 1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7), 0);
          a += 8;
        } else {
          v128.store(a, v128.shuffle<i16>(q, q, 0, 4, 1, 5, 2, 6, 3, 7));
          a += 16;
        }
        x += 32;
      }
      // Lanes 0-3 make the first of a pair, lanes 4-7 the second, in both layouts.
      const pairs = i32x4.dot_i16x8_s(sum, ones);
      store<i16>(sums, <i16>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)));
      store<i16>(sums, <i16>(i32x4.extract_lane(pairs, 2) + i32x4.extract_lane(pairs, 3)), 2);
      sums += 4;
    }
  }
}

// @ts-ignore: decorator
@inline
function dot8(acc: v128, v: v128, a: usize): v128 {
  const low = i16x8.splat(15);
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(v, low), v128.load32_splat(a)));
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(v, 4), low), v128.load32_splat(a, 4)));
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(v, 8), low), v128.load32_splat(a, 8)));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(v, 12), v128.load32_splat(a, 12)));
}

/** One row by `panels` panels, int16 dots: for engines without relaxed SIMD. `a` in the int16 layout. */
export function q4_i8_gemv(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  for (let p: i32 = 0; p < panels; p++) {
    let f0 = f32x4.splat(0), f1 = f32x4.splat(0), f2 = f32x4.splat(0), f3 = f32x4.splat(0);
    let ap = a, gp = sums;
    for (let b: i32 = 0; b < blocks; b++) {
      let c0 = i32x4.splat(0), c1 = i32x4.splat(0), c2 = i32x4.splat(0), c3 = i32x4.splat(0);
      for (let g: i32 = 0; g < blockSize; g += groupSize) {
        const s = v128.load32_splat(gp);
        gp += 4;
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.load(zero), s));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.load(zero, 16), s));
        c2 = i32x4.add(c2, i32x4.dot_i16x8_s(v128.load(zero, 32), s));
        c3 = i32x4.add(c3, i32x4.dot_i16x8_s(v128.load(zero, 48), s));
        for (let i: i32 = 0; i < groupSize; i += 8) {
          c0 = dot8(c0, v128.load(w), ap);
          c1 = dot8(c1, v128.load(w, 16), ap);
          c2 = dot8(c2, v128.load(w, 32), ap);
          c3 = dot8(c3, v128.load(w, 48), ap);
          ap += 16;
          w += 64;
        }
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
