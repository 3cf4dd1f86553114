/** The discrete Fourier transform of one length, in double precision. */

/** A complex sequence: real and imaginary parts side by side. */
export type Complex = Float64Array;

/**
 * Makes the transform y[k] = sum over n of x[n] * e^(-2 pi i k n / N) for sequences of N complex numbers (the inverse:
 * with e^(+..), divided by N). Lengths are split by their smallest prime factor p: p transforms of every p-th element
 * are combined, so that N = p * q * .. costs N * (p + q + ..) steps.
 */
export function fourier(length: number, inverse: boolean): (x: Complex, y: Complex) => void {
  const cos = new Float64Array(length);
  const sin = new Float64Array(length);
  for (let k = 0; k < length; k++) {
    const angle = ((inverse ? 2 : -2) * Math.PI * k) / length;
    cos[k] = Math.cos(angle);
    sin[k] = Math.sin(angle);
  }
  const scratch = new Float64Array(2 * length);

  // y[at .. at + n) = transform of the n elements x[start], x[start + step], ..
  const transform = (x: Complex, start: number, step: number, y: Complex, at: number, n: number): void => {
    if (n === 1) {
      y[2 * at] = x[2 * start];
      y[2 * at + 1] = x[2 * start + 1];
      return;
    }
    const p = smallestFactor(n);
    const m = n / p;
    for (let r = 0; r < p; r++) transform(x, start + r * step, step * p, y, at + r * m, m);
    for (let k = 0; k < m; k++) {
      for (let r = 0; r < p; r++) {
        scratch[2 * r] = y[2 * (at + r * m + k)];
        scratch[2 * r + 1] = y[2 * (at + r * m + k) + 1];
      }
      for (let q = 0; q < p; q++) {
        const turn = (length / n) * (k + q * m); // one step of r turns by this many N-ths of a circle
        let re = 0, im = 0;
        for (let r = 0, w = 0; r < p; r++, w = (w + turn) % length) {
          re += scratch[2 * r] * cos[w] - scratch[2 * r + 1] * sin[w];
          im += scratch[2 * r] * sin[w] + scratch[2 * r + 1] * cos[w];
        }
        y[2 * (at + k + q * m)] = re;
        y[2 * (at + k + q * m) + 1] = im;
      }
    }
  };

  return (x, y) => {
    if (length === 0) return;
    transform(x, 0, 1, y, 0, length);
    if (inverse) for (let i = 0; i < 2 * length; i++) y[i] /= length;
  };
}

function smallestFactor(n: number): number {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return p;
  return n;
}
