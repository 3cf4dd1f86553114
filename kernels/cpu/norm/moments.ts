import type { FloatArray, Step } from '../support/index.ts';

/** Sum of `length` neighbouring elements, in order. */
export function sum(x: ArrayLike<number>, start: number, length: number, step: Step): number {
  let total = 0;
  for (let i = start; i < start + length; i++) total = step(total + x[i]);
  return total;
}

/** Sum of (x - center)^2 over `length` neighbouring elements, in order. */
export function sumOfSquares(x: ArrayLike<number>, start: number, length: number, center: number, step: Step): number {
  let total = 0;
  for (let i = start; i < start + length; i++) {
    const d = step(x[i] - center);
    total = step(total + step(d * d));
  }
  return total;
}

/**
 * Mean and deviation of a row: mean = sum(x) / n, deviation = sqrt(sum((x - mean)^2) / n + epsilon). Without
 * `centered` the mean is left at 0 and the deviation is the root mean square.
 */
export function momentsOf(
  x: ArrayLike<number>, start: number, length: number, epsilon: number, centered: boolean, step: Step,
): { readonly mean: number; readonly deviation: number } {
  const mean = centered ? step(sum(x, start, length, step) / length) : 0;
  const variance = step(sumOfSquares(x, start, length, mean, step) / length);
  return { mean, deviation: step(Math.sqrt(step(variance + epsilon))) };
}

/** y = (x - mean) / deviation * scale + bias over a run that has one scale and one bias. */
export function normalizeRun(
  y: FloatArray, x: ArrayLike<number>, start: number, length: number, mean: number, deviation: number, scale: number, bias: number, step: Step,
): void {
  for (let i = start; i < start + length; i++) {
    y[i] = step(step(step(step(x[i] - mean) / deviation) * scale) + bias);
  }
}
