/** The core of com.microsoft's MultiHeadAttention and Attention: attention with a bias and a mask that are added to the scores. */
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { FloatArray } from '../support/index.ts';
import { attend, newRow, type AttentionShape } from './attend.ts';
import type { Heads } from './heads.ts';
import type { Hidden } from './masks.ts';
import { addBiasRow, softmaxRow, type BiasRows } from './weights.ts';

export interface BiasedAttention {
  readonly shape: AttentionShape;
  readonly past: number;
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly out: Heads;
  /** 0: 1 / sqrt(head size). */
  readonly scale: number;
  readonly bias: BiasRows | undefined;
  readonly hidden: Hidden | undefined;
  readonly causal: boolean;
  /** What is added to the score of a hidden key. */
  readonly filter: number;
  /** Shown the scores of each row with bias and mask added, of which the first `end` count. */
  readonly watch?: ((row: FloatArray, end: number, b: number, n: number, s: number) => void) | undefined;
}

export function biasedAttention(ctx: KernelContext, a: BiasedAttention): void {
  const { shape, past, bias, hidden, filter } = a;
  const causal = a.causal && shape.queries > 1;
  const added = newRow(a.q, shape.keys); // bias and mask of a row
  attend(ctx, {
    shape, q: a.q, k: a.k, v: a.v, out: a.out,
    scale: a.scale === 0 ? f32(1 / f32(Math.sqrt(shape.headSize))) : a.scale,
    see: causal ? (range, _, s) => (range.end = Math.min(past + s + 1, shape.keys)) : undefined,
    weigh(row, range, b, n, s) {
      added.fill(0);
      if (bias !== undefined) addBiasRow(added, range, bias, b, n, s);
      if (hidden !== undefined) for (let t = 0; t < range.end; t++) if (hidden(b, s, t)) added[t] = f32(added[t] + filter);
      for (let t = 0; t < range.end; t++) row[t] = f32(row[t] + added[t]);
      a.watch?.(row, range.end, b, n, s);
      softmaxRow(row, range);
    },
  });
}
