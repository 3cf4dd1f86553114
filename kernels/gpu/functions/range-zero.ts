/** The zero point of DynamicQuantizeLinear: saturate(rint(0 - min / scale)). */
import { rint } from './rint.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, least: Float32Array, scale: Float32Array): number {
  return Math.min(Math.max(rint((0 - Math.min(least[0]!, 0)) / scale[0]!), 0), 255);
}

export const rangeZero: KernelSource = { name: 'rangeZero', main, helpers: [rint] };
