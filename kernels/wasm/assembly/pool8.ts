// Maxima of 8-bit codes under a sliding window.

/** Copies a plane of codes, flipped, into a padded one of hp x wp that is filled with the least code. `flip` is 0x80 for u8 and 0 for s8. */
export function pool8_pad(x: usize, rows: i32, columns: i32, top: i32, left: i32, hp: i32, wp: i32, flip: i32, out: usize): void {
  memory.fill(out, 0x80, <usize>(hp * wp));
  const f = i8x16.splat(<i8>flip);
  out += <usize>(top * wp + left);
  for (let r: i32 = 0; r < rows; r++) {
    let i: i32 = 0;
    for (; i + 16 <= columns; i += 16) v128.store(out + <usize>i, v128.xor(v128.load(x + <usize>i), f));
    for (; i < columns; i++) store<u8>(out + <usize>i, load<u8>(x + <usize>i) ^ <u8>flip);
    x += <usize>columns;
    out += <usize>wp;
  }
}

// Sixteen codes `step` apart.
// @ts-ignore: decorator
@inline
function sixteen(p: usize, step: i32): v128 {
  if (step == 1) return v128.load(p);
  if (step == 2) return v128.shuffle<i8>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  let low: u64 = 0, high: u64 = 0;
  for (let i: i32 = 7; i >= 0; i--) {
    low = (low << 8) | <u64>load<u8>(p + <usize>(i * step));
    high = (high << 8) | <u64>load<u8>(p + <usize>((i + 8) * step));
  }
  return i64x2.replace_lane(i64x2.splat(low), 1, high);
}

/**
 * One channel: maxima of taps, whose distances from the first are int32 at `offsets`, for `rows` rows of `width` positions (a multiple of
 * 16), `columnStep` codes apart.
 */
export function pool8_max(p: usize, rowStep: i32, columnStep: i32, offsets: usize, taps: i32, flip: i32, out: usize, width: i32, rows: i32): void {
  const f = i8x16.splat(<i8>flip);
  for (let r: i32 = 0; r < rows; r++) {
    let from = p;
    for (let x: i32 = 0; x < width; x += 16) {
      let most = i8x16.splat(-128);
      for (let t: i32 = 0; t < taps; t++) most = i8x16.max_s(most, sixteen(from + <usize>load<i32>(offsets + (<usize>t << 2)), columnStep));
      v128.store(out, v128.xor(most, f));
      out += 16;
      from += <usize>(16 * columnStep);
    }
    p += <usize>rowStep;
  }
}
