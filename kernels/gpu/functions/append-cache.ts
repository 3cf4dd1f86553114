/** present [b, h, total, d]: the first `past` positions of the cache [b, h, capacity, d], then new heads [b, s, h, d]. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, cache: Float32Array, fresh: Float32Array, heads: number, total: number, size: number, capacity: number, length: number, past: number,
): number {
  const q = divide(this.thread.x, size);
  const d = this.thread.x - q * size;
  const p = divide(q, total);
  const t = q - p * total;
  const b = divide(p, heads);
  const h = p - b * heads;
  let y = 0;
  if (t < past) y = cache[(p * capacity + t) * size + d]!;
  else if (t < past + length) y = fresh[((b * length + t - past) * heads + h) * size + d]!;
  return y;
}

export const appendCache: KernelSource = { name: 'appendCache', main, helpers: [divide] };
