/** Y[row, n] = sum over k of A[row, k] table[code[n, k]] * absmax of its block (bitsandbytes FP4 and NF4): two codes to a byte, high one first. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, a: Float32Array, bytes: Float32Array, absmax: Float32Array, table: Float32Array, k: number, n: number, block: number,
): number {
  const row = divide(this.thread.x, n);
  const column = this.thread.x - row * n;
  let sum = 0;
  for (let i = 0; i < k; i++) {
    const at = column * k + i;
    const byte = Math.floor(at / 2);
    const high = Math.floor(bytes[byte]! / 16);
    let code = high;
    if (at - byte * 2 > 0.5) code = bytes[byte]! - high * 16;
    sum = sum + a[row * k + i]! * (table[code]! * absmax[divide(at, block)]!);
  }
  return sum;
}

export const tableProduct: KernelSource = { name: 'tableProduct', main, helpers: [divide] };
