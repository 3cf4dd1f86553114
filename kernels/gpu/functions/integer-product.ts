/** f32(start + sum over k of (A - za)(B - zb)) of codes, C[i, j] with B as [k, n]. The sum is kept as high * 65536 + low, exact far beyond 2^24, and rounded once. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, a: Float32Array, b: Float32Array, zeroA: Float32Array, zeroB: Float32Array, startHigh: Float32Array, startLow: Float32Array,
  k: number, n: number, zeros: number, starts: number,
): number {
  const row = divide(this.thread.x, n);
  const column = this.thread.x - row * n;
  const za = zeroA[0]!;
  let zb = zeroB[0]!;
  if (zeros > 1) zb = zeroB[column]!;
  let at = 0;
  if (starts > 1) at = column;
  let high = startHigh[at]!;
  let low = startLow[at]!;
  for (let i = 0; i < k; i++) {
    low = low + (a[row * k + i]! - za) * (b[i * n + column]! - zb);
    const carry = Math.floor(low / 65536);
    high = high + carry;
    low = low - carry * 65536;
  }
  return high * 65536 + low;
}

export const integerProduct: KernelSource = { name: 'integerProduct', main, helpers: [divide] };
