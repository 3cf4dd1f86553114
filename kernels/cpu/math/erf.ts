/**
 * The error function in double precision: erf(x) = 2 / sqrt(pi) * integral of exp(-t^2) for t from 0 to x.
 *
 * Below 3 by the series of positive terms (Abramowitz & Stegun 7.1.6)
 *     erf(x) = 2 / sqrt(pi) * exp(-x^2) * x * (1 + 2x^2/3 + (2x^2)^2/(3*5) + ...)
 * which never cancels; above by the continued fraction of its complement (7.1.14)
 *     erfc(x) = exp(-x^2) / sqrt(pi) * 1 / (x + (1/2) / (x + 1 / (x + (3/2) / (x + ...))))
 */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= 6) return Math.sign(x); // 1 - erf(6) is 2e-17, less than half an ulp of 1
  if (size < 3) return series(x);
  const tail = complement(size);
  return x > 0 ? 1 - tail : tail - 1;
}

const TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);

function series(x: number): number {
  const step = 2 * x * x;
  let term = 1;
  let sum = 1;
  for (let n = 3; term > sum * 1e-17; n += 2) {
    term *= step / n;
    sum += term;
  }
  return TWO_OVER_SQRT_PI * Math.exp(-x * x) * x * sum;
}

const LEVELS = 40; // enough for 1e-17 beside 1 at x = 3

function complement(x: number): number {
  let fraction = x;
  for (let k = LEVELS; k > 0; k--) fraction = x + k / 2 / fraction;
  return (TWO_OVER_SQRT_PI / 2) * Math.exp(-x * x) / fraction;
}
