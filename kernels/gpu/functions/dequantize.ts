/** (x - zero) * scale with parameters by position: axis of length `axis` cut into blocks of `block`, `inner` elements behind it. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, scale: Float32Array, zero: Float32Array, axis: number, block: number, blocks: number, inner: number,
): number {
  const q = divide(this.thread.x, inner);
  const i = this.thread.x - q * inner;
  const o = divide(q, axis);
  const at = (o * blocks + divide(q - o * axis, block)) * inner + i;
  return (x[this.thread.x]! - zero[at]!) * scale[at]!;
}

export const dequantize: KernelSource = { name: 'dequantize', main, helpers: [divide] };
