/** y[i] = x[offset + strides . index of i] over up to six axes of lengths n0 x n1 x ... x n5: Transpose, Slice, Expand, Split. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, offset: number, n1: number, n2: number, n3: number, n4: number, n5: number,
  s0: number, s1: number, s2: number, s3: number, s4: number, s5: number,
): number {
  let rest = this.thread.x;
  let at = offset;
  let q = divide(rest, n5);
  at = at + (rest - q * n5) * s5;
  rest = q;
  q = divide(rest, n4);
  at = at + (rest - q * n4) * s4;
  rest = q;
  q = divide(rest, n3);
  at = at + (rest - q * n3) * s3;
  rest = q;
  q = divide(rest, n2);
  at = at + (rest - q * n2) * s2;
  rest = q;
  q = divide(rest, n1);
  at = at + (rest - q * n1) * s1;
  at = at + q * s0;
  return x[at]!;
}

export const move: KernelSource = { name: 'move', main, helpers: [divide] };
