/** mean((x - centre)^2) of each row of n. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, centre: Float32Array, n: number): number {
  const from = this.thread.x * n;
  const c = centre[this.thread.x]!;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    const d = x[from + i]! - c;
    sum = sum + d * d;
  }
  return sum / n;
}

export const rowMoment: KernelSource = { name: 'rowMoment', main };
