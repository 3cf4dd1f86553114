// Reductions of float32. Sums run in double precision, in lanes that are added at the end, and are rounded once.

const SUM = 0, SQUARES = 1, ABSOLUTE = 2, MAX = 3, MIN = 4;

// @ts-ignore: decorator
@inline
function extreme(op: i32, a: v128, b: v128): v128 {
  return op == MAX ? f32x4.max(a, b) : f32x4.min(a, b);
}

// @ts-ignore: decorator
@inline
function addend(op: i32, x: v128): v128 {
  if (op == SQUARES) return f64x2.mul(x, x);
  if (op == ABSOLUTE) return f64x2.abs(x);
  return x;
}

// @ts-ignore: decorator
@inline
function high(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

// Sum / by, or its root.
// @ts-ignore: decorator
@inline
function rounded(sum: f64, by: f64, root: i32): f32 {
  return <f32>(root ? sqrt(sum) : sum / by);
}

// @ts-ignore: decorator
@inline
function sums(op: i32, x: usize, y: usize, outer: i32, length: i32, inner: i32, by: f64, root: i32): void {
  const step = <usize>inner << 2;
  for (let o: i32 = 0; o < outer; o++) {
    if (inner == 1) {
      let a = f64x2.splat(0), b = a;
      let i: i32 = 0;
      for (; i + 4 <= length; i += 4) {
        const v = v128.load(x + (<usize>i << 2));
        a = f64x2.add(a, addend(op, f64x2.promote_low_f32x4(v)));
        b = f64x2.add(b, addend(op, high(v)));
      }
      a = f64x2.add(a, b);
      for (; i < length; i++) {
        a = f64x2.add(a, addend(op, f64x2.promote_low_f32x4(v128.load32_zero(x + (<usize>i << 2)))));
      }
      store<f32>(y, rounded(f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1), by, root));
    } else {
      let j: i32 = 0;
      for (; j + 4 <= inner; j += 4) {
        let a = f64x2.splat(0), b = a, p = x + (<usize>j << 2);
        for (let i: i32 = 0; i < length; i++) {
          const v = v128.load(p);
          a = f64x2.add(a, addend(op, f64x2.promote_low_f32x4(v)));
          b = f64x2.add(b, addend(op, high(v)));
          p += step;
        }
        const to = y + (<usize>j << 2);
        store<f32>(to, rounded(f64x2.extract_lane(a, 0), by, root));
        store<f32>(to, rounded(f64x2.extract_lane(a, 1), by, root), 4);
        store<f32>(to, rounded(f64x2.extract_lane(b, 0), by, root), 8);
        store<f32>(to, rounded(f64x2.extract_lane(b, 1), by, root), 12);
      }
      for (; j < inner; j++) {
        let a = f64x2.splat(0), p = x + (<usize>j << 2);
        for (let i: i32 = 0; i < length; i++) {
          a = f64x2.add(a, addend(op, f64x2.promote_low_f32x4(v128.load32_zero(p))));
          p += step;
        }
        store<f32>(y + (<usize>j << 2), rounded(f64x2.extract_lane(a, 0), by, root));
      }
    }
    x += <usize>length * step;
    y += step;
  }
}

// @ts-ignore: decorator
@inline
function extremes(op: i32, x: usize, y: usize, outer: i32, length: i32, inner: i32): void {
  const step = <usize>inner << 2;
  const least = f32x4.splat(op == MAX ? -Infinity : Infinity);
  for (let o: i32 = 0; o < outer; o++) {
    if (inner == 1) {
      let a = least;
      let i: i32 = 0;
      for (; i + 4 <= length; i += 4) a = extreme(op, a, v128.load(x + (<usize>i << 2)));
      for (; i < length; i++) a = extreme(op, a, v128.load32_splat(x + (<usize>i << 2)));
      a = extreme(op, a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
      v128.store32_lane(y, extreme(op, a, v128.shuffle<f32>(a, a, 1, 0, 3, 2)), 0);
    } else {
      for (let j: i32 = 0; j < inner; j++) {
        let a = least, p = x + (<usize>j << 2);
        const wide = j + 4 <= inner;
        for (let i: i32 = 0; i < length; i++) {
          a = extreme(op, a, wide ? v128.load(p) : v128.load32_zero(p));
          p += step;
        }
        if (wide) {
          v128.store(y + (<usize>j << 2), a);
          j += 3;
        } else v128.store32_lane(y + (<usize>j << 2), a, 0);
      }
    }
    x += <usize>length * step;
    y += step;
  }
}

/** y [outer][inner] = sum over `length` of x [outer][length][inner], divided by `by`. */
export function reduce_sum(x: usize, y: usize, outer: i32, length: i32, inner: i32, by: f64): void { sums(SUM, x, y, outer, length, inner, by, 0); }
/** The sum of int64, modulo 2^64. */
export function i64_reduce_sum(x: usize, y: usize, outer: i32, length: i32, inner: i32): void {
  const step = <usize>inner << 3;
  for (let o: i32 = 0; o < outer; o++) {
    for (let j: i32 = 0; j < inner; j++) {
      let sum: i64 = 0, p = x + (<usize>j << 3);
      for (let i: i32 = 0; i < length; i++) {
        sum += load<i64>(p);
        p += step;
      }
      store<i64>(y + (<usize>j << 3), sum);
    }
    x += <usize>length * step;
    y += step;
  }
}

/** The sum of squares, or its root. */
export function reduce_squares(x: usize, y: usize, outer: i32, length: i32, inner: i32, root: i32): void { sums(SQUARES, x, y, outer, length, inner, 1, root); }
/** The sum of magnitudes. */
export function reduce_abs(x: usize, y: usize, outer: i32, length: i32, inner: i32): void { sums(ABSOLUTE, x, y, outer, length, inner, 1, 0); }
/** The maximum; NaN if there is one, -inf of nothing. */
export function reduce_max(x: usize, y: usize, outer: i32, length: i32, inner: i32): void { extremes(MAX, x, y, outer, length, inner); }
/** The minimum; NaN if there is one, inf of nothing. */
export function reduce_min(x: usize, y: usize, outer: i32, length: i32, inner: i32): void { extremes(MIN, x, y, outer, length, inner); }
