/** y[o, j, i] = data[o, indices[j], i]; negative indices count from the end, indices outside give 0. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, data: Float32Array, indices: Float32Array, axis: number, count: number, inner: number): number {
  const q = divide(this.thread.x, inner);
  const i = this.thread.x - q * inner;
  const o = divide(q, count);
  let index = indices[q - o * count]!;
  if (index < 0) index = index + axis;
  return data[(o * axis + index) * inner + i]!;
}

export const gather: KernelSource = { name: 'gather', main, helpers: [divide] };
