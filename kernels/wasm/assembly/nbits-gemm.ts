// Block-quantized weights times int8 activations with int16 dots, for many rows. A panel of codes is unpacked once into int16 less their
// zero points, which all rows then read from the first cache:
//   panel   [2][K/2][8][2] i16   two halves of 8 columns; k in the order of the activations
//   a       [K/2][R][2] i16      strips of R rows, quantized by blocks
//   scales  [blocks][R] f32
import { BYTES16, NIBBLES16 } from './literals';
import { clearRows, settle } from './settle';

/**
 * Unpacks 16 columns of 4- or 8-bit codes and adds their negated zero points, pairs of int16: of each word pairs (0,4) (1,5) (2,6) (3,7),
 * or (0,2) (1,3).
 */
export function nbits_unpack_words(bits: i32, w: usize, zero: usize, zeroStride: usize, blockSize: i32, blocks: i32, out: usize): void {
  const half = <usize>(blockSize * blocks) << 4, words = bits == 4 ? blockSize >> 3 : blockSize >> 2;
  const low = v128.load(bits == 4 ? NIBBLES16 : BYTES16);
  for (let n: i32 = 0; n < blocks; n++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const zeros = v128.load(zero + (quarter << 4));
      const z = v128.shuffle<i16>(zeros, zeros, 0, 0, 2, 2, 4, 4, 6, 6), top = v128.shuffle<i16>(zeros, zeros, 1, 1, 3, 3, 5, 5, 7, 7);
      let from = w + (quarter << 4), to = out + (quarter >> 1) * half + ((quarter & 1) << 4);
      for (let i: i32 = 0; i < words; i++) {
        const v = v128.load(from);
        if (bits == 4) {
          v128.store(to, i16x8.add(v128.and(v, low), z));
          v128.store(to, i16x8.add(v128.and(i16x8.shr_u(v, 4), low), z), 32);
          v128.store(to, i16x8.add(v128.and(i16x8.shr_u(v, 8), low), z), 64);
          v128.store(to, i16x8.add(i16x8.shr_s(v, 12), top), 96);
          to += 128;
        } else {
          v128.store(to, i16x8.add(v128.and(v, low), z));
          v128.store(to, i16x8.add(i16x8.shr_u(v, 8), z), 32);
          to += 64;
        }
        from += 64;
      }
    }
    w += <usize>words << 6;
    out += <usize>blockSize << 4;
    zero += zeroStride;
  }
}

// Two k of four columns.
// @ts-ignore: decorator
@inline
function mac(acc: v128, a: v128, b: v128): v128 {
  return i32x4.add(acc, i32x4.dot_i16x8_s(a, b));
}

// One strip of `rows` (literal) rows times one half panel: y [rows][8] += the shares of `blocks` blocks.
// @ts-ignore: decorator
@inline
function strip(rows: i32, a: usize, scales: usize, b: usize, scale: usize, y: usize, yBytes: usize, blockSize: i32, blocks: i32): void {
  const step = <usize>rows << 2;
  const y1 = y + yBytes, y2 = y1 + yBytes, y3 = y2 + yBytes;
  for (let n: i32 = 0; n < blocks; n++) {
    let c00 = i32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    for (let i: i32 = 0; i < blockSize; i += 2) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a); c00 = mac(c00, x, b0); c01 = mac(c01, x, b1);
      if (rows > 1) { x = v128.load32_splat(a, 4); c10 = mac(c10, x, b0); c11 = mac(c11, x, b1); }
      if (rows > 2) { x = v128.load32_splat(a, 8); c20 = mac(c20, x, b0); c21 = mac(c21, x, b1); }
      if (rows > 3) { x = v128.load32_splat(a, 12); c30 = mac(c30, x, b0); c31 = mac(c31, x, b1); }
      a += step;
      b += 32;
    }
    const s0 = v128.load(scale), s1 = v128.load(scale, 16);
    let s = v128.load32_splat(scales); settle(y, 0, s, s0, c00); settle(y, 16, s, s1, c01);
    if (rows > 1) { s = v128.load32_splat(scales, 4); settle(y1, 0, s, s0, c10); settle(y1, 16, s, s1, c11); }
    if (rows > 2) { s = v128.load32_splat(scales, 8); settle(y2, 0, s, s0, c20); settle(y2, 16, s, s1, c21); }
    if (rows > 3) { s = v128.load32_splat(scales, 12); settle(y3, 0, s, s0, c30); settle(y3, 16, s, s1, c31); }
    scales += step;
    scale += 64;
  }
}

// @ts-ignore: decorator
@inline
function panel(
  rows: i32, a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, y: usize, yBytes: usize, blockSize: i32, blocks: i32,
  clear: i32, strips: i32,
): void {
  const half = <usize>(blockSize * blocks) << 4;
  for (let i: i32 = 0; i < strips; i++) {
    if (clear) clearRows(y, yBytes, rows);
    strip(rows, a, scales, b, scale, y, yBytes, blockSize, blocks);
    strip(rows, a, scales, b + half, scale + 32, y + 32, yBytes, blockSize, blocks);
    a += aStrip;
    scales += scaleStrip;
    y += <usize>rows * yBytes;
  }
}

/**
 * `strips` strips of `rows` (4, 2 or 1) rows times an unpacked panel: y [rows][16] += (or, with `clear`, =) the shares of `blocks` blocks.
 * Strips of `a` and `scales` lie aStrip and scaleStrip bytes apart, rows of y yBytes.
 */
export function nbits_gemm(
  rows: i32, a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, y: usize, yBytes: usize, blockSize: i32, blocks: i32,
  clear: i32, strips: i32,
): void {
  if (rows == 4) panel(4, a, aStrip, scales, scaleStrip, b, scale, y, yBytes, blockSize, blocks, clear, strips);
  else if (rows == 2) panel(2, a, aStrip, scales, scaleStrip, b, scale, y, yBytes, blockSize, blocks, clear, strips);
  else panel(1, a, aStrip, scales, scaleStrip, b, scale, y, yBytes, blockSize, blocks, clear, strips);
}
