/** The largest element of each row of n. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, n: number): number {
  const from = this.thread.x * n;
  let most = x[from]!;
  for (let i = 1; i < n; i++) most = Math.max(most, x[from + i]!);
  return most;
}

export const rowMaximum: KernelSource = { name: 'rowMaximum', main };
