// Weights in bitsandbytes' 4-bit types: of the two codes in a byte, the first has the high bits.

// The floats of sixteen codes, looked up a byte of the float at a time, times `scale`.
// @ts-ignore: decorator
@inline
function sixteen(codes: v128, table: usize, scale: v128, y: usize): void {
  const b0 = i8x16.swizzle(v128.load(table), codes), b1 = i8x16.swizzle(v128.load(table, 16), codes);
  const b2 = i8x16.swizzle(v128.load(table, 32), codes), b3 = i8x16.swizzle(v128.load(table, 48), codes);
  const low0 = v128.shuffle<i8>(b0, b1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const low1 = v128.shuffle<i8>(b0, b1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const high0 = v128.shuffle<i8>(b2, b3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const high1 = v128.shuffle<i8>(b2, b3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(y, f32x4.mul(v128.shuffle<i16>(low0, high0, 0, 8, 1, 9, 2, 10, 3, 11), scale));
  v128.store(y, f32x4.mul(v128.shuffle<i16>(low0, high0, 4, 12, 5, 13, 6, 14, 7, 15), scale), 16);
  v128.store(y, f32x4.mul(v128.shuffle<i16>(low1, high1, 0, 8, 1, 9, 2, 10, 3, 11), scale), 32);
  v128.store(y, f32x4.mul(v128.shuffle<i16>(low1, high1, 4, 12, 5, 13, 6, 14, 7, 15), scale), 48);
}

/**
 * y = table[code] * scale of its block for codes [first, first + n). `table` holds 16 floats, `planes` their bytes: 16 lowest first, then the
 * next.
 */
export function bnb4_dequantize(codes: usize, table: usize, planes: usize, scales: usize, first: i32, n: i32, block: i32, y: usize): void {
  const mask = i8x16.splat(15);
  const end = first + n;
  let i = first;
  while (i < end) {
    const s = load<f32>(scales + (<usize>(i / block) << 2));
    const stop = min(end, (i / block + 1) * block);
    if ((i & 1) == 0) {
      const scale = f32x4.splat(s);
      for (; i + 32 <= stop; i += 32) {
        const v = v128.load(codes + <usize>(i >> 1));
        const high = v128.and(i16x8.shr_u(v, 4), mask), low = v128.and(v, mask);
        sixteen(v128.shuffle<i8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), planes, scale, y);
        sixteen(v128.shuffle<i8>(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31), planes, scale, y + 64);
        y += 128;
      }
    }
    for (; i < stop; i++) {
      const byte = <i32>load<u8>(codes + <usize>(i >> 1));
      store<f32>(y, load<f32>(table + (<usize>(i & 1 ? byte & 15 : byte >> 4) << 2)) * s);
      y += 4;
    }
  }
}
