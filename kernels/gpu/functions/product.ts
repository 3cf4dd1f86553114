/** C[b, i, j] = factor * sum over k of A[b, i, k] B[b, k, j], operands by strides; k ascending. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, a: Float32Array, b: Float32Array, m: number, k: number, n: number, aBatch: number, aRow: number, aDepth: number,
  bBatch: number, bDepth: number, bColumn: number, factor: number,
): number {
  const q = divide(this.thread.x, n);
  const column = this.thread.x - q * n;
  const batch = divide(q, m);
  const row = q - batch * m;
  let pa = batch * aBatch + row * aRow;
  let pb = batch * bBatch + column * bColumn;
  let sum = 0;
  for (let i = 0; i < k; i++) {
    sum = sum + a[pa]! * b[pb]!;
    pa = pa + aDepth;
    pb = pb + bDepth;
  }
  return sum * factor;
}

export const product: KernelSource = { name: 'product', main, helpers: [divide] };
