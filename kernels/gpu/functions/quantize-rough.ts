/** saturate(rint(x / scale) + zero) with one scale and zero point from the device: a quotient at a tie may round the other way. */
import { rint } from './rint.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, x: Float32Array, scale: Float32Array, zero: Float32Array, low: number, high: number): number {
  return Math.min(Math.max(rint(x[this.thread.x]! / scale[0]!) + zero[0]!, low), high);
}

export const quantizeRough: KernelSource = { name: 'quantizeRough', main, helpers: [rint] };
