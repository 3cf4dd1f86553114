// Softmax of rows and attention of one query head. Sums run in four lanes; e^x is exp4's.
import { exp4 } from './exp';

// @ts-ignore: decorator
@inline
function largest(x: usize, n: i32, start: f32): f32 {
  let m = f32x4.splat(start);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) m = f32x4.pmax(m, v128.load(x + (<usize>i << 2)));
  let top = max(max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)), max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
  for (; i < n; i++) top = max(top, load<f32>(x + (<usize>i << 2)));
  return top;
}

// y = e^(x - top); gives the sum.
// @ts-ignore: decorator
@inline
function exponentials(x: usize, y: usize, n: i32, top: f32): f32 {
  const t = f32x4.splat(top);
  let acc = f32x4.splat(0);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    const e = exp4(f32x4.sub(v128.load(x + o), t));
    v128.store(y + o, e);
    acc = f32x4.add(acc, e);
  }
  let sum = (f32x4.extract_lane(acc, 0) + f32x4.extract_lane(acc, 1)) + (f32x4.extract_lane(acc, 2) + f32x4.extract_lane(acc, 3));
  for (; i < n; i++) {
    const o = <usize>i << 2;
    const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(x + o) - top)), 0);
    store<f32>(y + o, e);
    sum += e;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function divide(y: usize, n: i32, by: f32): void {
  const d = f32x4.splat(by);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, f32x4.div(v128.load(y + o), d));
  }
  for (; i < n; i++) store<f32>(y + (<usize>i << 2), load<f32>(y + (<usize>i << 2)) / by);
}

/** y = e^(x - max) / sum(e^(x - max)) for each of `rows` rows of n. */
export function softmax_rows(x: usize, y: usize, rows: i32, n: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    const top = largest(x, n, -Infinity);
    divide(y, n, exponentials(x, y, n, top));
    x += <usize>n << 2;
    y += <usize>n << 2;
  }
}

// x = x scale + added (nothing where that is 0); gives the largest.
// @ts-ignore: decorator
@inline
function scaled(x: usize, n: i32, scale: f32, added: usize): f32 {
  const s = f32x4.splat(scale);
  let m = f32x4.splat(-Infinity);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    let v = f32x4.mul(v128.load(x + o), s);
    if (added) v = f32x4.add(v, v128.load(added + o));
    v128.store(x + o, v);
    m = f32x4.pmax(m, v);
  }
  let top = max(max(f32x4.extract_lane(m, 0), f32x4.extract_lane(m, 1)), max(f32x4.extract_lane(m, 2), f32x4.extract_lane(m, 3)));
  for (; i < n; i++) {
    const o = <usize>i << 2;
    const v = load<f32>(x + o) * scale;
    store<f32>(x + o, added ? v + load<f32>(added + o) : v);
    top = max(top, load<f32>(x + o));
  }
  return top;
}

/**
 * Softmax of scores in place, each times `scale`, and with rows at `added` (0: none), `addedStep` bytes apart, added to them: row r of n sees its
 * first min(n, seen + r * step) entries, the others get 0. A row of nothing but -inf becomes 0.
 */
export function softmax_seen(x: usize, rows: i32, n: i32, seen: i32, step: i32, scale: f32, added: usize, addedStep: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    const count = min(n, seen + r * step);
    const top = scaled(x, count, scale, added);
    if (top == -Infinity) memory.fill(x, 0, <usize>n << 2);
    else {
      divide(x, count, exponentials(x, x, count, top));
      memory.fill(x + (<usize>count << 2), 0, <usize>(n - count) << 2);
    }
    x += <usize>n << 2;
    if (added) added += <usize>addedStep;
  }
}

// out[0 .. 4 blocks) = sum over t of weights[t] * v[t], t ascending; v's rows `stride` bytes apart.
// @ts-ignore: decorator
@inline
function mix(blocks: i32, weights: usize, v: usize, stride: usize, count: i32, out: usize): void {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let t: i32 = 0; t < count; t++) {
    const w = v128.load32_splat(weights);
    a = f32x4.add(a, f32x4.mul(w, v128.load(v)));
    if (blocks > 1) {
      b = f32x4.add(b, f32x4.mul(w, v128.load(v, 16)));
      c = f32x4.add(c, f32x4.mul(w, v128.load(v, 32)));
      d = f32x4.add(d, f32x4.mul(w, v128.load(v, 48)));
    }
    weights += 4;
    v += stride;
  }
  v128.store(out, a);
  if (blocks > 1) {
    v128.store(out, b, 16);
    v128.store(out, c, 32);
    v128.store(out, d, 48);
  }
}

/**
 * `heads` query heads from head `first` on, each against `count` keys and values: out = softmax(q . k * scale) . v. Heads of `size` floats (a
 * multiple of 4) lie side by side in q and out; `share` of them have the same keys and values, in rows of `size`, the next ones' `cacheStep`
 * bytes further. q, k, v and out point to head 0. `weights` is scratch of `count` floats.
 */
export function attend_heads(
  q: usize, k: usize, v: usize, cacheStep: i32, out: usize, weights: usize, first: i32, heads: i32, share: i32, size: i32, count: i32, scale: f32,
): void {
  const row = <usize>size << 2;
  for (let n: i32 = first; n < first + heads; n++) {
    const head = <usize>n * row, group = <usize>(n / share) * <usize>cacheStep;
    let kp = k + group;
    for (let t: i32 = 0; t < count; t++) {
      let acc = f32x4.splat(0);
      for (let o: usize = 0; o < row; o += 16) acc = f32x4.add(acc, f32x4.mul(v128.load(q + head + o), v128.load(kp + o)));
      const dot = (f32x4.extract_lane(acc, 0) + f32x4.extract_lane(acc, 1)) + (f32x4.extract_lane(acc, 2) + f32x4.extract_lane(acc, 3));
      store<f32>(weights + (<usize>t << 2), dot * scale);
      kp += row;
    }
    divide(weights, count, exponentials(weights, weights, count, largest(weights, count, -Infinity)));
    let o: usize = 0;
    for (; o + 64 <= row; o += 64) mix(4, weights, v + group + o, row, count, out + head + o);
    for (; o < row; o += 16) mix(1, weights, v + group + o, row, count, out + head + o);
  }
}
