/** scores[b, h, s, t] = factor * q[b, s, h] . k[b, h / repeat, t] where t is visible (causal, in the window), a very low number elsewhere. */
import { divide } from './divide.ts';
import type { KernelSource, Thread } from '../source.ts';

function main(
  this: Thread, q: Float32Array, k: Float32Array, heads: number, length: number, total: number, size: number, repeat: number,
  past: number, window: number, factor: number, softcap: number,
): number {
  const r = divide(this.thread.x, total);
  const t = this.thread.x - r * total;
  const p = divide(r, length);
  const s = r - p * length;
  const b = divide(p, heads);
  const h = p - b * heads;
  const at = past + s;
  let score = -3e38;
  if (t <= at && (window < 0 || t > at - window)) {
    let dot = 0;
    const from = ((b * length + s) * heads + h) * size;
    const to = ((b * divide(heads, repeat) + divide(h, repeat)) * total + t) * size;
    for (let d = 0; d < size; d++) dot = dot + q[from + d]! * k[to + d]!;
    score = dot * factor;
    if (softcap > 0) score = softcap * Math.tanh(score / softcap);
  }
  return score;
}

export const attentionScores: KernelSource = { name: 'attentionScores', main, helpers: [divide] };
