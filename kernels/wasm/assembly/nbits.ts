// Block-quantized weights of 2, 4 or 8 bits times activations (MatMulNBits).
//
// Weights are packed once into panels of 16 columns:
//   w      [N/16][K*bits/32][16] u32   codes of one column, lowest k in the lowest bits
//   scale  [N/16][blocks][16] f32
//   zero   [N/16][blocks][16] f32 (float path), or negated as pairs of equal int16 (integer path); stride 0 when uniform
// Where 4-bit codes meet int16 dots, the top code of every 16 bits is moved by 8, so that it is the sign of the others; the second of a pair
// of zero points then is that of such codes.
// The 32-bit lane holds one column, so every path unpacks the same bytes: as int32 for float activations, as int16 vectors
// for simd128, as two int8 vectors for relaxed SIMD (nbits-relaxed.ts). Columns stand in lanes and k runs in order, so a float sum has the
// order of the scalar provider. Here are the products of single rows; many rows share an unpacked panel (nbits-gemm.ts).
import { BASE, BYTES16, CODES2, CODES4, CODES8, INFINITE, ROUND } from './literals';
import { share } from './settle';

// ---- float32 activations: y[m][n] = sum_k a[m][k] * ((q - zero) * scale), k ascending ----

// Code number `i` of each word times one activation, by (BASE + q) - (BASE + zero): exact for integers.
// @ts-ignore: decorator
@inline
function mac(acc: v128, words: v128, bits: i32, i: i32, x: v128, mask: v128, base: v128, zero: v128, scale: v128): v128 {
  let q = i == 0 ? words : i32x4.shr_u(words, bits * i);
  if (bits * (i + 1) < 32) q = v128.and(q, mask);
  return f32x4.add(acc, f32x4.mul(x, f32x4.mul(f32x4.sub(v128.or(q, base), zero), scale)));
}

// Eight columns at a time: with their scales and zero points that is what the registers hold.
// @ts-ignore: decorator
@inline
function gemv(
  bits: i32, a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  const perWord = 32 / bits;
  const base = v128.load(BASE), mask = v128.load(bits == 2 ? CODES2 : bits == 4 ? CODES4 : CODES8);
  const panelBytes = <usize>(blockSize / perWord * blocks) << 6;
  for (let half: i32 = 0; half < 2 * panels; half++) {
    const lane = <usize>(half & 1) << 5;
    let wp = w + lane, sp = scale + lane, zp = zero + lane;
    let acc0 = f32x4.splat(0), acc1 = acc0;
    let ap = a, left = k;
    for (let b: i32 = 0; b < blocks; b++) {
      const s0 = v128.load(sp), s1 = v128.load(sp, 16);
      const z0 = f32x4.add(v128.load(zp), base), z1 = f32x4.add(v128.load(zp, 16), base);
      const real = min(left, blockSize);
      let done: i32 = 0;
      for (; done + perWord <= real; done += perWord) {
        const w0 = v128.load(wp), w1 = v128.load(wp, 16);
        let x = v128.load32_splat(ap); acc0 = mac(acc0, w0, bits, 0, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 0, x, mask, base, z1, s1);
        x = v128.load32_splat(ap, 4); acc0 = mac(acc0, w0, bits, 1, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 1, x, mask, base, z1, s1);
        x = v128.load32_splat(ap, 8); acc0 = mac(acc0, w0, bits, 2, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 2, x, mask, base, z1, s1);
        x = v128.load32_splat(ap, 12); acc0 = mac(acc0, w0, bits, 3, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 3, x, mask, base, z1, s1);
        if (perWord > 4) { x = v128.load32_splat(ap, 16); acc0 = mac(acc0, w0, bits, 4, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 4, x, mask, base, z1, s1); }
        if (perWord > 5) { x = v128.load32_splat(ap, 20); acc0 = mac(acc0, w0, bits, 5, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 5, x, mask, base, z1, s1); }
        if (perWord > 6) { x = v128.load32_splat(ap, 24); acc0 = mac(acc0, w0, bits, 6, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 6, x, mask, base, z1, s1); }
        if (perWord > 7) { x = v128.load32_splat(ap, 28); acc0 = mac(acc0, w0, bits, 7, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 7, x, mask, base, z1, s1); }
        if (perWord > 8) { x = v128.load32_splat(ap, 32); acc0 = mac(acc0, w0, bits, 8, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 8, x, mask, base, z1, s1); }
        if (perWord > 9) { x = v128.load32_splat(ap, 36); acc0 = mac(acc0, w0, bits, 9, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 9, x, mask, base, z1, s1); }
        if (perWord > 10) { x = v128.load32_splat(ap, 40); acc0 = mac(acc0, w0, bits, 10, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 10, x, mask, base, z1, s1); }
        if (perWord > 11) { x = v128.load32_splat(ap, 44); acc0 = mac(acc0, w0, bits, 11, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 11, x, mask, base, z1, s1); }
        if (perWord > 12) { x = v128.load32_splat(ap, 48); acc0 = mac(acc0, w0, bits, 12, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 12, x, mask, base, z1, s1); }
        if (perWord > 13) { x = v128.load32_splat(ap, 52); acc0 = mac(acc0, w0, bits, 13, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 13, x, mask, base, z1, s1); }
        if (perWord > 14) { x = v128.load32_splat(ap, 56); acc0 = mac(acc0, w0, bits, 14, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 14, x, mask, base, z1, s1); }
        if (perWord > 15) { x = v128.load32_splat(ap, 60); acc0 = mac(acc0, w0, bits, 15, x, mask, base, z0, s0); acc1 = mac(acc1, w1, bits, 15, x, mask, base, z1, s1); }
        ap += <usize>perWord << 2;
        wp += 64;
      }
      if (done < real) { // the last block ends within a word
        let w0 = v128.load(wp), w1 = v128.load(wp, 16);
        for (; done < real; done++) {
          const x = v128.load32_splat(ap);
          acc0 = mac(acc0, v128.and(w0, mask), bits, 0, x, mask, base, z0, s0);
          acc1 = mac(acc1, v128.and(w1, mask), bits, 0, x, mask, base, z1, s1);
          w0 = i32x4.shr_u(w0, bits);
          w1 = i32x4.shr_u(w1, bits);
          ap += 4;
        }
      }
      left -= blockSize;
      sp += 64;
      zp += zeroStride;
    }
    v128.store(y, acc0);
    v128.store(y, acc1, 16);
    y += 32;
    if (half & 1) {
      w += panelBytes;
      scale += <usize>blocks << 6;
      zero += <usize>blocks * zeroStride;
    }
  }
}

/**
 * One row by `panels` panels; zero points are integers. The last block may hold fewer real k than `blockSize`: `k` bounds
 * them.
 */
export function q2_f32_gemv(
  a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  gemv(2, a, w, scale, zero, zeroStride, y, k, blockSize, blocks, panels);
}

/** The same for 4 bits. */
export function q4_f32_gemv(
  a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  gemv(4, a, w, scale, zero, zeroStride, y, k, blockSize, blocks, panels);
}

/** The same for 8 bits. */
export function q8_f32_gemv(
  a: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, k: i32, blockSize: i32, blocks: i32, panels: i32,
): void {
  gemv(8, a, w, scale, zero, zeroStride, y, k, blockSize, blocks, panels);
}

/** Dequantizes one panel of `bits`-bit codes to two float32 panels of 8 columns, [2][K][8]: (q - zero) * scale. */
export function qn_dequantize_panel(
  bits: i32, w: usize, scale: usize, zero: usize, zeroStride: usize, out: usize, blockSize: i32, blocks: i32,
): void {
  const half = <usize>(blockSize * blocks) << 5;
  const perWord = 32 / bits;
  const mask = i32x4.splat((1 << bits) - 1);
  for (let b: i32 = 0; b < blocks; b++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const lane = quarter << 4;
      const s = v128.load(scale + lane), z = v128.load(zero + lane);
      let wp = w + lane, op = out + (quarter >> 1) * half + ((quarter & 1) << 4);
      for (let g: i32 = 0; g < blockSize; g += perWord) {
        let v = v128.load(wp);
        for (let i: i32 = 0; i < perWord; i++) {
          v128.store(op, f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(v128.and(v, mask)), z), s));
          v = i32x4.shr_u(v, bits);
          op += 32;
        }
        wp += 64;
      }
    }
    w += <usize>(blockSize / perWord) << 6;
    out += <usize>blockSize << 5;
    scale += 64;
    zero += zeroStride;
  }
}

// ---- int8 activations (accuracy_level 4): y = sum over blocks of (sa * sb) * sum_k qa * (qb - zero) ----

// Four quantized activations as int32. Where the block is not finite the codes are 0: its scale says the rest.
// @ts-ignore: decorator
@inline
function quantize4(x: v128, inverse: v128): v128 {
  const v = f32x4.mul(x, inverse);
  const finite = f32x4.lt(f32x4.abs(v), v128.load(INFINITE));
  const round = v128.load(ROUND);
  return i32x4.sub(f32x4.add(v128.and(v, finite), round), round);
}

// Eight as int16, k ascending.
// @ts-ignore: decorator
@inline
function quantize8(x: usize, inverse: v128): v128 {
  return i16x8.narrow_i32x4_s(quantize4(v128.load(x), inverse), quantize4(v128.load(x, 16), inverse));
}

/** Largest magnitude of n floats (n a multiple of 4); NaN where one is NaN: without their signs, floats are in the order of their bits. */
// @ts-ignore: decorator
@inline
function absmax(x: usize, n: i32): f32 {
  const magnitude = i32x4.splat(0x7fffffff);
  let m = i32x4.splat(0);
  for (let i: i32 = 0; i < n; i += 4) m = i32x4.max_s(m, v128.and(v128.load(x + (<usize>i << 2)), magnitude));
  m = i32x4.max_s(m, v128.shuffle<i32>(m, m, 2, 3, 0, 1));
  return reinterpret<f32>(max(i32x4.extract_lane(m, 0), i32x4.extract_lane(m, 1)));
}

/** Orders of quantized activations within eight k: what the codes of a word unpack to. */
const FOURS = 0, EVEN_ODD = 1, TWOS = 2, SHIFTS = 4;

/**
 * Quantizes one padded row of activations per block: scale = absmax / 127, q = rint(x / scale by its reciprocal). The row is one of
 * `rows` of a strip, whose 32-bit words alternate. Each group of eight k becomes, by `order`: 0, int16 pairs (0,4) (1,5) (2,6) (3,7);
 * 1, the bytes 0 2 4 6 and 1 3 5 7; 2, int16 pairs (0,2) (1,3) (4,6) (5,7); 3, the bytes as they are; 4, the pairs of 0,
 * less 16 times the k before in the same half (see `q4_i8_gemv`). Bytes are moved by `moved`, 0 or 128. `sums` gets, for each group of
 * `groupSize` k, the sum of half of them and of the others, as int16; in order 4, of those that meet top codes and of the others.
 */
export function nbits_quantize_row(
  x: usize, a: usize, sums: usize, scales: usize, rows: i32, blockSize: i32, groupSize: i32, blocks: i32, order: i32, moved: i32,
): void {
  const ones = i16x8.splat(1), flip = i8x16.splat(<i8>moved), step = <usize>rows << 2;
  for (let b: i32 = 0; b < blocks; b++) {
    const amax = absmax(x, blockSize);
    const s = amax / 127;
    const inverse = f32x4.splat(amax != 0 ? 127 / amax : 0);
    store<f32>(scales, s);
    scales += step;
    for (let g: i32 = 0; g < blockSize; g += groupSize) {
      let sum = i16x8.splat(0);
      for (let i: i32 = 0; i < groupSize; i += 8) {
        let q = quantize8(x, inverse);
        sum = i16x8.add(sum, q);
        if (order == SHIFTS) q = i16x8.sub(q, i16x8.shl(v128.shuffle<i16>(q, i16x8.splat(0), 8, 0, 1, 2, 8, 4, 5, 6), 4));
        if (order == FOURS || order == TWOS || order == SHIFTS) {
          const v = order != TWOS ? v128.shuffle<i16>(q, q, 0, 4, 1, 5, 2, 6, 3, 7) : v128.shuffle<i16>(q, q, 0, 2, 1, 3, 4, 6, 5, 7);
          v128.store32_lane(a, v, 0);
          v128.store32_lane(a + step, v, 1);
          v128.store32_lane(a + 2 * step, v, 2);
          v128.store32_lane(a + 3 * step, v, 3);
          a += 4 * step;
        } else {
          let n = v128.xor(i8x16.narrow_i16x8_s(q, q), flip);
          if (order == EVEN_ODD) n = v128.shuffle<i8>(n, n, 0, 2, 4, 6, 1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7);
          v128.store32_lane(a, n, 0);
          v128.store32_lane(a + step, n, 1);
          a += 2 * step;
        }
        x += 32;
      }
      if (order == SHIFTS) {
        const tops = i16x8.extract_lane_s(sum, 3) + i16x8.extract_lane_s(sum, 7);
        const pairs = i32x4.dot_i16x8_s(sum, ones), all = i32x4.add(pairs, v128.shuffle<i32>(pairs, pairs, 2, 3, 0, 1));
        store<i16>(sums, <i16>(i32x4.extract_lane(all, 0) + i32x4.extract_lane(all, 1) - tops));
        store<i16>(sums, <i16>tops, 2);
      } else {
        // Both halves meet the same zero point: how they divide the sum does not matter.
        const pairs = i32x4.dot_i16x8_s(sum, ones);
        store<i16>(sums, <i16>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)));
        store<i16>(sums, <i16>(i32x4.extract_lane(pairs, 2) + i32x4.extract_lane(pairs, 3)), 2);
      }
      sums += step;
    }
  }
}

// Eight codes of four columns. A shift drops the lowest code of 16 bits and keeps those above it, each worth a sixteenth of before; the
// activations are prepared so that what the sum before had of them too much cancels: with codes n0 n1 n2 n3,
//   a0 (n0 + 16 n1 + 256 n2 + 4096 n3) + (a1 - 16 a0) (n1 + 16 n2 + 256 n3) + (a2 - 16 a1) (n2 + 16 n3) + (a3 - 16 a2) n3
// is a0 n0 + a1 n1 + a2 n2 + a3 n3, and nothing needs a mask.
// @ts-ignore: decorator
@inline
function dot8(acc: v128, v: v128, a: usize): v128 {
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v, v128.load32_splat(a)));
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_s(v, 4), v128.load32_splat(a, 4)));
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_s(v, 8), v128.load32_splat(a, 8)));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_s(v, 12), v128.load32_splat(a, 12)));
}

/** One row by `panels` panels, int16 dots: for engines without relaxed SIMD. `a` in order 4. */
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

// Four codes of four columns times activations in order 2.
// @ts-ignore: decorator
@inline
function bytes4(acc: v128, v: v128, even: v128, odd: v128, low: v128): v128 {
  acc = i32x4.add(acc, i32x4.dot_i16x8_s(v128.and(v, low), even));
  return i32x4.add(acc, i32x4.dot_i16x8_s(i16x8.shr_u(v, 8), odd));
}

/** 8-bit codes: one row by `panels` panels. `a` in order 2. */
export function q8_i8_gemv(
  a: usize, sums: usize, sa: usize, w: usize, scale: usize, zero: usize, zeroStride: usize, y: usize,
  blockSize: i32, groupSize: i32, blocks: i32, panels: i32,
): void {
  const low = v128.load(BYTES16);
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
        for (let i: i32 = 0; i < groupSize; i += 4) {
          const even = v128.load32_splat(ap), odd = v128.load32_splat(ap, 4);
          c0 = bytes4(c0, v128.load(w), even, odd, low);
          c1 = bytes4(c1, v128.load(w, 16), even, odd, low);
          c2 = bytes4(c2, v128.load(w, 32), even, odd, low);
          c3 = bytes4(c3, v128.load(w, 48), even, odd, low);
          ap += 8;
          w += 64;
        }
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
