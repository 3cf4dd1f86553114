/** The sum of exp(x - row maximum) of each row of n. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, most: Float32Array, n: number): number {
  const from = this.thread.x * n;
  const top = most[this.thread.x]!;
  let sum = 0;
  for (let i = 0; i < n; i++) sum = sum + Math.exp(x[from + i]! - top);
  return sum;
}

export const rowExpSum: KernelSource = { name: 'rowExpSum', main };
