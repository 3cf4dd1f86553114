/** y[b, s, h, d] = sum over t of p[b, h, s, t] v[b, h / repeat, t, d]. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, p: Float32Array, v: Float32Array, heads: number, length: number, total: number, size: number, repeat: number,
): number {
  const q = divide(this.thread.x, size);
  const d = this.thread.x - q * size;
  const r = divide(q, heads);
  const h = q - r * heads;
  const b = divide(r, length);
  const s = r - b * length;
  const from = ((b * heads + h) * length + s) * total;
  const to = (b * divide(heads, repeat) + divide(h, repeat)) * total * size + d;
  let sum = 0;
  for (let t = 0; t < total; t++) sum = sum + p[from + t]! * v[to + t * size]!;
  return sum;
}

export const attentionValues: KernelSource = { name: 'attentionValues', main, helpers: [divide] };
