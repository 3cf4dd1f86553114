// float32 convolution as a product: weights are the rows, output positions the columns. The input is first copied into padded
// planes, so that every tap of every position is a plain load. Pools walk the same planes.

/** Copies C planes [H][W] into [C][Hp][Wp], `top` and `left` cells in, the rest filled with `fill`. */
export function convf_pad(x: usize, c: i32, h: i32, w: i32, top: i32, left: i32, hp: i32, wp: i32, fill: f32, out: usize): void {
  const all = <usize>c * <usize>hp * <usize>wp, v = f32x4.splat(fill);
  let p: usize = 0;
  for (; p + 4 <= all; p += 4) v128.store(out + (p << 2), v);
  for (; p < all; p++) store<f32>(out + (p << 2), fill);
  for (let i: i32 = 0; i < c; i++) {
    for (let y: i32 = 0; y < h; y++) {
      const src = x + (<usize>((i * h + y) * w) << 2);
      memory.copy(out + (<usize>((i * hp + y + top) * wp + left) << 2), src, <usize>w << 2);
    }
  }
}

// Four floats `step` apart.
// @ts-ignore: decorator
@inline
function four(p: usize, step: i32): v128 {
  if (step == 1) return v128.load(p);
  if (step == 2) return v128.shuffle<f32>(v128.load(p), v128.load(p, 16), 0, 2, 4, 6);
  const s = <usize>step << 2;
  let v = v128.load32_zero(p);
  v = v128.load32_lane(p + s, v, 1);
  v = v128.load32_lane(p + 2 * s, v, 2);
  return v128.load32_lane(p + 3 * s, v, 3);
}

/**
 * Packs `panels` panels of 8 neighbouring positions of one output row, [panels][K][8], K = C * kh * kw in weight order. `p` is
 * the first tap of the first position in the padded planes of `plane` floats.
 */
export function convf_pack(
  p: usize, plane: i32, wp: i32, c: i32, kh: i32, kw: i32, dh: i32, dw: i32, sw: i32, panels: i32, out: usize,
): void {
  for (let q: i32 = 0; q < panels; q++) {
    for (let i: i32 = 0; i < c; i++) {
      for (let y: i32 = 0; y < kh; y++) {
        let src = p + (<usize>(i * plane + y * dh * wp) << 2);
        for (let x: i32 = 0; x < kw; x++) {
          v128.store(out, four(src, sw));
          v128.store(out, four(src + (<usize>(4 * sw) << 2), sw), 16);
          out += 32;
          src += <usize>dw << 2;
        }
      }
    }
    p += <usize>(8 * sw) << 2;
  }
}

const SUM = 0, WEIGHTED = 1, MAX = 2;

// Over the taps of each position of `rows` output rows of `ow` positions: their sum, their sum times w, or their maximum (NaN
// wins). `offsets`: bytes from a position's first tap to each tap. Rows at `out` are `ldo` floats apart, a multiple of 4.
// @ts-ignore: decorator
@inline
function slide(op: i32, p: usize, rowFloats: i32, sw: i32, w: usize, offsets: usize, taps: i32, out: usize, ldo: i32, rows: i32, ow: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    let o = out, src = p;
    for (let x: i32 = 0; x < ow; x += 4) {
      let acc = f32x4.splat(op == MAX ? -Infinity : 0);
      for (let t: i32 = 0; t < taps; t++) {
        const v = four(src + <usize>load<i32>(offsets + (<usize>t << 2)), sw);
        if (op == MAX) acc = v128.bitselect(v, acc, v128.or(f32x4.gt(v, acc), f32x4.ne(v, v)));
        else if (op == WEIGHTED) acc = f32x4.add(acc, f32x4.mul(v, v128.load32_splat(w + (<usize>t << 2))));
        else acc = f32x4.add(acc, v);
      }
      v128.store(o, acc);
      o += 16;
      src += <usize>(4 * sw) << 2;
    }
    out += <usize>ldo << 2;
    p += <usize>rowFloats << 2;
  }
}

/** One depthwise channel: sums of taps times weights, in the order of the taps. */
export function convf_depthwise(p: usize, rowFloats: i32, sw: i32, w: usize, offsets: usize, taps: i32, out: usize, ldo: i32, rows: i32, ow: i32): void {
  slide(WEIGHTED, p, rowFloats, sw, w, offsets, taps, out, ldo, rows, ow);
}
/** One channel: sums of taps, in their order. */
export function poolf_sum(p: usize, rowFloats: i32, sw: i32, offsets: usize, taps: i32, out: usize, ldo: i32, rows: i32, ow: i32): void {
  slide(SUM, p, rowFloats, sw, 0, offsets, taps, out, ldo, rows, ow);
}
/** One channel: maxima of taps. */
export function poolf_max(p: usize, rowFloats: i32, sw: i32, offsets: usize, taps: i32, out: usize, ldo: i32, rows: i32, ow: i32): void {
  slide(MAX, p, rowFloats, sw, 0, offsets, taps, out, ldo, rows, ow);
}
