/**
 * The masks of com.microsoft's MultiHeadAttention and Attention. A masked key is not left out: `filter` (-10000 unless
 * given) is added to its score, so that a row with nothing but masked keys still has weights. Keys that come after the
 * query, in contrast, are left out.
 */
import { fail } from '../../../src/errors.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';

export interface MaskShape {
  readonly batch: number;
  readonly queries: number;
  /** Past and new keys together. */
  readonly keys: number;
  readonly past: number;
}

/** True when key t is hidden from query s of sample b. */
export type Hidden = (b: number, s: number, t: number) => boolean;

/**
 * From the mask's shape to its meaning:
 *
 *     [B]                 key lengths: what lies behind is hidden
 *     [2 B]               ends, then starts: what lies outside is hidden
 *     [3 B + 2]           key lengths first; the rest are offsets that serve packed kernels
 *     [B, T], [B, S, T]   0 hides
 *     [B, 1, M, M]        0 hides; rows and columns are positions
 */
export function hiddenBy(mask: Tensor, name: string, { batch, queries, keys, past }: MaskShape): Hidden {
  const m = mask.data as Int32Array;
  const { dims } = mask;
  const is = (...wanted: number[]) => dims.length === wanted.length && dims.every((d, i) => d === wanted[i]);
  if (is(batch) || is(3 * batch + 2)) return (b, _, t) => t >= m[b];
  if (is(2 * batch)) return (b, _, t) => t >= m[b] || t < m[batch + b];
  if (is(batch, keys)) return (b, _, t) => m[b * keys + t] <= 0;
  if (is(batch, queries, keys)) return (b, s, t) => m[(b * queries + s) * keys + t] <= 0;
  const side = dims[2];
  if (is(batch, 1, side, side) && side >= keys) return (b, s, t) => m[(b * side + past + s) * side + t] <= 0;
  return fail('E_SHAPE', 'the mask has none of the shapes it may have', {
    arg: { kind: 'input', name }, expected: `[${batch}], [${2 * batch}], [${batch}, ${keys}] or [${batch}, ${queries}, ${keys}]`,
    found: describeShape(dims),
  });
}
