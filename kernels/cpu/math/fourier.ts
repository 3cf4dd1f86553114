/** The discrete Fourier transform of one length. */
import type { Step } from '../support/index.ts';

/** A complex sequence: real and imaginary parts side by side. */
export type Complex = Float64Array;

/**
 * Makes the transform y[k] = sum over n of x[n] * e^(-2 pi i k n / N) for sequences of N complex numbers (the inverse:
 * with e^(+..), divided by N), each step rounded by `r`. A length N = p * m, with p its smallest prime factor, is split by
 * decimation in frequency: for each t < p the outputs t, t + p, t + 2p, .. are the transform of the m numbers
 *     z[i] = e^(-2 pi i t i / N) * sum over s < p of x[i + m * s] * e^(-2 pi i s t / p)
 * so that N = p * q * .. costs N * (p + q + ..) steps. x is overwritten.
 */
export function fourier(length: number, inverse: boolean, r: Step): (x: Complex, y: Complex) => void {
  const cos = new Float64Array(length);
  const sin = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const [re, im] = unitCircle(k, length);
    cos[k] = r(re);
    sin[k] = r(inverse ? im : -im);
  }
  const factors = primeFactors(length);
  const scratch = new Float64Array(2 * length);

  // transforms x[from .. from + n) into y[at], y[at + step], ..
  const transform = (x: Complex, from: number, n: number, level: number, y: Complex, at: number, step: number): void => {
    if (n === 1) {
      y[2 * at] = x[2 * from];
      y[2 * at + 1] = x[2 * from + 1];
      return;
    }
    const p = factors[level];
    const m = n / p;
    const turn = length / n; // the circle in n parts, in steps of the table
    for (let t = 0; t < p; t++) {
      for (let i = 0; i < m; i++) {
        let re = 0, im = 0;
        for (let s = 0; s < p; s++) {
          const w = (((s * t) % p) * length) / p;
          const a = x[2 * (from + i + m * s)], b = x[2 * (from + i + m * s) + 1];
          re = r(re + r(r(a * cos[w]) - r(b * sin[w])));
          im = r(im + r(r(a * sin[w]) + r(b * cos[w])));
        }
        const w = (t * i * turn) % length;
        scratch[2 * (from + t * m + i)] = r(r(re * cos[w]) - r(im * sin[w]));
        scratch[2 * (from + t * m + i) + 1] = r(r(re * sin[w]) + r(im * cos[w]));
      }
    }
    x.set(scratch.subarray(2 * from, 2 * (from + n)), 2 * from);
    for (let t = 0; t < p; t++) transform(x, from + t * m, m, level + 1, y, at + t * step, p * step);
  };

  return (x, y) => {
    transform(x, 0, length, 0, y, 0, 1);
    if (inverse) for (let i = 0; i < 2 * length; i++) y[i] = r(y[i] / length);
  };
}

/** cos and sin of 2 pi k / n, exact at quarter turns. */
function unitCircle(k: number, n: number): readonly [number, number] {
  const quarters = (4 * k) / n;
  if (Number.isInteger(quarters)) return QUARTERS[quarters];
  return [Math.cos((2 * Math.PI * k) / n), Math.sin((2 * Math.PI * k) / n)];
}

const QUARTERS = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const;

function primeFactors(n: number): number[] {
  const factors: number[] = [];
  for (let p = 2; p * p <= n; p++) for (; n % p === 0; n /= p) factors.push(p);
  if (n > 1) factors.push(n);
  return factors;
}

/** Makes the upper half of a sequence the conjugate of the lower half, as the transform of real numbers is. */
export function mirror(x: Complex, length: number): void {
  x[1] = 0;
  if (length % 2 === 0) x[length + 1] = 0;
  for (let k = 1; 2 * k < length; k++) {
    x[2 * (length - k)] = x[2 * k];
    x[2 * (length - k) + 1] = -x[2 * k + 1];
  }
}
