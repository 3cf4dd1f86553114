/** acc * multiplier + bias, both by column: integer sums to floats. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, acc: Float32Array, multiplier: Float32Array, bias: Float32Array, n: number, multipliers: number): number {
  const column = this.thread.x - divide(this.thread.x, n) * n;
  let m = multiplier[0]!;
  if (multipliers > 1) m = multiplier[column]!;
  return acc[this.thread.x]! * m + bias[column]!;
}

export const scaleColumns: KernelSource = { name: 'scaleColumns', main, helpers: [divide] };
