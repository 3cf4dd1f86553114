/** Transcendental functions in WGSL, where its own are too coarse near 0 or overflow: relative errors of a few float32 steps. */

/** e^x within a rounding step (WGSL allows its own 3 + 2 |x| of them): 2^n e^r by the series, |r| <= ln 2 / 2. */
export const EXP = `
fn exp_of(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) { return x; }
  if (x > 88.722839) { return bitcast<f32>(0x7f800000u | (bits & 0x80000000u)); }
  if (x < -103.97208) { return 0.0; }
  let n = round(x * 1.44269504);
  let r = (x - n * 0.693359375) + n * 2.12194440e-4; // ln 2 in two parts, the first exact when multiplied
  var s = 1.9841270e-4;
  s = s * r + 1.3888889e-3; s = s * r + 8.3333333e-3; s = s * r + 4.1666667e-2; s = s * r + 0.16666667; s = s * r + 0.5;
  let e = 1.0 + (r + r * r * s);
  let a = i32(n) / 2; let b = i32(n) - a;
  return e * bitcast<f32>(u32(a + 127) << 23u) * bitcast<f32>(u32(b + 127) << 23u);
}`;

/** 1 / (1 + e^-x) without overflow. */
export const LOGISTIC = `${EXP}
fn logistic(x: f32) -> f32 { let e = exp_of(-abs(x)); return select(1.0, e, x < 0.0) / (1.0 + e); }`;

/** ln x, with the limits at 0 and infinity that drivers may leave out. */
export const LOG = `
fn log_of(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if (x == 0.0) { return bitcast<f32>(0xff800000u | (bits & 1u)); }
  if (x < 0.0) { return bitcast<f32>(0x7fc00000u | bits); }
  if (bits == 0x7f800000u) { return x; }
  return log(x);
}`;

/** tanh: a series near 0, else through e^(-2|x|). */
export const TANH = `
fn tanh_of(x: f32) -> f32 {
  let a = abs(x);
  if (a < 0.3) { let s = x * x; return x * (1.0 + s * (-0.33333333 + s * (0.13333333 + s * (-0.053968254 + s * 0.021869489)))); }
  let e = exp(-2.0 * a);
  let t = (1.0 - e) / (1.0 + e);
  return select(t, -t, x < 0.0);
}`;

/** e^x - 1: a series near 0. */
export const EXPM1 = `
fn expm1_of(x: f32) -> f32 {
  if (abs(x) > 0.3) { return exp(x) - 1.0; }
  return x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668 + x * (0.0083333334 + x * 0.0013888889)))));
}`;

/** max(x, 0) + ln(1 + e^-|x|). */
export const SOFTPLUS = `
fn softplus_of(x: f32) -> f32 {
  let e = exp(-abs(x));
  let tail = select(log(1.0 + e), e * (1.0 - e * (0.5 - e * (0.33333334 - e * (0.25 - e * 0.2)))), e < 0.05);
  return max(x, 0.0) + tail;
}`;

/**
 * erf and 1 + erf: below 1 the Maclaurin series 2 / sqrt(pi) * sum of (-1)^n x^(2n + 1) / (n! (2n + 1)), above through the complement,
 * e^(-x^2) t e^(c0 + c1 t + ..) with t = 1 / (1 + x / 2): https://numerical.recipes, section 6.2.
 */
export const ERF = `
fn erf_near(x: f32) -> f32 {
  let z = x * x;
  var s = 1.4807192e-8;
  s = s * z - 1.6365844e-7; s = s * z + 1.6462114e-6; s = s * z - 1.4925651e-5; s = s * z + 1.2055333e-4; s = s * z - 8.5483270e-4;
  s = s * z + 5.2239776e-3; s = s * z - 2.6866170e-2; s = s * z + 1.1283792e-1; s = s * z - 3.7612639e-1; s = s * z + 1.1283792;
  return s * x;
}
fn erf_complement(x: f32) -> f32 {
  let t = 2.0 / (2.0 + x);
  var s = 0.17087277;
  s = s * t - 0.82215223; s = s * t + 1.48851587; s = s * t - 1.13520398; s = s * t + 0.27886807; s = s * t - 0.18628806;
  s = s * t + 0.09678418; s = s * t + 0.37409196; s = s * t + 1.00002368; s = s * t - 1.26551223;
  return t * exp(s - x * x);
}
fn erf_of(x: f32) -> f32 {
  if (!(abs(x) > 1.0)) { return erf_near(x); }
  return sign(x) * (1.0 - erf_complement(abs(x)));
}
fn one_plus_erf(x: f32) -> f32 {
  if (!(abs(x) > 1.0)) { return 1.0 + erf_near(x); }
  let rest = erf_complement(abs(x));
  return select(2.0 - rest, rest, x < 0.0);
}
fn gelu_of(x: f32) -> f32 { return 0.5 * x * one_plus_erf(x * 0.70710678); }`;

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))), which is x * logistic of twice the argument. Needs LOGISTIC. */
export const GELU_TANH = 'fn gelu_tanh(x: f32) -> f32 { return x * logistic(1.5957691 * (x + 0.044715 * x * x * x)); }';
