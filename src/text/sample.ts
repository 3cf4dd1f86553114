/** How the next token is chosen from logits. */
import { mulberry32 } from '../runtime/random.ts';

export type Pick = (logits: ArrayLike<number>) => number;

/** The likeliest token; the first of equals. */
export const greedy: Pick = (logits) => {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
};

export interface SampleOptions {
  /** Divides the logits: below 1 sharpens, above 1 flattens. 0 is greedy. */
  readonly temperature: number;
  /** Only the k likeliest tokens. */
  readonly topK?: number;
  /** Only the likeliest tokens that together reach probability p. */
  readonly topP?: number;
  readonly seed: number;
}

/** Draws from softmax(logits / temperature), cut to the likeliest tokens. Equal seeds draw equal tokens. */
export function sampler({ temperature, topK = Infinity, topP = 1, seed }: SampleOptions): Pick {
  if (temperature === 0) return greedy;
  const uniform = mulberry32(seed);
  return (logits) => {
    const order = Array.from(logits, (_, i) => i).sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, topK);
    const most = logits[order[0]!]!;
    const weights = order.map((i) => Math.exp((logits[i]! - most) / temperature));
    const total = weights.reduce((sum, w) => sum + w, 0);
    let kept = 0, mass = 0;
    while (kept < order.length && mass < topP * total) mass += weights[kept++]!;
    let rest = uniform() * mass;
    for (let i = 0; i < kept; i++) {
      rest -= weights[i]!;
      if (rest < 0) return order[i]!;
    }
    return order[Math.max(0, kept - 1)]!;
  };
}
