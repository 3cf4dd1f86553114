// float16 and float32, rounding half to even, subnormals kept.

// @ts-ignore: decorator
@inline
function widen4(h: v128): v128 { // four float16 patterns in 32-bit lanes -> float32
  const magnitude = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  // As float32 the pattern is 2^112 too small, subnormals included; infinities and NaNs then need all exponent bits.
  let f = f32x4.mul(magnitude, i32x4.splat(0x77800000));
  const special = i32x4.ge_s(magnitude, i32x4.splat(0x0f800000));
  f = v128.or(f, v128.and(special, i32x4.splat(0x7f800000)));
  return v128.or(f, i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16));
}

// @ts-ignore: decorator
@inline
function narrow4(f: v128): v128 { // four float32 -> float16 patterns in 32-bit lanes
  const sign = v128.and(f, i32x4.splat(0x80000000));
  const u = v128.xor(f, sign);
  const odd = v128.and(i32x4.shr_u(u, 13), i32x4.splat(1));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(u, i32x4.splat(0xc8000fff)), odd), 13); // rebias by -112, add half less one, and the odd bit
  // Below 2^-14 an addition lines the mantissa up, so that the adder does the rounding.
  const magic = i32x4.splat(0x3f000000);
  const small = i32x4.sub(f32x4.add(u, magic), magic);
  const large = v128.bitselect(i32x4.splat(0x7e00), i32x4.splat(0x7c00), i32x4.gt_s(u, i32x4.splat(0x7f800000)));
  let h = v128.bitselect(small, normal, i32x4.lt_s(u, i32x4.splat(0x38800000)));
  h = v128.bitselect(large, h, i32x4.ge_s(u, i32x4.splat(0x477ff000))); // 65520 and more is infinity
  return v128.or(h, i32x4.shr_u(sign, 16));
}

/** n float16 to float32. */
export function f16_to_f32(x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (<usize>i << 2), widen4(v128.load_ext<u16>(x + (<usize>i << 1))));
  for (; i < n; i++) v128.store32_lane(y + (<usize>i << 2), widen4(i32x4.splat(load<u16>(x + (<usize>i << 1)))), 0);
}

/** n float32 to float16. */
export function f32_to_f16(x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 8 <= n; i += 8) {
    const o = x + (<usize>i << 2);
    v128.store(y + (<usize>i << 1), i16x8.narrow_i32x4_u(narrow4(v128.load(o)), narrow4(v128.load(o, 16))));
  }
  for (; i < n; i++) store<u16>(y + (<usize>i << 1), <u16>i32x4.extract_lane(narrow4(f32x4.splat(load<f32>(x + (<usize>i << 2)))), 0));
}
