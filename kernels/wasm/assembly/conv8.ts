// 8-bit convolution as a product: weights are the rows (packed strips of 4 output channels), output positions the columns.
// The input is first copied into padded planes of signed bytes, so that every tap of every position is a plain load.

/**
 * Copies C planes [H][W] into [C][Hp][Wp], flipped to signed (`flip` 0x80 for u8), `top` and `left` cells in, the rest filled with
 * `zero` (the zero point moved alike: it stands for 0).
 */
export function conv8_pad(x: usize, c: i32, h: i32, w: i32, top: i32, left: i32, hp: i32, wp: i32, flip: i32, zero: i32, out: usize): void {
  const f = i8x16.splat(<i8>flip);
  memory.fill(out, <u8>zero, <usize>c * <usize>hp * <usize>wp);
  for (let i: i32 = 0; i < c; i++) {
    for (let y: i32 = 0; y < h; y++) {
      const src = x + <usize>(i * h + y) * <usize>w;
      const dst = out + (<usize>(i * hp + y + top) * <usize>wp + <usize>left);
      let j: i32 = 0;
      for (; j + 16 <= w; j += 16) v128.store(dst + <usize>j, v128.xor(v128.load(src + <usize>j), f));
      for (; j < w; j++) store<u8>(dst + <usize>j, <u8>(load<u8>(src + <usize>j) ^ <u8>flip));
    }
  }
}

// Eight bytes `step` apart in the low half.
// @ts-ignore: decorator
@inline
function eight(p: usize, step: i32): v128 {
  if (step == 1) return v128.load64_zero(p);
  if (step == 2) {
    const v = v128.load(p);
    return v128.shuffle<i8>(v, v, 0, 2, 4, 6, 8, 10, 12, 14, 0, 2, 4, 6, 8, 10, 12, 14);
  }
  let v = i8x16.splat(0);
  v = v128.load8_lane(p, v, 0);
  v = v128.load8_lane(p + <usize>step, v, 1);
  v = v128.load8_lane(p + 2 * <usize>step, v, 2);
  v = v128.load8_lane(p + 3 * <usize>step, v, 3);
  v = v128.load8_lane(p + 4 * <usize>step, v, 4);
  v = v128.load8_lane(p + 5 * <usize>step, v, 5);
  v = v128.load8_lane(p + 6 * <usize>step, v, 6);
  return v128.load8_lane(p + 7 * <usize>step, v, 7);
}

/**
 * Packs `panels` panels of 8 neighbouring positions of one output row, [panels][K/2][8][2], K = C * kh * kw in weight order. `p` is
 * the first tap of the first position in the padded planes, `offsets` the bytes from a position's first tap to each of its k taps.
 */
export function conv8_pack(p: usize, offsets: usize, k: i32, sw: i32, panels: i32, out: usize): void {
  for (let q: i32 = 0; q < panels; q++) {
    let o = offsets, left = k;
    for (; left > 0; left -= 2) {
      const a = eight(p + load<u32>(o), sw), b = left > 1 ? eight(p + load<u32>(o, 4), sw) : i8x16.splat(0);
      v128.store(out, v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
      o += 8;
      out += 16;
    }
    p += <usize>(8 * sw);
  }
}

// Four taps of eight positions.
// @ts-ignore: decorator
@inline
function quad(r0: v128, r1: v128, r2: v128, r3: v128, out: usize): void {
  const x = v128.shuffle<i8>(r0, r1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const y = v128.shuffle<i8>(r2, r3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  v128.store(out, v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11));
  v128.store(out, v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15), 16);
}

/** The same with four k side by side, [panels][K/4][8][4]. `offsets`: bytes from a position's first tap to each of its k taps. */
export function conv8_pack_quads(p: usize, offsets: usize, k: i32, sw: i32, panels: i32, out: usize): void {
  const none = i8x16.splat(0);
  for (let q: i32 = 0; q < panels; q++) {
    let o = offsets, left = k;
    for (; left >= 4; left -= 4) {
      quad(
        eight(p + load<u32>(o), sw), eight(p + load<u32>(o, 4), sw), eight(p + load<u32>(o, 8), sw), eight(p + load<u32>(o, 12), sw), out,
      );
      o += 16;
      out += 32;
    }
    if (left > 0) {
      quad(
        eight(p + load<u32>(o), sw), left > 1 ? eight(p + load<u32>(o, 4), sw) : none, left > 2 ? eight(p + load<u32>(o, 8), sw) : none, none, out,
      );
      out += 32;
    }
    p += <usize>(8 * sw);
  }
}

/** Fills n int32 with a value. */
export function fill_i32(p: usize, value: i32, n: i32): void {
  const v = i32x4.splat(value);
  for (let i: i32 = 0; i < n; i += 4) v128.store(p + (<usize>i << 2), v);
}

/**
 * One depthwise channel: int32 sums of `rows` output rows of `ow` positions at `out`, `ldo` apart. A row is written in panels of 8: the
 * last one may run into the next row, which is written after it.
 * `w`: taps as pairs of i16 (the last pair padded with 0), [kh * kw / 2][2]; `offsets`: byte offset of each tap in the padded
 * plane, as many as pairs hold; `start` is what every sum begins with.
 */
export function conv8_depthwise(
  p: usize, rowBytes: i32, sw: i32, w: usize, offsets: usize, pairs: i32, start: i32, out: usize, ldo: i32, rows: i32, ow: i32,
): void {
  for (let r: i32 = 0; r < rows; r++) {
    let o = out;
    let src = p;
    for (let x: i32 = 0; x < ow; x += 8) {
      let c0 = i32x4.splat(start), c1 = c0;
      for (let t: i32 = 0; t < pairs; t++) {
        const taps = v128.load32_splat(w + (<usize>t << 2));
        const a = i16x8.extend_low_i8x16_s(eight(src + <usize>load<i32>(offsets + (<usize>t << 3)), sw));
        const b = i16x8.extend_low_i8x16_s(eight(src + <usize>load<i32>(offsets + (<usize>t << 3), 4), sw));
        c0 = i32x4.add(c0, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), taps));
        c1 = i32x4.add(c1, i32x4.dot_i16x8_s(v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), taps));
      }
      v128.store(o, c0);
      v128.store(o, c1, 16);
      o += 32;
      src += <usize>(8 * sw);
    }
    out += <usize>ldo << 2;
    p += <usize>rowBytes;
  }
}
