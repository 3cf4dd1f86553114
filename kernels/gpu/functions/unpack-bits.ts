/** Elements of a packed type (int4, uint4, int2, uint2) out of its bytes, low bits first; codes from `sign` on are negative. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(this: Thread, bytes: Float32Array, perByte: number, base: number, sign: number): number {
  const at = divide(this.thread.x, perByte);
  const slot = this.thread.x - at * perByte;
  let rest = bytes[at]!;
  for (let s = 0; s < slot; s++) rest = divide(rest, base);
  let code = rest - divide(rest, base) * base;
  if (code >= sign) code = code - base;
  return code;
}

export const unpackBits: KernelSource = { name: 'unpackBits', main, helpers: [divide] };
