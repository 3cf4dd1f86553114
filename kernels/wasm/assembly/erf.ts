// The error function that other kernels build on. Not an export of the module. Coefficients lie in memory: see exp.ts.

/** erf(x) / x in x^2, the highest power first. */
const NEAR: usize = memory.data<f32>([
  7.8824974e-5, -8.0188550e-4, 5.1893122e-3, -2.6854328e-2, 1.1283597e-1, -3.7612626e-1, 1.1283791,
], 4);
/**
 * Where e^x is taken to be 0; log2 e; 1.5 * 2^23, which rounds a float that is added to it to an integer in the low bits of the sum; ln 2 in two
 * parts, the first of which times an integer is exact.
 */
const REDUCTION: usize = memory.data<f32>([-87.0, 1.442695, 12582912.0, 0.693359375, -2.1219444e-4], 4);
/** e^r. */
const DECAY: usize = memory.data<f32>([
  1.3948590e-3, 8.3751351e-3, 4.1666217e-2, 1.6666415e-1, 0.5, 1.0, 1.0,
], 4);
/** ln(e^(x^2) (1 - erf(x)) / t) in t. */
const COMPLEMENT: usize = memory.data<f32>([
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
], 4);

// x times one coefficient plus the next.
// @ts-ignore: decorator
@inline
function pair(x: v128, table: usize): v128 {
  return f32x4.add(f32x4.mul(v128.load32_splat(table), x), v128.load32_splat(table + 4));
}

// high * x + low.
// @ts-ignore: decorator
@inline
function join(high: v128, x: v128, low: v128): v128 {
  return f32x4.add(f32x4.mul(high, x), low);
}

// A polynomial of degree 6, by pairs (Estrin's scheme): the chain of steps that wait for each other is half as long.
// @ts-ignore: decorator
@inline
function degree6(x: v128, table: usize): v128 {
  const x2 = f32x4.mul(x, x), x4 = f32x4.mul(x2, x2);
  const high = join(v128.load32_splat(table), x2, pair(x, table + 4));
  return join(high, x4, join(pair(x, table + 12), x2, pair(x, table + 20)));
}

// erf(x) for |x| <= 1: x times a polynomial in x^2, fitted at Chebyshev's nodes to a relative error of 2e-9.
// @ts-ignore: decorator
@inline
function near(x: v128): v128 {
  const z = f32x4.mul(x, x);
  return f32x4.mul(degree6(z, NEAR), x);
}

// e^x for x <= 0 within 2e-7 of itself, and about 1e-38 below -87: x = n ln2 + r, a polynomial in r, n added to the exponent.
// @ts-ignore: decorator
@inline
function decay(x: v128): v128 {
  const bounded = f32x4.pmax(v128.load32_splat(REDUCTION), x), round = v128.load32_splat(REDUCTION, 8);
  const shifted = f32x4.add(f32x4.mul(bounded, v128.load32_splat(REDUCTION, 4)), round);
  const n = f32x4.sub(shifted, round);
  const r = f32x4.sub(f32x4.sub(bounded, f32x4.mul(n, v128.load32_splat(REDUCTION, 12))), f32x4.mul(n, v128.load32_splat(REDUCTION, 16)));
  return i32x4.add(degree6(r, DECAY), i32x4.shl(shifted, 23));
}

// 1 - erf(x) for x >= 1: e^(-x^2) t (c0 + c1 t + ..) with t = 1 / (1 + x / 2), the coefficients of Chebyshev expansions of
// ln(e^(x^2) (1 - erf(x)) / t): https://numerical.recipes, section 6.2, the complementary error function.
// @ts-ignore: decorator
@inline
function complement(x: v128): v128 {
  const t = f32x4.div(f32x4.splat(2), f32x4.add(f32x4.splat(2), x));
  const t2 = f32x4.mul(t, t), t4 = f32x4.mul(t2, t2);
  const high = pair(t, COMPLEMENT), middle = join(pair(t, COMPLEMENT + 8), t2, pair(t, COMPLEMENT + 16));
  const p = join(join(high, t4, middle), t4, join(pair(t, COMPLEMENT + 24), t2, pair(t, COMPLEMENT + 32)));
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
