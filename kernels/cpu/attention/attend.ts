/**
 * Scaled dot-product attention, the part that all attention operators share:
 *
 *     scores[t] = dot(q[s], k[t]) * scale        for the keys t that query s may see
 *     weights = weigh(scores)                    cap, bias, mask and softmax: what the operators differ in
 *     out[s] = sum over t of weights[t] * v[t]
 *
 * Query head n reads key and value head floor(n / (heads / kvHeads)).
 * https://arxiv.org/abs/1706.03762  https://arxiv.org/abs/2305.13245
 */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { FloatArray } from '../support/index.ts';
import { loopsFor, offsetOf, type Heads } from './heads.ts';

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Rows of q. */
  readonly queries: number;
  /** Rows of k and v. */
  readonly keys: number;
  readonly headSize: number;
  readonly valueSize: number;
}

/** The keys [first, end) that a query sees. Outside of them neither k nor v is read. */
export interface KeyRange {
  first: number;
  end: number;
}

export interface Attention {
  readonly shape: AttentionShape;
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly out: Heads;
  readonly scale: number;
  /** Sets the keys that query `s` of sample `b` sees. Left out: all. */
  readonly see?: ((range: KeyRange, b: number, s: number) => void) | undefined;
  /** Room for the scores of one query; left out, in the precision of q. */
  readonly row?: FloatArray | undefined;
  /** Turns the scores of a row into weights, in place; entries outside of the range may hold anything. */
  readonly weigh: (row: FloatArray, range: KeyRange, b: number, n: number, s: number) => void;
}

/** out [batch, heads, queries, valueSize] = attention over q, k and v. `out` is overwritten. */
export function attend(ctx: KernelContext, { shape, q, k, v, out, scale, see, row: room, weigh }: Attention): void {
  const { batch, heads, kvHeads, queries, keys } = shape;
  const group = heads / kvHeads;
  const row = room ?? newRow(q, keys);
  const range: KeyRange = { first: 0, end: keys };
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      ctx.checkAbort();
      const kv = Math.floor(n / group);
      for (let s = 0; s < queries; s++) {
        see?.(range, b, s);
        scoreRow(row, q, offsetOf(q, b, n, s), k, offsetOf(k, b, kv, 0), shape.headSize, scale, range);
        weigh(row, range, b, n, s);
        mixRow(out, offsetOf(out, b, n, s), row, v, offsetOf(v, b, kv, 0), shape.valueSize, range);
      }
    }
  }
}

/** Room for the scores of one query, in the precision of `like`. */
export function newRow(like: Heads, keys: number): FloatArray {
  return like.data instanceof Float32Array ? new Float32Array(keys) : new Float64Array(keys);
}

/** row[t] = dot(query, k[t]) * scale */
export function scoreRow(
  row: FloatArray, q: Heads, qAt: number, k: Heads, kAt: number, size: number, scale: number, { first, end }: KeyRange,
): void {
  const { dot } = loopsFor(q.data);
  for (let t = first; t < end; t++) row[t] = dot(q.data, qAt, k.data, kAt + t * k.row, size) * scale;
}

/** out = sum over t of row[t] * v[t] */
export function mixRow(
  out: Heads, outAt: number, row: FloatArray, v: Heads, vAt: number, size: number, { first, end }: KeyRange,
): void {
  const { addScaled } = loopsFor(out.data);
  out.data.fill(0, outAt, outAt + size);
  for (let t = first; t < end; t++) addScaled(out.data, outAt, row[t], v.data, vAt + t * v.row, size);
}
