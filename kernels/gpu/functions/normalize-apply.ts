/** (x - centre) / sqrt(variance + epsilon) * scale + bias, rows of n; scale and bias by column. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, centre: Float32Array, variance: Float32Array, scale: Float32Array, bias: Float32Array, n: number, epsilon: number,
): number {
  const row = divide(this.thread.x, n);
  const column = this.thread.x - row * n;
  return ((x[this.thread.x]! - centre[row]!) / Math.sqrt(variance[row]! + epsilon)) * scale[column]! + bias[column]!;
}

export const normalizeApply: KernelSource = { name: 'normalizeApply', main, helpers: [divide] };
