/** exp(x - row maximum) / row sum. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, most: Float32Array, sum: Float32Array, n: number): number {
  const row = divide(this.thread.x, n);
  return Math.exp(x[this.thread.x]! - most[row]!) / sum[row]!;
}

export const softmaxApply: KernelSource = { name: 'softmaxApply', main, helpers: [divide] };
