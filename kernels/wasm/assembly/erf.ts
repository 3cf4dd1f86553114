// The error function that other kernels build on. Not an export of the module.
import { exp4 } from './exp';

// @ts-ignore: decorator
@inline
function step(sum: v128, x: v128, c: f32): v128 {
  return f32x4.add(f32x4.mul(sum, x), f32x4.splat(c));
}

// erf(x) for |x| <= 1: the Maclaurin series 2 / sqrt(pi) * sum of (-1)^n x^(2n + 1) / (n! (2n + 1)), as far as float32 sees.
// @ts-ignore: decorator
@inline
function near(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(1.4807192e-8);
  p = step(p, z, -1.6365844e-7);
  p = step(p, z, 1.6462114e-6);
  p = step(p, z, -1.4925651e-5);
  p = step(p, z, 1.2055333e-4);
  p = step(p, z, -8.5483270e-4);
  p = step(p, z, 5.2239776e-3);
  p = step(p, z, -2.6866170e-2);
  p = step(p, z, 1.1283792e-1);
  p = step(p, z, -3.7612639e-1);
  p = step(p, z, 1.1283792);
  return f32x4.mul(p, x);
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
  return f32x4.mul(t, exp4(f32x4.sub(p, f32x4.mul(x, x))));
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
