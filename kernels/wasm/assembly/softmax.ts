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

/**
 * Softmax of scores in place: row r of n sees its first min(n, seen + r * step) entries, the others get 0. A row of nothing but
 * -inf becomes 0.
 */
export function softmax_seen(x: usize, rows: i32, n: i32, seen: i32, step: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    const count = min(n, seen + r * step);
    const top = largest(x, count, -Infinity);
    if (top == -Infinity) memory.fill(x, 0, <usize>n << 2);
    else {
      divide(x, count, exponentials(x, x, count, top));
      memory.fill(x + (<usize>count << 2), 0, <usize>(n - count) << 2);
    }
    x += <usize>n << 2;
  }
}

/**
 * One query row against `count` keys and values of one head, rows `stride` bytes apart:
 * out = softmax(q . k * scale) . v. `weights` is scratch of `count` floats. `size` is a multiple of 4.
 */
export function attend_row(q: usize, k: usize, v: usize, stride: usize, out: usize, weights: usize, size: i32, count: i32, scale: f32): void {
  let kp = k;
  for (let t: i32 = 0; t < count; t++) {
    let acc = f32x4.splat(0);
    for (let i: i32 = 0; i < size; i += 4) {
      const o = <usize>i << 2;
      acc = f32x4.add(acc, f32x4.mul(v128.load(q + o), v128.load(kp + o)));
    }
    const dot = (f32x4.extract_lane(acc, 0) + f32x4.extract_lane(acc, 1)) + (f32x4.extract_lane(acc, 2) + f32x4.extract_lane(acc, 3));
    store<f32>(weights + (<usize>t << 2), dot * scale);
    kp += stride;
  }
  const top = largest(weights, count, -Infinity);
  divide(weights, count, exponentials(weights, weights, count, top));
  for (let i: i32 = 0; i < size; i += 4) {
    const o = <usize>i << 2;
    let acc = f32x4.splat(0);
    let vp = v + o;
    for (let t: i32 = 0; t < count; t++) {
      acc = f32x4.add(acc, f32x4.mul(v128.load32_splat(weights + (<usize>t << 2)), v128.load(vp)));
      vp += stride;
    }
    v128.store(out + o, acc);
  }
}
