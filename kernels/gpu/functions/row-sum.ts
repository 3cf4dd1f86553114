/** The sum of each row of n, times a factor. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, n: number, factor: number): number {
  const from = this.thread.x * n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum = sum + x[from + i]!;
  return sum * factor;
}

export const rowSum: KernelSource = { name: 'rowSum', main };
