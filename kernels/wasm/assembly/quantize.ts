// Quantization of float32 tensors: y = saturate(rint(x / scale) + zero).

/** Magic number that rounds half to even while |x| < 2^22. */
const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

// Four codes as int32: clamped before rounding, which keeps the magic addition exact. NaN becomes `low`.
// @ts-ignore: decorator
@inline
function codes(x: v128, scale: v128, lo: v128, hi: v128, magic: v128, bits: v128): v128 {
  return i32x4.sub(f32x4.add(f32x4.pmin(hi, f32x4.pmax(lo, f32x4.div(x, scale))), magic), bits);
}

/** n floats to 8-bit codes in [low, high], one scale and zero point. */
export function quantize_8(x: usize, scale: f32, zero: i32, low: i32, high: i32, y: usize, n: i32): void {
  const s = f32x4.splat(scale), lo = f32x4.splat(<f32>(low - zero)), hi = f32x4.splat(<f32>(high - zero));
  const magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS - zero), byte = i16x8.splat(255);
  let i: i32 = 0;
  for (; i + 16 <= n; i += 16) {
    const p = x + (<usize>i << 2);
    const a = i16x8.narrow_i32x4_s(codes(v128.load(p), s, lo, hi, magic, bits), codes(v128.load(p, 16), s, lo, hi, magic, bits));
    const b = i16x8.narrow_i32x4_s(codes(v128.load(p, 32), s, lo, hi, magic, bits), codes(v128.load(p, 48), s, lo, hi, magic, bits));
    v128.store(y + <usize>i, i8x16.narrow_i16x8_u(v128.and(a, byte), v128.and(b, byte)));
  }
  for (; i < n; i++) {
    const v = codes(f32x4.splat(load<f32>(x + (<usize>i << 2))), s, lo, hi, magic, bits);
    store<u8>(y + <usize>i, <u8>i32x4.extract_lane(v, 0));
  }
}

/**
 * uint8 over the range of n floats and 0: scale = (max - min) / 255, zero = rint(-min / scale). Writes the codes to y, and
 * scale (f32) and zero point (i32) to `parameters`. NaN is skipped in the range; a range of nothing but 0 has scale 1.
 */
export function dynamic_quantize(x: usize, n: i32, y: usize, parameters: usize): void {
  let lo4 = f32x4.splat(0), hi4 = lo4, lo5 = lo4, hi5 = lo4, lo6 = lo4, hi6 = lo4, lo7 = lo4, hi7 = lo4;
  let i: i32 = 0;
  // pmin(a, b) = b < a ? b : a: NaN leaves the bound. Four bounds a side: none waits for the one before.
  for (; i + 16 <= n; i += 16) {
    const p = x + (<usize>i << 2);
    let v = v128.load(p); lo4 = f32x4.pmin(lo4, v); hi4 = f32x4.pmax(hi4, v);
    v = v128.load(p, 16); lo5 = f32x4.pmin(lo5, v); hi5 = f32x4.pmax(hi5, v);
    v = v128.load(p, 32); lo6 = f32x4.pmin(lo6, v); hi6 = f32x4.pmax(hi6, v);
    v = v128.load(p, 48); lo7 = f32x4.pmin(lo7, v); hi7 = f32x4.pmax(hi7, v);
  }
  lo4 = f32x4.pmin(f32x4.pmin(lo4, lo5), f32x4.pmin(lo6, lo7));
  hi4 = f32x4.pmax(f32x4.pmax(hi4, hi5), f32x4.pmax(hi6, hi7));
  let lo = min(min(f32x4.extract_lane(lo4, 0), f32x4.extract_lane(lo4, 1)), min(f32x4.extract_lane(lo4, 2), f32x4.extract_lane(lo4, 3)));
  let hi = max(max(f32x4.extract_lane(hi4, 0), f32x4.extract_lane(hi4, 1)), max(f32x4.extract_lane(hi4, 2), f32x4.extract_lane(hi4, 3)));
  for (; i < n; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    if (v < lo) lo = v;
    if (v > hi) hi = v;
  }
  const scale: f32 = hi == lo ? 1 : (hi - lo) / 255;
  const zero = <i32>min<f32>(255, max<f32>(0, nearest((<f32>0 - lo) / scale)));
  store<f32>(parameters, scale);
  store<i32>(parameters, zero, 4);
  quantize_8(x, scale, zero, 0, 255, y, n);
}

// ---- 8-bit operands that broadcast: steps are 1 or 0 ----

// x * ratio + t rounded once to float32: the product is exact in float64, and a float64 sum that lies half way between
// two floats goes where its own rounding error points.
// @ts-ignore: decorator
@inline
function fused(x: f64, ratio: f64, t: f64): f32 {
  const product = x * ratio;
  const sum = product + t;
  const near = <f32>sum;
  const other = <f64>near + 2 * (sum - <f64>near);
  if (other == <f64>near || <f64><f32>other != other) return near;
  const back = sum - product;
  const error = (product - (sum - back)) + (t - back);
  return error == 0 || (error > 0) == (<f64>near > other) ? near : <f32>other;
}

// Four codes, less their zero point.
// @ts-ignore: decorator
@inline
function centered(p: usize, step: i32, flip: v128, zero: v128): v128 {
  const v = v128.xor(step ? v128.load32_zero(p) : v128.load8_splat(p), flip);
  return i32x4.sub(i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v)), zero);
}

// Sixteen codes become four vectors of floats; unsigned ones are moved to the signed range by `flip`.
// @ts-ignore: decorator
@inline
function low8(p: usize, step: i32, flip: v128): v128 {
  return i16x8.extend_low_i8x16_s(v128.xor(step ? v128.load(p) : v128.load8_splat(p), flip));
}
// @ts-ignore: decorator
@inline
function high8(p: usize, step: i32, flip: v128): v128 {
  return i16x8.extend_high_i8x16_s(v128.xor(step ? v128.load(p) : v128.load8_splat(p), flip));
}
// @ts-ignore: decorator
@inline
function low4(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(v));
}
// @ts-ignore: decorator
@inline
function high4(v: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(v));
}

// x * ratio + terms[y], fused, as a code.
// @ts-ignore: decorator
@inline
function exactSum(x: usize, y: usize, flip: i32, ratio: f64, terms: usize, low: f32, high: f32): u8 {
  const code = flip ? <i32>load<u8>(x) : <i32>load<i8>(x);
  const v = fused(<f64>code, ratio, <f64>load<f32>(terms + (<usize>load<u8>(y) << 2)));
  return <u8><i32>nearest(v > low ? (v < high ? v : high) : low);
}

// @ts-ignore: decorator
@inline
function isWhole(x: f64): bool {
  return floor(x) == x;
}

/**
 * c = saturate(rint(x * ratio + terms[y])) for n codes; `flip` is 0x80 for u8 and 0 for s8. The terms are a straight line but for their
 * rounding, so that sixteen sums at a time are taken as x * ratio + y * slope + base; where one of them comes closer to a tie than the error
 * of that, all sixteen are calculated as the sentence says.
 */
export function qlinear_add(x: usize, xStep: i32, y: usize, yStep: i32, flip: i32, ratio: f32, terms: usize, low: i32, high: i32, c: usize, n: i32): void {
  const least = <f32>low, most = <f32>high, r = <f64>ratio;
  const first = <f64>load<f32>(terms + (flip ? 0 : 128 << 2)), last = <f64>load<f32>(terms + (flip ? 255 << 2 : 127 << 2));
  // The line through the ends, over codes in [-128, 127].
  const slope = (last - first) / 255, base = first + 128 * slope + (flip ? 128 * r : 0);
  // Eight roundings of at most 2^-24 of the largest magnitude: 2^-20 of it is never reached. With multiples of 2^-12 (scales that are powers
  // of two) nothing is rounded.
  const largest = 256 * abs(r) + abs(first) + abs(last);
  const margin: f32 = largest < 4096 && isWhole(r * 4096) && isWhole(slope * 4096) && isWhole(base * 4096) ? 1 : <f32>(0.5 - largest * 9.5367431640625e-7);
  const f = i8x16.splat(<i8>flip), r4 = f32x4.splat(ratio), s4 = f32x4.splat(<f32>slope), b4 = f32x4.splat(<f32>base), safe = f32x4.splat(margin);
  const lo = f32x4.splat(least), hi = f32x4.splat(most), magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS), byte = i16x8.splat(255);
  let i: i32 = 0;
  for (; i + 16 <= n; i += 16) {
    const px = x + <usize>(i * xStep), py = y + <usize>(i * yStep);
    const xl = low8(px, xStep, f), xh = high8(px, xStep, f), yl = low8(py, yStep, f), yh = high8(py, yStep, f);
    const v0 = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.add(f32x4.mul(low4(xl), r4), f32x4.add(f32x4.mul(low4(yl), s4), b4))));
    const v1 = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.add(f32x4.mul(high4(xl), r4), f32x4.add(f32x4.mul(high4(yl), s4), b4))));
    const v2 = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.add(f32x4.mul(low4(xh), r4), f32x4.add(f32x4.mul(low4(yh), s4), b4))));
    const v3 = f32x4.pmin(hi, f32x4.pmax(lo, f32x4.add(f32x4.mul(high4(xh), r4), f32x4.add(f32x4.mul(high4(yh), s4), b4))));
    const m0 = f32x4.add(v0, magic), m1 = f32x4.add(v1, magic), m2 = f32x4.add(v2, magic), m3 = f32x4.add(v3, magic);
    const off01 = f32x4.pmax(f32x4.abs(f32x4.sub(v0, f32x4.sub(m0, magic))), f32x4.abs(f32x4.sub(v1, f32x4.sub(m1, magic))));
    const off23 = f32x4.pmax(f32x4.abs(f32x4.sub(v2, f32x4.sub(m2, magic))), f32x4.abs(f32x4.sub(v3, f32x4.sub(m3, magic))));
    if (v128.any_true(v128.not(f32x4.lt(f32x4.pmax(off01, off23), safe)))) {
      for (let j = i; j < i + 16; j++) store<u8>(c + <usize>j, exactSum(x + <usize>(j * xStep), y + <usize>(j * yStep), flip, r, terms, least, most));
    } else {
      const a = i16x8.narrow_i32x4_s(i32x4.sub(m0, bits), i32x4.sub(m1, bits)), b = i16x8.narrow_i32x4_s(i32x4.sub(m2, bits), i32x4.sub(m3, bits));
      v128.store(c + <usize>i, i8x16.narrow_i16x8_u(v128.and(a, byte), v128.and(b, byte)));
    }
  }
  for (; i < n; i++) store<u8>(c + <usize>i, exactSum(x + <usize>(i * xStep), y + <usize>(i * yStep), flip, r, terms, least, most));
}

/**
 * c = saturate(rint((x - xZero) * (y - yZero) * scale + zero)) for n codes, float32 after the integer product, the zero point added
 * before the rounding; `flip` as above, xZero and yZero moved alike.
 */
export function qlinear_mul(
  x: usize, xStep: i32, xZero: i32, y: usize, yStep: i32, yZero: i32, flip: i32, scale: f32, zero: i32, low: i32, high: i32, c: usize, n: i32,
): void {
  const f = i8x16.splat(<i8>flip), zx = i32x4.splat(xZero), zy = i32x4.splat(yZero);
  const s = f32x4.splat(scale), z = f32x4.splat(<f32>zero), lo = f32x4.splat(<f32>low), hi = f32x4.splat(<f32>high);
  const magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS);
  for (let i: i32 = 0; i < n;) {
    const whole = i + 4 <= n;
    const px = x + <usize>(i * xStep), py = y + <usize>(i * yStep);
    const product = i32x4.mul(centered(px, whole ? xStep : 0, f, zx), centered(py, whole ? yStep : 0, f, zy));
    const v = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(product), s), z);
    const q = i32x4.sub(f32x4.add(f32x4.pmin(hi, f32x4.pmax(lo, v)), magic), bits);
    if (whole) {
      const h = i16x8.narrow_i32x4_s(v128.and(q, i32x4.splat(255)), q);
      v128.store32_lane(c + <usize>i, i8x16.narrow_i16x8_u(h, h), 0);
      i += 4;
    } else {
      store<u8>(c + <usize>i, <u8>i32x4.extract_lane(q, 0));
      i++;
    }
  }
}
