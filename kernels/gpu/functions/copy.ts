/** y[i] = x[i]: puts an array on the device. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array): number {
  return x[this.thread.x]!;
}

export const copy: KernelSource = { name: 'copy', main };
