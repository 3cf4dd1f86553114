// Elementwise float32 kernels over contiguous memory. Each takes pointers and an element count, and handles any tail.

/** y[i] = a[i] + b[i] */
export function f32_add(a: usize, b: usize, y: usize, n: i32): void {
  let i: i32 = 0;
  for (; i + 4 <= n; i += 4) {
    const o = <usize>i << 2;
    v128.store(y + o, f32x4.add(v128.load(a + o), v128.load(b + o)));
  }
  for (; i < n; i++) {
    const o = <usize>i << 2;
    store<f32>(y + o, load<f32>(a + o) + load<f32>(b + o));
  }
}
