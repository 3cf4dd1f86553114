/** cond ? a : b, all of one shape. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, cond: Float32Array, a: Float32Array, b: Float32Array): number {
  let value = b[this.thread.x]!;
  if (cond[this.thread.x]! > 0.5) value = a[this.thread.x]!;
  return value;
}

export const where: KernelSource = { name: 'where', main };
