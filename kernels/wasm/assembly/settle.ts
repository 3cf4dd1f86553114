// What products of block-quantized weights do with the sum of a block. Not an export of the module.

// y[offset..] += (sa * scale) * sum, `sa` the scale of the activations in every lane.
// @ts-ignore: decorator
@inline
export function settle(y: usize, offset: usize, sa: v128, scale: v128, sum: v128): void {
  v128.store(y + offset, share(v128.load(y + offset), sa, scale, sum));
}

// @ts-ignore: decorator
@inline
export function share(y: v128, sa: v128, scale: v128, sum: v128): v128 {
  return f32x4.add(y, f32x4.mul(f32x4.mul(sa, scale), f32x4.convert_i32x4_s(sum)));
}

// Clears 16 floats of each row.
// @ts-ignore: decorator
@inline
export function clearRows(y: usize, yBytes: usize, rows: i32): void {
  const none = i32x4.splat(0);
  for (let r: i32 = 0; r < rows; r++) { // not memory.fill, which is a call
    v128.store(y, none);
    v128.store(y, none, 16);
    v128.store(y, none, 32);
    v128.store(y, none, 48);
    y += yBytes;
  }
}
