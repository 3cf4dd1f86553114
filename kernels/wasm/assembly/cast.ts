// Conversions between element types, n elements from x to y.

/** int64 to float32, rounded to nearest. */
export function i64_to_f32(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<f32>(y + (<usize>i << 2), <f32>load<i64>(x + (<usize>i << 3)));
}

/** int32 to float32, rounded to nearest. */
export function i32_to_f32(x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (<usize>i << 2), f32x4.convert_i32x4_s(v128.load(x + (<usize>i << 2))));
  for (; i < n; i++) store<f32>(y + (<usize>i << 2), <f32>load<i32>(x + (<usize>i << 2)));
}

/** uint8 or bool to float32. */
export function u8_to_f32(x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const wide = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(x + <usize>i)));
    v128.store(y + (<usize>i << 2), f32x4.convert_i32x4_s(wide));
  }
  for (; i < n; i++) store<f32>(y + (<usize>i << 2), <f32>load<u8>(x + <usize>i));
}

// Towards zero; out of range and NaN give -2^31, as on x86.
// @ts-ignore: decorator
@inline
function truncated(x: v128): v128 {
  const fits = f32x4.lt(f32x4.abs(x), f32x4.splat(2147483648));
  return v128.bitselect(i32x4.trunc_sat_f32x4_s(x), i32x4.splat(0x80000000), fits);
}

/** float32 to int32, towards zero. */
export function f32_to_i32(x: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) v128.store(y + (<usize>i << 2), truncated(v128.load(x + (<usize>i << 2))));
  for (; i < n; i++) v128.store32_lane(y + (<usize>i << 2), truncated(v128.load32_zero(x + (<usize>i << 2))), 0);
}

/** float32 to int64, towards zero; out of range and NaN give -2^63, as on x86. */
export function f32_to_i64(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) {
    const v = load<f32>(x + (<usize>i << 2));
    store<i64>(y + (<usize>i << 3), abs<f32>(v) < 9223372036854775808.0 ? <i64>v : i64.MIN_VALUE);
  }
}

/** float32 to bool: 1 for all but 0. */
export function f32_to_bool(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<u8>(y + <usize>i, load<f32>(x + (<usize>i << 2)) == 0 ? 0 : 1);
}

/** int32 to int64. */
export function i32_to_i64(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<i64>(y + (<usize>i << 3), <i64>load<i32>(x + (<usize>i << 2)));
}

/** The low 32 bits of int64. */
export function i64_to_i32(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<i32>(y + (<usize>i << 2), <i32>load<i64>(x + (<usize>i << 3)));
}

/** uint8 or bool to int32. */
export function u8_to_i32(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<i32>(y + (<usize>i << 2), <i32>load<u8>(x + <usize>i));
}

/** uint8 or bool to int64. */
export function u8_to_i64(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<i64>(y + (<usize>i << 3), <i64>load<u8>(x + <usize>i));
}

// @ts-ignore: decorator
@inline
function convert<F, T>(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<T>(y + <usize>i * sizeof<T>(), <T>load<F>(x + <usize>i * sizeof<F>()));
}

/** int8 to int32. */
export function i8_to_i32(x: usize, y: usize, n: i32): void { convert<i8, i32>(x, y, n); }
/** uint16 to int32. */
export function u16_to_i32(x: usize, y: usize, n: i32): void { convert<u16, i32>(x, y, n); }
/** int16 to int32. */
export function i16_to_i32(x: usize, y: usize, n: i32): void { convert<i16, i32>(x, y, n); }
/** The low 8 bits of int32. */
export function i32_to_u8(x: usize, y: usize, n: i32): void { convert<i32, u8>(x, y, n); }
/** The low 16 bits of int32. */
export function i32_to_u16(x: usize, y: usize, n: i32): void { convert<i32, u16>(x, y, n); }
/** int32 to bool: 1 for all but 0. */
export function i32_to_bool(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<u8>(y + <usize>i, load<i32>(x + (<usize>i << 2)) != 0);
}
/** int64 to bool: 1 for all but 0. */
export function i64_to_bool(x: usize, y: usize, n: i32): void {
  for (let i: i32 = 0; i < n; i++) store<u8>(y + <usize>i, load<i64>(x + (<usize>i << 3)) != 0);
}
/** float64 to float32. */
export function f64_to_f32(x: usize, y: usize, n: i32): void { convert<f64, f32>(x, y, n); }
/** float32 to float64. */
export function f32_to_f64(x: usize, y: usize, n: i32): void { convert<f32, f64>(x, y, n); }
