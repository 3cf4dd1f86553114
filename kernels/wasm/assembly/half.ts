// Runs of float16 and float32.
import { narrow4, widen4 } from './half4';

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
