/** saturate(rint(x / scale) + zero), parameters placed as in dequantize; `highPart` has the upper 12 bits of each scale. */
import { roundDivide } from './round-divide.ts';
import { divide } from './divide.ts';
import { rint } from './rint.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, scale: Float32Array, highPart: Float32Array, zero: Float32Array, axis: number, block: number, blocks: number, inner: number,
  low: number, high: number,
): number {
  const q = divide(this.thread.x, inner);
  const i = this.thread.x - q * inner;
  const o = divide(q, axis);
  const at = (o * blocks + divide(q - o * axis, block)) * inner + i;
  const r = roundDivide(Math.min(Math.max(x[this.thread.x]!, -3e38), 3e38), scale[at]!, highPart[at]!);
  return Math.min(Math.max(r + zero[at]!, low), high);
}

export const quantize: KernelSource = { name: 'quantize', main, helpers: [divide, rint, roundDivide] };
