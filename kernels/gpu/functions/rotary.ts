/** Rotary positions over heads [tokens, heads, size], pairs half a rotation apart or side by side; cos and sin [positions, half]. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, x: Float32Array, position: Float32Array, cos: Float32Array, sin: Float32Array, heads: number, size: number, half: number, interleaved: number,
): number {
  const q = divide(this.thread.x, size);
  const d = this.thread.x - q * size;
  const token = divide(q, heads);
  let y = x[this.thread.x]!;
  if (d < 2 * half) {
    let pair = d;
    let other = half;
    if (interleaved > 0.5) {
      pair = Math.floor(d / 2);
      other = 1;
      if (d - pair * 2 > 0.5) other = 0 - 1;
    } else if (d >= half) {
      pair = d - half;
      other = 0 - half;
    }
    const at = position[token]! * half + pair;
    if (other > 0) y = y * cos[at]! - x[this.thread.x + other]! * sin[at]!;
    else y = y * cos[at]! + x[this.thread.x + other]! * sin[at]!;
  }
  return y;
}

export const rotary: KernelSource = { name: 'rotary', main, helpers: [divide] };
