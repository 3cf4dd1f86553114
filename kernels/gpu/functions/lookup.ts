/** y = table[x + offset]: what an 8-bit operator of one operand gives for every code. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, table: Float32Array, offset: number): number {
  return table[x[this.thread.x]! + offset]!;
}

export const lookup: KernelSource = { name: 'lookup', main };
