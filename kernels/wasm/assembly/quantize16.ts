// 16-bit codes to and from float32, and 32-bit ones to float32.

/** Magic number that rounds half to even while |x| < 2^22. */
const ROUND: f32 = 12582912.0;
const ROUND_BITS: i32 = 0x4b400000;

// Codes of 16 bits are clamped before rounding, which keeps the magic addition exact. NaN becomes `low`.
/** y = saturate(rint(x / scale) + zero) for n floats to 16-bit codes in [low, high]. */
export function quantize_16(x: usize, scale: f32, zero: i32, low: i32, high: i32, y: usize, n: i32): void {
  const s = f32x4.splat(scale), lo = f32x4.splat(<f32>(low - zero)), hi = f32x4.splat(<f32>(high - zero));
  const magic = f32x4.splat(ROUND), bits = i32x4.splat(ROUND_BITS - zero);
  for (let i: i32 = 0; i < n;) {
    const wide = i + 4 <= n;
    const p = x + (<usize>i << 2), q = y + (<usize>i << 1);
    const v = wide ? v128.load(p) : v128.load32_splat(p);
    const codes = i32x4.sub(f32x4.add(f32x4.pmin(hi, f32x4.pmax(lo, f32x4.div(v, s))), magic), bits);
    const packed = v128.shuffle<i16>(codes, codes, 0, 2, 4, 6, 0, 2, 4, 6);
    if (wide) {
      v128.store64_lane(q, packed, 0);
      i += 4;
    } else {
      v128.store16_lane(q, packed, 0);
      i++;
    }
  }
}

// y = (x - zero) * scale, the difference exact for 16-bit codes.
// @ts-ignore: decorator
@inline
function dequantize<T>(x: usize, scale: f32, zero: i32, y: usize, n: i32): void {
  const s = f32x4.splat(scale), z = i32x4.splat(zero);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const v = sizeof<T>() == 4 ? v128.load(x + (<usize>i << 2)) : isSigned<T>() ? v128.load_ext<i16>(x + (<usize>i << 1)) : v128.load_ext<u16>(x + (<usize>i << 1));
    v128.store(y + (<usize>i << 2), f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(v, z)), s));
  }
  for (; i < n; i++) store<f32>(y + (<usize>i << 2), <f32>(<i32>load<T>(x + <usize>i * sizeof<T>()) - zero) * scale);
}

/** n uint16 codes to float32. */
export function dequantize_u16(x: usize, scale: f32, zero: i32, y: usize, n: i32): void { dequantize<u16>(x, scale, zero, y, n); }
/** n int16 codes to float32. */
export function dequantize_i16(x: usize, scale: f32, zero: i32, y: usize, n: i32): void { dequantize<i16>(x, scale, zero, y, n); }
/** n int32 codes to float32; the zero point is 0. */
export function dequantize_i32(x: usize, scale: f32, zero: i32, y: usize, n: i32): void { dequantize<i32>(x, scale, zero, y, n); }
