// The exponential that other kernels build on. Not an export of the module.

/**
 * e^x in float32: x = n ln2 + r with |r| <= ln2 / 2, a polynomial of degree 6 in r, and 2^n in two factors so that subnormal
 * results are rounded, not flushed. At most 2 units in the last place from the exact value; inf above 88.73, 0 below -104.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.splat(89), f32x4.pmax(f32x4.splat(-104), x));
  const n = f32x4.nearest(f32x4.mul(bounded, f32x4.splat(1.44269504)));
  let r = f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.splat(1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const i = i32x4.trunc_sat_f32x4_s(n);
  const h = i32x4.shr_s(i, 1);
  const bias = i32x4.splat(127);
  p = f32x4.mul(p, i32x4.shl(i32x4.add(h, bias), 23));
  p = f32x4.mul(p, i32x4.shl(i32x4.add(i32x4.sub(i, h), bias), 23));
  return v128.bitselect(x, p, f32x4.ne(x, x)); // NaN stays NaN
}
