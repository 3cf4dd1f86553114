/** The smallest element of each row of n. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, n: number): number {
  const from = this.thread.x * n;
  let least = x[from]!;
  for (let i = 1; i < n; i++) least = Math.min(least, x[from + i]!);
  return least;
}

export const rowMinimum: KernelSource = { name: 'rowMinimum', main };
