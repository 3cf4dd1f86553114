/** saturate(rint(acc * multiplier) + zero), multiplier by channel: channel = (i / inner) mod count. */
import { rint } from './rint.ts';
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, acc: Float32Array, multiplier: Float32Array, inner: number, channels: number, multipliers: number,
  zero: number, low: number, high: number,
): number {
  const q = divide(this.thread.x, inner);
  const channel = q - divide(q, channels) * channels;
  let m = multiplier[0]!;
  if (multipliers > 1) m = multiplier[channel]!;
  const scaled = acc[this.thread.x]! * m;
  return Math.min(Math.max(rint(Math.min(Math.max(scaled, low - zero), high - zero)) + zero, low), high);
}

export const requantize: KernelSource = { name: 'requantize', main, helpers: [divide, rint] };
