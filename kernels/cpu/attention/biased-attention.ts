/** The core of com.microsoft's MultiHeadAttention and Attention: attention whose bias and masks are all added to the scores. */
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { FloatArray } from '../support/index.ts';
import { attend, newRow, type AttentionShape } from './attend.ts';
import type { Heads } from './heads.ts';
import { maskRow, type Hidden } from './masks.ts';
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
  /** Shown the scores of each row, bias and mask added. */
  readonly watch?: ((row: FloatArray, b: number, n: number, s: number) => void) | undefined;
}

export function biasedAttention(ctx: KernelContext, a: BiasedAttention): void {
  const { shape, bias, hidden, causal, filter } = a;
  const range = { first: 0, end: shape.keys };
  const maskShape = { batch: shape.batch, queries: shape.queries, keys: shape.keys, past: a.past };
  const added = newRow(a.q, shape.keys); // what is added to a row of scores
  attend(ctx, {
    shape, q: a.q, k: a.k, v: a.v, out: a.out,
    scale: a.scale === 0 ? f32(1 / f32(Math.sqrt(shape.headSize))) : a.scale,
    weigh(row, _, b, n, s) {
      added.fill(0);
      if (bias !== undefined) addBiasRow(added, range, bias, b, n, s);
      maskRow(added, maskShape, hidden, causal, filter, b, s);
      for (let t = 0; t < shape.keys; t++) row[t] = f32(row[t] + added[t]);
      a.watch?.(row, b, n, s);
      softmaxRow(row, range);
    },
  });
}
