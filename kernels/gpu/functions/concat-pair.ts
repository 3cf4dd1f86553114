/** Two tensors side by side along an axis: rows of `na` elements of a, then of `nb` of b. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, a: Float32Array, b: Float32Array, na: number, nb: number): number {
  const row = divide(this.thread.x, na + nb);
  const at = this.thread.x - row * (na + nb);
  let value = 0;
  if (at < na) value = a[row * na + at]!;
  else value = b[row * nb + at - na]!;
  return value;
}

export const concatPair: KernelSource = { name: 'concatPair', main, helpers: [divide] };
