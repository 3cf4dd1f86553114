// The exponential that other kernels build on. Not an export of the module.

/** 1.5 * 2^52: a double added to it is rounded to an integer, which then stands in the low bits of the sum. */
const ROUND: f64 = 6755399441055744.0;

// e^x of the two floats in the low half, in double precision: x = n ln2 + r with |r| <= ln2 / 2, times 2^n by adding n to the exponent.
// The polynomial of degree 8 in r is the best one that begins with 1 + r: its relative error is below 2^-39.
// @ts-ignore: decorator
@inline
function exp2(x: v128): v128 {
  const d = f64x2.promote_low_f32x4(x), magic = f64x2.splat(ROUND);
  const shifted = f64x2.add(f64x2.mul(d, f64x2.splat(1.4426950408889634)), magic);
  const r = f64x2.sub(d, f64x2.mul(f64x2.sub(shifted, magic), f64x2.splat(0.6931471805599453)));
  let p = f64x2.splat(2.4708196115208757e-5);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.9909006469026968e-4));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.3889197745252542e-3));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(8.333281705314754e-3));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(4.16666643983021e-2));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.16666666784793963));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5000000000428516));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  return f32x4.demote_f64x2_zero(i64x2.add(p, i64x2.shl(shifted, 52)));
}

/**
 * e^x in float32: the double result rounded once, so that it is the nearest float but for about one input in 2^16. Infinity above
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
