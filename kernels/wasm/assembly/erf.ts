// The error function that other kernels build on. Not an export of the module.

// @ts-ignore: decorator
@inline
function step(sum: v128, x: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(c));
}

// erf(x) for |x| <= 1: x times a polynomial in x^2, fitted at Chebyshev's nodes to a relative error of 2e-9.
// @ts-ignore: decorator
@inline
function near(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(7.8824974e-5);
  p = step(p, z, -8.0188550e-4);
  p = step(p, z, 5.1893122e-3);
  p = step(p, z, -2.6854328e-2);
  p = step(p, z, 1.1283597e-1);
  p = step(p, z, -3.7612626e-1);
  p = step(p, z, 1.1283791);
  return f32x4.mul(p, x);
}

/** Magic number that rounds half to even while |x| < 2^22; the integer stands in the low bits of the sum. */
const ROUND: f32 = 12582912.0;

// e^x for x <= 0 within 2e-7 of itself, and about 1e-38 below -87: x = n ln2 + r, a polynomial in r, n added to the exponent.
// @ts-ignore: decorator
@inline
function decay(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.splat(-87), x);
  const shifted = f32x4.add(f32x4.mul(bounded, f32x4.splat(1.442695)), f32x4.splat(ROUND));
  const n = f32x4.sub(shifted, f32x4.splat(ROUND));
  // ln2 in two parts: the first times n is exact.
  const r = f32x4.sub(f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.1219444e-4)));
  let p = f32x4.splat(1.3948590e-3);
  p = step(p, r, 8.3751351e-3);
  p = step(p, r, 4.1666217e-2);
  p = step(p, r, 1.6666415e-1);
  p = step(p, r, 0.5);
  p = step(p, r, 1);
  p = step(p, r, 1);
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

// 1 - erf(x) for x >= 1: e^(-x^2) t (c0 + c1 t + ..) with t = 1 / (1 + x / 2), the coefficients of Chebyshev expansions of
// ln(e^(x^2) (1 - erf(x)) / t): https://numerical.recipes, section 6.2, the complementary error function.
// @ts-ignore: decorator
@inline
function complement(x: v128): v128 {
  const t = f32x4.div(f32x4.splat(2), f32x4.add(f32x4.splat(2), x));
  let p = f32x4.splat(0.17087277);
  p = step(p, t, -0.82215223);
  p = step(p, t, 1.48851587);
  p = step(p, t, -1.13520398);
  p = step(p, t, 0.27886807);
  p = step(p, t, -0.18628806);
  p = step(p, t, 0.09678418);
  p = step(p, t, 0.37409196);
  p = step(p, t, 1.00002368);
  p = step(p, t, -1.26551223);
  return f32x4.mul(t, decay(f32x4.sub(p, f32x4.mul(x, x))));
}

/** erf(x), within 3e-7; NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const size = f32x4.abs(x);
  const far = f32x4.sub(f32x4.splat(1), complement(size));
  const sign = v128.and(x, i32x4.splat(0x80000000));
  return v128.bitselect(near(x), v128.or(far, sign), v128.not(f32x4.gt(size, f32x4.splat(1))));
}

/** 1 + erf(x), without cancelling below -1. */
// @ts-ignore: decorator
@inline
export function onePlusErf4(x: v128): v128 {
  const size = f32x4.abs(x);
  const rest = complement(size);
  const one = f32x4.splat(1);
  const far = v128.bitselect(rest, f32x4.sub(f32x4.splat(2), rest), f32x4.lt(x, f32x4.splat(0)));
  return v128.bitselect(f32x4.add(one, near(x)), far, v128.not(f32x4.gt(size, one)));
}
