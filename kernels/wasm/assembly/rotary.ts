// Rotary position embedding of one row of heads: y1 = x1 cos - x2 sin, y2 = x1 sin + x2 cos.

/** `heads` heads of `size` floats at x, into y. Pairs are (i, i + half), or (2i, 2i + 1) when interleaved; the rest is copied. */
export function rotate_heads(x: usize, y: usize, heads: i32, size: i32, half: i32, interleaved: i32, cos: usize, sin: usize): void {
  const step = interleaved ? 2 : 1, partner = (interleaved ? 1 : half) << 2;
  for (let n: i32 = 0; n < heads; n++) {
    let i: i32 = 0;
    if (!interleaved) {
      for (; i + 4 <= half; i += 4) {
        const o = <usize>i << 2;
        const a = v128.load(x + o), b = v128.load(x + o + <usize>partner), c = v128.load(cos + o), s = v128.load(sin + o);
        v128.store(y + o, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(y + o + <usize>partner, f32x4.add(f32x4.mul(a, s), f32x4.mul(b, c)));
      }
    }
    for (; i < half; i++) {
      const o = <usize>(i * step) << 2;
      const a = load<f32>(x + o), b = load<f32>(x + o + <usize>partner);
      const c = load<f32>(cos + (<usize>i << 2)), s = load<f32>(sin + (<usize>i << 2));
      store<f32>(y + o, a * c - b * s);
      store<f32>(y + o + <usize>partner, a * s + b * c);
    }
    if (2 * half < size) memory.copy(y + (<usize>(2 * half) << 2), x + (<usize>(2 * half) << 2), <usize>(size - 2 * half) << 2);
    x += <usize>size << 2;
    y += <usize>size << 2;
  }
}
