// The exponential that other kernels build on. Not an export of the module.

/**
 * log2 e; 1.5 * 2^52, which rounds a double that is added to it to an integer in the low bits of the sum; ln 2. Here as below: in memory,
 * because V8 builds a literal vector anew at every use.
 */
const REDUCTION: usize = memory.data<f64>([1.4426950408889634, 6755399441055744.0, 0.6931471805599453], 8);
/** The polynomial of degree 8 that begins with 1 + r and is closest to e^r for |r| <= ln2 / 2: its relative error is below 2^-39. */
const COEFFICIENTS: usize = memory.data<f64>([
  2.4708196115208757e-5, 1.9909006469026968e-4, 1.3889197745252542e-3, 8.333281705314754e-3, 4.16666643983021e-2, 0.16666666784793963,
  0.5000000000428516, 1.0,
], 8);

// Of two doubles: n where x = n ln2 + r, plus the number that rounds it.
// @ts-ignore: decorator
@inline
function whole(x: v128): v128 {
  return f64x2.add(f64x2.mul(x, v128.load64_splat(REDUCTION)), v128.load64_splat(REDUCTION, 8));
}

// @ts-ignore: decorator
@inline
function rest(x: v128, shifted: v128): v128 {
  return f64x2.sub(x, f64x2.mul(f64x2.sub(shifted, v128.load64_splat(REDUCTION, 8)), v128.load64_splat(REDUCTION, 16)));
}

/**
 * e^x in float32: computed in double precision and rounded once, so that it is the nearest float but for about one input in 2^16. x = n ln2 + r,
 * and n is added to the exponent of e^r. Infinity above 88.73, subnormal results are kept, NaN stays NaN.
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.splat(90), f32x4.pmax(f32x4.splat(-110), x));
  const x0 = f64x2.promote_low_f32x4(bounded), x1 = f64x2.promote_low_f32x4(v128.shuffle<i64>(bounded, bounded, 1, 1));
  const n0 = whole(x0), n1 = whole(x1);
  const r0 = rest(x0, n0), r1 = rest(x1, n1);
  let c = v128.load64_splat(COEFFICIENTS);
  let p0 = c, p1 = c;
  c = v128.load64_splat(COEFFICIENTS, 8); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 16); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 24); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 32); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 40); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 48); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  c = v128.load64_splat(COEFFICIENTS, 56); p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  p0 = f64x2.add(f64x2.mul(p0, r0), c); p1 = f64x2.add(f64x2.mul(p1, r1), c);
  const low = f32x4.demote_f64x2_zero(i64x2.add(p0, i64x2.shl(n0, 52)));
  const high = f32x4.demote_f64x2_zero(i64x2.add(p1, i64x2.shl(n1, 52)));
  return v128.bitselect(x, v128.shuffle<i64>(low, high, 0, 2), f32x4.ne(x, x));
}
