// The exponential that other kernels build on. Not an export of the module.

// e^x of the two floats in the low half, in double precision: x = n ln2 + r with |r| <= ln2 / 2, Taylor's polynomial of degree 10
// in r (error below 2^-42), times 2^n.
// @ts-ignore: decorator
@inline
function exp2(x: v128): v128 {
  const d = f64x2.promote_low_f32x4(x);
  const n = f64x2.nearest(f64x2.mul(d, f64x2.splat(1.4426950408889634)));
  const r = f64x2.sub(d, f64x2.mul(n, f64x2.splat(0.6931471805599453)));
  let p = f64x2.splat(1.0 / 3628800);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  const exponent = i64x2.extend_low_i32x4_s(i32x4.add(i32x4.trunc_sat_f64x2_s_zero(n), i32x4.splat(1023)));
  return f32x4.demote_f64x2_zero(f64x2.mul(p, i64x2.shl(exponent, 52)));
}

/**
 * e^x in float32: the double result rounded once, so that it is the nearest float but for about one input in 2^17. Infinity above
 * 88.73, subnormal results are kept, NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.splat(90), f32x4.pmax(f32x4.splat(-110), x));
  const low = exp2(bounded);
  const high = exp2(v128.shuffle<i32>(bounded, bounded, 2, 3, 2, 3));
  return v128.bitselect(x, v128.shuffle<i32>(low, high, 0, 1, 4, 5), f32x4.ne(x, x));
}
