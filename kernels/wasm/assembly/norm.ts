// Normalization of rows. Sums run in four lanes that are added at the end, so they may differ from the scalar provider's in
// the last bits; every other step is the same.

// @ts-ignore: decorator
@inline
function horizontal(v: v128): f32 {
  return (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1)) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3));
}

// @ts-ignore: decorator
@inline
function rowSum(x: usize, n: i32): f32 {
  let acc = f32x4.splat(0);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) acc = f32x4.add(acc, v128.load(x + (<usize>i << 2)));
  let sum = horizontal(acc);
  for (; i < n; i++) sum += load<f32>(x + (<usize>i << 2));
  return sum;
}

// @ts-ignore: decorator
@inline
function rowSquares(x: usize, n: i32, mean: f32): f32 {
  let acc = f32x4.splat(0);
  const m = f32x4.splat(mean);
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const d = f32x4.sub(v128.load(x + (<usize>i << 2)), m);
    acc = f32x4.add(acc, f32x4.mul(d, d));
  }
  let sum = horizontal(acc);
  for (; i < n; i++) {
    const d = load<f32>(x + (<usize>i << 2)) - mean;
    sum += d * d;
  }
  return sum;
}

/**
 * y = (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + bias for each of `rows` rows of n. `centered` 0 leaves the mean
 * at 0; `bias` 0 means none.
 */
export function normalize_rows(x: usize, scale: usize, bias: usize, y: usize, rows: i32, n: i32, epsilon: f32, centered: i32): void {
  for (let r: i32 = 0; r < rows; r++) {
    const mean: f32 = centered ? rowSum(x, n) / <f32>n : 0;
    const deviation = sqrt(rowSquares(x, n, mean) / <f32>n + epsilon);
    const m = f32x4.splat(mean), d = f32x4.splat(deviation);
    let i: i32 = 0;
    for (; i + 4 <= n; i += 4) {
      const o = <usize>i << 2;
      let v = f32x4.mul(f32x4.div(f32x4.sub(v128.load(x + o), m), d), v128.load(scale + o));
      if (bias) v = f32x4.add(v, v128.load(bias + o));
      v128.store(y + o, v);
    }
    for (; i < n; i++) {
      const o = <usize>i << 2;
      const v = (load<f32>(x + o) - mean) / deviation * load<f32>(scale + o);
      store<f32>(y + o, bias ? v + load<f32>(bias + o) : v);
    }
    x += <usize>n << 2;
    y += <usize>n << 2;
  }
}
