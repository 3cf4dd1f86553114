// Block-quantized weights times int8 activations with relaxed dots, for many rows. A panel of codes is unpacked once into bytes, which
// all rows then read from the first cache:
//   panel   [2][K/4][8][4]      two halves of 8 columns; k in the order of the activations
//   a       [K/4][R][4] i8      strips of R rows, quantized by blocks
//   sums    [groups][R][2] i16, scales [blocks][R] f32
// Two ways to multiply. DOTS: i32 dots, where the engine has fast ones; codes of 4 bits, or of 8 with the top bit as the dots want it.
// WORDS: dots added in int16, for 4-bit codes on any engine: a pair is at most 2 * 127 * 15, and eight fit 16 bits.
import { NIBBLES, ONES16 } from './literals';
import { clearRows, settle } from './settle';

/** Unpacks 16 columns of 4-bit codes, `words` words of 8 codes each, to bytes: of each word k 0 2 4 6, then 1 3 5 7. */
export function q4_unpack_bytes(w: usize, words: i32, out: usize): void {
  const mask = v128.load(NIBBLES), half = <usize>words << 6;
  for (let i: i32 = 0; i < words; i++) {
    for (let quarter: usize = 0; quarter < 4; quarter++) {
      const v = v128.load(w + (quarter << 4)), to = out + (quarter >> 1) * half + ((quarter & 1) << 4);
      v128.store(to, v128.and(v, mask));
      v128.store(to, v128.and(i16x8.shr_u(v, 4), mask), 32);
    }
    w += 64;
    out += 64;
  }
}

/** Parts 16 columns of 8-bit codes, `words` words of 4 codes each, into their halves; each byte xor `flip`. */
export function q8_unpack_bytes(w: usize, words: i32, out: usize, flip: i32): void {
  const f = i8x16.splat(<i8>flip), half = <usize>words << 5;
  for (let i: i32 = 0; i < words; i++) {
    v128.store(out, v128.xor(v128.load(w), f));
    v128.store(out, v128.xor(v128.load(w, 16), f), 16);
    v128.store(out + half, v128.xor(v128.load(w, 32), f));
    v128.store(out + half, v128.xor(v128.load(w, 48), f), 16);
    w += 64;
    out += 32;
  }
}

const DOTS = 0, WORDS = 1;

// Four k of four columns.
// @ts-ignore: decorator
@inline
function mac(how: i32, acc: v128, a: v128, b: v128): v128 {
  if (how == DOTS) return i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, acc);
  return i16x8.add(acc, i16x8.relaxed_dot_i8x16_i7x16_s(a, b));
}

// -zero * sum: sums of WORDS that start there stay within 16 bits.
// @ts-ignore: decorator
@inline
function start(how: i32, zero: v128, sum: v128): v128 {
  if (how == DOTS) return i32x4.dot_i16x8_s(zero, sum);
  return i16x8.mul(zero, sum);
}

// @ts-ignore: decorator
@inline
function total(how: i32, acc: v128, ones: v128): v128 {
  if (how == DOTS) return acc;
  return i32x4.dot_i16x8_s(acc, ones);
}

// The sum of the groups of a block so far, kept at `carry` (or, when `keep` is 0, no longer).
// @ts-ignore: decorator
@inline
function carried(sum: v128, carry: usize, keep: v128): v128 {
  const t = i32x4.add(sum, v128.load(carry));
  v128.store(carry, v128.and(t, keep));
  return t;
}

// One strip of `rows` (literal) rows times one half panel: y [rows][8] += the shares of the blocks.
// @ts-ignore: decorator
@inline
function strip(
  how: i32, rows: i32, a: usize, sums: usize, scales: usize, b: usize, scale: usize, zero: usize, zeroStride: usize, y: usize, yBytes: usize,
  groupSize: i32, groups: i32, blocks: i32, carry: usize,
): void {
  const step = <usize>rows << 2;
  const y1 = y + yBytes, y2 = y1 + yBytes, y3 = y2 + yBytes, y4 = y3 + yBytes, y5 = y4 + yBytes;
  const ones = v128.load(ONES16);
  let group: i32 = 0;
  for (let n: i32 = blocks * groups; n > 0; n--) {
    const z0 = v128.load(zero), z1 = v128.load(zero, 16);
    let s = v128.load32_splat(sums);
    let c00 = start(how, z0, s), c01 = start(how, z1, s);
    let c10 = c00, c11 = c01;
    let c20 = c00, c21 = c01;
    let c30 = c00, c31 = c01;
    let c40 = c00, c41 = c01;
    let c50 = c00, c51 = c01;
    if (rows > 1) { s = v128.load32_splat(sums, 4); c10 = start(how, z0, s); c11 = start(how, z1, s); }
    if (rows > 2) { s = v128.load32_splat(sums, 8); c20 = start(how, z0, s); c21 = start(how, z1, s); }
    if (rows > 3) { s = v128.load32_splat(sums, 12); c30 = start(how, z0, s); c31 = start(how, z1, s); }
    if (rows > 4) { s = v128.load32_splat(sums, 16); c40 = start(how, z0, s); c41 = start(how, z1, s); }
    if (rows > 5) { s = v128.load32_splat(sums, 20); c50 = start(how, z0, s); c51 = start(how, z1, s); }
    for (let i: i32 = 0; i < groupSize; i += 4) {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a); c00 = mac(how, c00, x, b0); c01 = mac(how, c01, x, b1);
      if (rows > 1) { x = v128.load32_splat(a, 4); c10 = mac(how, c10, x, b0); c11 = mac(how, c11, x, b1); }
      if (rows > 2) { x = v128.load32_splat(a, 8); c20 = mac(how, c20, x, b0); c21 = mac(how, c21, x, b1); }
      if (rows > 3) { x = v128.load32_splat(a, 12); c30 = mac(how, c30, x, b0); c31 = mac(how, c31, x, b1); }
      if (rows > 4) { x = v128.load32_splat(a, 16); c40 = mac(how, c40, x, b0); c41 = mac(how, c41, x, b1); }
      if (rows > 5) { x = v128.load32_splat(a, 20); c50 = mac(how, c50, x, b0); c51 = mac(how, c51, x, b1); }
      a += step;
      b += 32;
    }
    c00 = total(how, c00, ones); c01 = total(how, c01, ones);
    if (rows > 1) { c10 = total(how, c10, ones); c11 = total(how, c11, ones); }
    if (rows > 2) { c20 = total(how, c20, ones); c21 = total(how, c21, ones); }
    if (rows > 3) { c30 = total(how, c30, ones); c31 = total(how, c31, ones); }
    if (rows > 4) { c40 = total(how, c40, ones); c41 = total(how, c41, ones); }
    if (rows > 5) { c50 = total(how, c50, ones); c51 = total(how, c51, ones); }
    if (groups > 1) {
      const last = ++group == groups, keep = i32x4.splat(last ? 0 : -1);
      c00 = carried(c00, carry + 0, keep); c01 = carried(c01, carry + 16, keep);
      if (rows > 1) { c10 = carried(c10, carry + 32, keep); c11 = carried(c11, carry + 48, keep); }
      if (rows > 2) { c20 = carried(c20, carry + 64, keep); c21 = carried(c21, carry + 80, keep); }
      if (rows > 3) { c30 = carried(c30, carry + 96, keep); c31 = carried(c31, carry + 112, keep); }
      if (rows > 4) { c40 = carried(c40, carry + 128, keep); c41 = carried(c41, carry + 144, keep); }
      if (rows > 5) { c50 = carried(c50, carry + 160, keep); c51 = carried(c51, carry + 176, keep); }
      sums += step;
      if (!last) continue;
      group = 0;
    } else sums += step;
    const s0 = v128.load(scale), s1 = v128.load(scale, 16);
    s = v128.load32_splat(scales); settle(y, 0, s, s0, c00); settle(y, 16, s, s1, c01);
    if (rows > 1) { s = v128.load32_splat(scales, 4); settle(y1, 0, s, s0, c10); settle(y1, 16, s, s1, c11); }
    if (rows > 2) { s = v128.load32_splat(scales, 8); settle(y2, 0, s, s0, c20); settle(y2, 16, s, s1, c21); }
    if (rows > 3) { s = v128.load32_splat(scales, 12); settle(y3, 0, s, s0, c30); settle(y3, 16, s, s1, c31); }
    if (rows > 4) { s = v128.load32_splat(scales, 16); settle(y4, 0, s, s0, c40); settle(y4, 16, s, s1, c41); }
    if (rows > 5) { s = v128.load32_splat(scales, 20); settle(y5, 0, s, s0, c50); settle(y5, 16, s, s1, c51); }
    scales += step;
    scale += 64;
    zero += zeroStride;
  }
}

// @ts-ignore: decorator
@inline
function panel(
  how: i32, rows: i32, a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32
): void {
  const half = <usize>(groupSize * groups * blocks) << 3;
  for (let i: i32 = 0; i < strips; i++) {
    if (clear) clearRows(y, yBytes, rows);
    for (let h: usize = 0; h < 2; h++) {
      strip(how, rows, a, sums, scales, b + h * half, scale + 32 * h, zero + 32 * h, zeroStride, y + 32 * h, yBytes, groupSize, groups, blocks, carry);
    }
    a += aStrip;
    sums += sumStrip;
    scales += scaleStrip;
    y += <usize>rows * yBytes;
  }
}

/**
 * `strips` strips of 6 rows times an unpacked panel, with i32 dots: y [rows][16] += (or, with `clear`, =) the shares of `blocks` blocks of
 * `groups` groups each. Strips of `a`, `sums` and `scales` lie aStrip, sumStrip and scaleStrip bytes apart, rows of y yBytes. `carry` is
 * scratch of 192 bytes, 0 before and after.
 */
export function nbits_dots_6(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(DOTS, 6, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** Strips of 4 rows. */
export function nbits_dots_4(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(DOTS, 4, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** Strips of 2 rows. */
export function nbits_dots_2(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(DOTS, 2, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** Strips of 1 row. */
export function nbits_dots_1(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(DOTS, 1, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** The same with dots added in int16, for groups of at most 32 k: strips of 4 rows. */
export function nbits_words_4(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(WORDS, 4, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** Strips of 2 rows. */
export function nbits_words_2(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(WORDS, 2, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
/** Strips of 1 row. */
export function nbits_words_1(
  a: usize, aStrip: usize, sums: usize, sumStrip: usize, scales: usize, scaleStrip: usize, b: usize, scale: usize, zero: usize, zeroStride: usize,
  y: usize, yBytes: usize, groupSize: i32, groups: i32, blocks: i32, clear: i32, carry: usize, strips: i32,
): void {
  panel(WORDS, 1, a, aStrip, sums, sumStrip, scales, scaleStrip, b, scale, zero, zeroStride, y, yBytes, groupSize, groups, blocks, clear, carry, strips);
}
