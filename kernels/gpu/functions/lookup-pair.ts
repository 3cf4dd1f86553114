/** y = table[(a + offset) * 256 + b + offset], both broadcast as in binary.ts: what an 8-bit operator of two operands gives for every pair of codes. */
import type { KernelSource, Thread } from '../source.ts';
import { divide } from './divide.ts';

function main(
  this: Thread, a: Float32Array, b: Float32Array, table: Float32Array, n1: number, n2: number, n3: number,
  a0: number, a1: number, a2: number, a3: number, b0: number, b1: number, b2: number, b3: number, offset: number,
): number {
  let rest = this.thread.x;
  let over = divide(rest, n3);
  let at = (rest - over * n3) * a3;
  let to = (rest - over * n3) * b3;
  rest = over;
  over = divide(rest, n2);
  at = at + (rest - over * n2) * a2;
  to = to + (rest - over * n2) * b2;
  rest = over;
  over = divide(rest, n1);
  at = at + (rest - over * n1) * a1 + over * a0;
  to = to + (rest - over * n1) * b1 + over * b0;
  return table[(a[at]! + offset) * 256 + b[to]! + offset]!;
}

export const lookupPair: KernelSource = { name: 'lookupPair', main, helpers: [divide] };
