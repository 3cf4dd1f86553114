/** The scale of DynamicQuantizeLinear: (max - min) / 255 over the values and 0; 1 where that is 0. */
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, most: Float32Array, least: Float32Array): number {
  const range = Math.max(most[0]!, 0) - Math.min(least[0]!, 0);
  let scale = range / 255;
  if (range === 0) scale = 1;
  return scale;
}

export const rangeScale: KernelSource = { name: 'rangeScale', main };
