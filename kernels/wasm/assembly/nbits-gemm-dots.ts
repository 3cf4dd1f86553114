// 4-bit weights times int8 activations, for many rows, where one instruction multiplies signed with unsigned bytes and adds (the class usdot
// of modules.ts). A panel of codes is unpacked once into signed bytes less their zero points, which all rows then read from the first cache:
//   panel   [2][K/4][8][4] i8   two halves of 8 columns; k in the order of the activations
//   starts  [2][blocks][8] i32  what the sums of a block begin with
//   a       [K/4][R][4] u8      strips of R rows, quantized by blocks and moved by 128; scales [blocks][R] f32
// Sums begin with -128 times the sum of the weights, and with the bits of 1.5 * 2^23: as long as they are below 2^22 (blocks of at most 256),
// a subtraction makes them floats.
import { NIBBLES, ROUND } from './literals';
import { clearRows } from './settle';

// Adds up the four bytes of each lane.
// @ts-ignore: decorator
@inline
function sums4(v: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v));
}

/** Unpacks 16 columns of 4-bit codes: of each word k 0 2 4 6, then 1 3 5 7, plus negated zero points (pairs of equal int16). */
export function q4_unpack_signed(w: usize, zero: usize, zeroStride: usize, blockSize: i32, blocks: i32, out: usize, starts: usize): void {
  const mask = v128.load(NIBBLES), words = blockSize >> 3;
  const half = <usize>(blockSize * blocks) << 3, startHalf = <usize>blocks << 5;
  for (let n: i32 = 0; n < blocks; n++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const at = quarter << 4;
      let z = v128.load(zero + at);
      z = v128.shuffle<i8>(z, z, 0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
      let from = w + at, to = out + (quarter >> 1) * half + ((quarter & 1) << 4), sum = i32x4.splat(0);
      for (let i: i32 = 0; i < words; i++) {
        const v = v128.load(from);
        const even = i8x16.add(v128.and(v, mask), z), odd = i8x16.add(v128.and(i16x8.shr_u(v, 4), mask), z);
        v128.store(to, even);
        v128.store(to, odd, 32);
        sum = i32x4.add(sum, i32x4.add(sums4(even), sums4(odd)));
        from += 64;
        to += 64;
      }
      v128.store(starts + (quarter >> 1) * startHalf + ((quarter & 1) << 4), i32x4.sub(v128.load(ROUND), i32x4.shl(sum, 7)));
    }
    w += <usize>words << 6;
    out += <usize>blockSize << 3;
    starts += 32;
    zero += zeroStride;
  }
}

// @ts-ignore: decorator
@inline
function mac(acc: v128, a: v128, b: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(b, a, acc);
}

// y[offset..] += (sa * scale) * sum, the sum in the low bits of 1.5 * 2^23.
// @ts-ignore: decorator
@inline
function settle(y: usize, offset: usize, sa: v128, scale: v128, sum: v128, round: v128): void {
  v128.store(y + offset, f32x4.add(v128.load(y + offset), f32x4.mul(f32x4.mul(sa, scale), f32x4.sub(sum, round))));
}

// One strip of `rows` (literal) rows times one half panel: y [rows][8] += the shares of the blocks.
// @ts-ignore: decorator
@inline
function strip(
  rows: i32, a: usize, scales: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize, blockSize: i32, blocks: i32,
): void {
  const step = <usize>rows << 2;
  const y1 = y + yBytes, y2 = y1 + yBytes, y3 = y2 + yBytes, y4 = y3 + yBytes, y5 = y4 + yBytes;
  for (let n: i32 = 0; n < blocks; n++) {
    let c00 = v128.load(starts), c01 = v128.load(starts, 16);
    let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01, c40 = c00, c41 = c01, c50 = c00, c51 = c01;
    for (const end = b + (<usize>blockSize << 3); b < end; b += 32) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a); c00 = mac(c00, x, b0); c01 = mac(c01, x, b1);
      if (rows > 1) { x = v128.load32_splat(a, 4); c10 = mac(c10, x, b0); c11 = mac(c11, x, b1); }
      if (rows > 2) { x = v128.load32_splat(a, 8); c20 = mac(c20, x, b0); c21 = mac(c21, x, b1); }
      if (rows > 3) { x = v128.load32_splat(a, 12); c30 = mac(c30, x, b0); c31 = mac(c31, x, b1); }
      if (rows > 4) { x = v128.load32_splat(a, 16); c40 = mac(c40, x, b0); c41 = mac(c41, x, b1); }
      if (rows > 5) { x = v128.load32_splat(a, 20); c50 = mac(c50, x, b0); c51 = mac(c51, x, b1); }
      a += step;
    }
    // Loaded here: in the loop above all registers are taken.
    const s0 = v128.load(scale), s1 = v128.load(scale, 16), round = v128.load(ROUND);
    let s = v128.load32_splat(scales); settle(y, 0, s, s0, c00, round); settle(y, 16, s, s1, c01, round);
    if (rows > 1) { s = v128.load32_splat(scales, 4); settle(y1, 0, s, s0, c10, round); settle(y1, 16, s, s1, c11, round); }
    if (rows > 2) { s = v128.load32_splat(scales, 8); settle(y2, 0, s, s0, c20, round); settle(y2, 16, s, s1, c21, round); }
    if (rows > 3) { s = v128.load32_splat(scales, 12); settle(y3, 0, s, s0, c30, round); settle(y3, 16, s, s1, c31, round); }
    if (rows > 4) { s = v128.load32_splat(scales, 16); settle(y4, 0, s, s0, c40, round); settle(y4, 16, s, s1, c41, round); }
    if (rows > 5) { s = v128.load32_splat(scales, 20); settle(y5, 0, s, s0, c50, round); settle(y5, 16, s, s1, c51, round); }
    scales += step;
    scale += 64;
    starts += 32;
  }
}

// @ts-ignore: decorator
@inline
function panel(
  rows: i32, a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize,
  blockSize: i32, blocks: i32, clear: i32, strips: i32,
): void {
  const half = <usize>(blockSize * blocks) << 3, startHalf = <usize>blocks << 5;
  for (let i: i32 = 0; i < strips; i++) {
    if (clear) clearRows(y, yBytes, rows);
    for (let h: usize = 0; h < 2; h++) strip(rows, a, scales, b + h * half, starts + h * startHalf, scale + 32 * h, y + 32 * h, yBytes, blockSize, blocks);
    a += aStrip;
    scales += scaleStrip;
    y += <usize>rows * yBytes;
  }
}

/**
 * `strips` strips of 6 rows times an unpacked panel: y [rows][16] += (or, with `clear`, =) the shares of `blocks` blocks. Strips of `a` and
 * `scales` lie aStrip and scaleStrip bytes apart, rows of y yBytes.
 */
export function q4_signed_6(
  a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize,
  blockSize: i32, blocks: i32, clear: i32, strips: i32,
): void {
  panel(6, a, aStrip, scales, scaleStrip, b, starts, scale, y, yBytes, blockSize, blocks, clear, strips);
}
/** Strips of 4 rows. */
export function q4_signed_4(
  a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize,
  blockSize: i32, blocks: i32, clear: i32, strips: i32,
): void {
  panel(4, a, aStrip, scales, scaleStrip, b, starts, scale, y, yBytes, blockSize, blocks, clear, strips);
}
/** Strips of 2 rows. */
export function q4_signed_2(
  a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize,
  blockSize: i32, blocks: i32, clear: i32, strips: i32,
): void {
  panel(2, a, aStrip, scales, scaleStrip, b, starts, scale, y, yBytes, blockSize, blocks, clear, strips);
}
/** Strips of 1 row. */
export function q4_signed_1(
  a: usize, aStrip: usize, scales: usize, scaleStrip: usize, b: usize, starts: usize, scale: usize, y: usize, yBytes: usize,
  blockSize: i32, blocks: i32, clear: i32, strips: i32,
): void {
  panel(1, a, aStrip, scales, scaleStrip, b, starts, scale, y, yBytes, blockSize, blocks, clear, strips);
}
