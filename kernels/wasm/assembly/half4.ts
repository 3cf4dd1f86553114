// Four float16 and float32, rounding half to even, subnormals kept. Not an export of the module.

// In memory as those of literals.ts.
const ODD: usize = memory.data<u32>([1, 1, 1, 1], 16);
const INFINITY16: usize = memory.data<u32>([0x7c00, 0x7c00, 0x7c00, 0x7c00], 16);
const NAN16: usize = memory.data<u32>([0x7e00, 0x7e00, 0x7e00, 0x7e00], 16);
const MAGNITUDE: usize = memory.data<u32>([0x7fff, 0x7fff, 0x7fff, 0x7fff], 16);
const SIGN16: usize = memory.data<u32>([0x8000, 0x8000, 0x8000, 0x8000], 16);
const SPECIAL: usize = memory.data<u32>([0x0f800000, 0x0f800000, 0x0f800000, 0x0f800000], 16);
const NORMAL: usize = memory.data<u32>([0x38800000, 0x38800000, 0x38800000, 0x38800000], 16);
const HALF: usize = memory.data<u32>([0x3f000000, 0x3f000000, 0x3f000000, 0x3f000000], 16);
const OVER: usize = memory.data<u32>([0x477ff000, 0x477ff000, 0x477ff000, 0x477ff000], 16);
const UP: usize = memory.data<u32>([0x77800000, 0x77800000, 0x77800000, 0x77800000], 16);
const INFINITY: usize = memory.data<u32>([0x7f800000, 0x7f800000, 0x7f800000, 0x7f800000], 16);
const SIGN: usize = memory.data<u32>([0x80000000, 0x80000000, 0x80000000, 0x80000000], 16);
const REBIAS: usize = memory.data<u32>([0xc8000fff, 0xc8000fff, 0xc8000fff, 0xc8000fff], 16);

// @ts-ignore: decorator
@inline
export function widen4(h: v128): v128 { // four float16 patterns in 32-bit lanes -> float32
  const magnitude = i32x4.shl(v128.and(h, v128.load(MAGNITUDE)), 13);
  // As float32 the pattern is 2^112 too small, subnormals included; infinities and NaNs then need all exponent bits.
  let f = f32x4.mul(magnitude, v128.load(UP));
  const special = i32x4.ge_s(magnitude, v128.load(SPECIAL));
  f = v128.or(f, v128.and(special, v128.load(INFINITY)));
  return v128.or(f, i32x4.shl(v128.and(h, v128.load(SIGN16)), 16));
}

// @ts-ignore: decorator
@inline
export function narrow4(f: v128): v128 { // four float32 -> float16 patterns in 32-bit lanes
  const sign = v128.and(f, v128.load(SIGN));
  const u = v128.xor(f, sign);
  const odd = v128.and(i32x4.shr_u(u, 13), v128.load(ODD));
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(u, v128.load(REBIAS)), odd), 13); // rebias by -112, add half less one, and the odd bit
  // Below 2^-14 an addition lines the mantissa up, so that the adder does the rounding.
  const magic = v128.load(HALF);
  const small = i32x4.sub(f32x4.add(u, magic), magic);
  const large = v128.bitselect(v128.load(NAN16), v128.load(INFINITY16), i32x4.gt_s(u, v128.load(INFINITY)));
  let h = v128.bitselect(small, normal, i32x4.lt_s(u, v128.load(NORMAL)));
  h = v128.bitselect(large, h, i32x4.ge_s(u, v128.load(OVER))); // 65520 and more is infinity
  return v128.or(h, i32x4.shr_u(sign, 16));
}
