// Dequantization: y = (q - zero) * scale, the difference exact, one rounding to float32; to float16 a second one.
import { narrow4 } from './half4';
import { COUNT, NIBBLES } from './literals';

// Sixteen signed codes to float32 at y.
// @ts-ignore: decorator
@inline
function sixteen(q: v128, zero: v128, scale: v128, y: usize): void {
  const a = i16x8.sub(i16x8.extend_low_i8x16_s(q), zero), b = i16x8.sub(i16x8.extend_high_i8x16_s(q), zero);
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(a)), scale));
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(a)), scale), 16);
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(b)), scale), 32);
  v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(b)), scale), 48);
}

/**
 * `runs` runs of n codes each, one scale a run. `flip` is 0x80 for u8 and 0 for s8; `zeros` are int32 with the zero point moved
 * alike, one a run (`zeroStep` 4) or one for all (0).
 */
export function dequantize_8(x: usize, scales: usize, zeros: usize, zeroStep: i32, flip: i32, y: usize, n: i32, runs: i32): void {
  const f = i8x16.splat(<i8>flip);
  for (let r: i32 = 0; r < runs; r++) {
    const z = load<i32>(zeros), s = load<f32>(scales);
    const zero = i16x8.splat(<i16>z), scale = f32x4.splat(s);
    let i: i32 = 0;
    for (; i + 16 <= n; i += 16) sixteen(v128.xor(v128.load(x + <usize>i), f), zero, scale, y + (<usize>i << 2));
    for (; i < n; i++) store<f32>(y + (<usize>i << 2), <f32>(<i32><i8>(load<u8>(x + <usize>i) ^ <u8>flip) - z) * s);
    x += <usize>n;
    y += <usize>n << 2;
    scales += 4;
    zeros += <usize>zeroStep;
  }
}

/** The same for 4-bit codes, two a byte, low first; n is even. `signed` 1 for int4. */
export function dequantize_4(x: usize, scales: usize, zeros: usize, zeroStep: i32, signed: i32, y: usize, n: i32, runs: i32): void {
  const mask = i8x16.splat(15), bias = i8x16.splat(signed ? 8 : 0);
  for (let r: i32 = 0; r < runs; r++) {
    const z = load<i32>(zeros), s = load<f32>(scales);
    const zero = i16x8.splat(<i16>z), scale = f32x4.splat(s);
    let i: i32 = 0;
    for (; i + 32 <= n; i += 32) {
      const v = v128.load(x + <usize>(i >> 1));
      // (nibble ^ 8) - 8 extends the sign
      const lo = i8x16.sub(v128.xor(v128.and(v, mask), bias), bias);
      const hi = i8x16.sub(v128.xor(v128.and(i16x8.shr_u(v, 4), mask), bias), bias);
      const o = y + (<usize>i << 2);
      sixteen(v128.shuffle<i8>(lo, hi, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), zero, scale, o);
      sixteen(v128.shuffle<i8>(lo, hi, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), zero, scale, o + 64);
    }
    for (; i < n; i++) {
      const nibble = (<i32>load<u8>(x + <usize>(i >> 1)) >> ((i & 1) << 2)) & 15;
      const q = signed ? (nibble ^ 8) - 8 : nibble;
      store<f32>(y + (<usize>i << 2), <f32>(q - z) * s);
    }
    x += <usize>(n >> 1);
    y += <usize>n << 2;
    scales += 4;
    zeros += <usize>zeroStep;
  }
}

// Four values of four codes, as float16 patterns in 32-bit lanes.
// @ts-ignore: decorator
@inline
function entries(codes: v128, zero: v128, scale: v128): v128 {
  return narrow4(f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(codes, zero)), scale));
}

/**
 * `dequantize_4` to float16, n a multiple of 32: the 16 values of a run are calculated once, their bytes looked up.
 */
export function dequantize_4_half(x: usize, scales: usize, zeros: usize, zeroStep: i32, signed: i32, y: usize, n: i32, runs: i32): void {
  const mask = v128.load(NIBBLES);
  const c0 = v128.load(COUNT), four = i32x4.splat(4), c1 = i32x4.add(c0, four);
  // codes of the nibbles 8 to 15, which are negative in int4
  const c2 = i32x4.sub(i32x4.add(c1, four), i32x4.splat(signed << 4)), c3 = i32x4.add(c2, four);
  for (let r: i32 = 0; r < runs; r++) {
    const zero = v128.load32_splat(zeros), scale = v128.load32_splat(scales);
    const t0 = i16x8.narrow_i32x4_u(entries(c0, zero, scale), entries(c1, zero, scale));
    const t1 = i16x8.narrow_i32x4_u(entries(c2, zero, scale), entries(c3, zero, scale));
    const low = v128.shuffle<i8>(t0, t1, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    const high = v128.shuffle<i8>(t0, t1, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    for (let i: i32 = 0; i < n; i += 32) {
      const v = v128.load(x);
      const even = v128.and(v, mask), odd = v128.and(i16x8.shr_u(v, 4), mask);
      lookUp(v128.shuffle<i8>(even, odd, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), low, high, y);
      lookUp(v128.shuffle<i8>(even, odd, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), low, high, y + 32);
      x += 16;
      y += 64;
    }
    scales += 4;
    zeros += <usize>zeroStep;
  }
}

// Sixteen float16 by their numbers in the table.
// @ts-ignore: decorator
@inline
function lookUp(numbers: v128, low: v128, high: v128, y: usize): void {
  const l = i8x16.swizzle(low, numbers), h = i8x16.swizzle(high, numbers);
  v128.store(y, v128.shuffle<i8>(l, h, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  v128.store(y, v128.shuffle<i8>(l, h, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), 16);
}

/** One row of n codes with a scale and a zero point (int32) for each column. */
export function dequantize_8_columns(x: usize, scales: usize, zeros: usize, flip: i32, y: usize, n: i32): void {
  const f = i8x16.splat(<i8>flip);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    const q = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.xor(v128.load32_zero(x + <usize>i), f)));
    v128.store(y + o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q, v128.load(zeros + o))), v128.load(scales + o)));
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    store<f32>(y + o, <f32>(<i32><i8>(load<u8>(x + <usize>i) ^ <u8>flip) - load<i32>(zeros + o)) * load<f32>(scales + o));
  }
}

/** The same for 4-bit codes; n is even. */
export function dequantize_4_columns(x: usize, scales: usize, zeros: usize, signed: i32, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i += 8) {
    const left = n - i;
    const word = left >= 8 ? load<u32>(x + <usize>(i >> 1)) : loadPartial(x + <usize>(i >> 1), left >> 1);
    let v = i32x4.splat(word);
    // lanes 0..3 take nibbles 0..3, then 4..7
    let a = i32x4.replace_lane(v, 1, word >> 4);
    a = i32x4.replace_lane(a, 2, word >> 8);
    a = i32x4.replace_lane(a, 3, word >> 12);
    v = i32x4.shr_u(a, 16);
    const m = i32x4.splat(15), bias = i32x4.splat(signed ? 8 : 0);
    const o = <usize>i << 2;
    const q0 = i32x4.sub(v128.xor(v128.and(a, m), bias), bias), q1 = i32x4.sub(v128.xor(v128.and(v, m), bias), bias);
    if (left >= 8) {
      v128.store(y + o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q0, v128.load(zeros + o))), v128.load(scales + o)));
      v128.store(y + o, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(q1, v128.load(zeros + o, 16))), v128.load(scales + o, 16)), 16);
    } else {
      for (let j: i32 = 0; j < left; j++) {
        const nibble = (word >> (<u32>j << 2)) & 15;
        const q = <i32>(signed ? (nibble ^ 8) - 8 : nibble);
        const at = o + (<usize>j << 2);
        store<f32>(y + at, <f32>(q - load<i32>(zeros + at)) * load<f32>(scales + at));
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function loadPartial(p: usize, bytes: i32): u32 {
  let word: u32 = 0;
  for (let b: i32 = 0; b < bytes; b++) word |= <u32>load<u8>(p + <usize>b) << (<u32>b << 3);
  return word;
}
