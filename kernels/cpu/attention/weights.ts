/** What happens to the scores of one query between the two products: cap, bias, softmax. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { broadcastStrides, describeShape, dtypeInfo, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import type { FloatArray, Step } from '../support/index.ts';
import type { KeyRange } from './attend.ts';

/** row[t] = softcap * tanh(row[t] / softcap) */
export function capRow(row: FloatArray, { first, end }: KeyRange, softcap: number, step: Step = f32): void {
  for (let t = first; t < end; t++) row[t] = step(softcap * step(Math.tanh(step(row[t] / softcap))));
}

/**
 * row[t] = exp(row[t] - max) / sum(exp(row - max)), in which a `sink` takes part in max and sum like one more key that
 * has no value. A row of nothing but -Infinity has no weights: it becomes zeros. `step` rounds each result, `add` each
 * partial sum.
 */
export function softmaxRow(row: FloatArray, { first, end }: KeyRange, sink?: number, step: Step = f32, add: Step = step): void {
  let max = sink ?? -Infinity;
  for (let t = first; t < end; t++) max = Math.max(max, row[t]);
  if (max === -Infinity) {
    row.fill(0, first, end);
    return;
  }
  let sum = 0;
  for (let t = first; t < end; t++) {
    const e = step(Math.exp(step(row[t] - max)));
    row[t] = e;
    sum = add(sum + e);
  }
  if (sink !== undefined) sum = add(sum + step(Math.exp(step(sink - max))));
  sum = step(sum);
  sum = step(sum);
  for (let t = first; t < end; t++) row[t] = step(row[t] / sum);
}

/** A bias or mask that broadcasts to [batch, heads, queries, keys], as rows. */
export interface BiasRows {
  readonly values: ArrayLike<number>;
  readonly at: (b: number, n: number, s: number) => number;
  /** From one key to the next: 0 when a row holds one entry for all. */
  readonly step: number;
  /** Entries of a row. */
  readonly length: number;
}

/** A tensor of rank 1 to 4 whose leading axes broadcast to [batch, heads, queries], and whose rows have at least `keys` entries. */
export function biasRows(bias: Tensor, batch: number, heads: number, queries: number, keys: number, name: string): BiasRows {
  const rank = bias.dims.length;
  const length = bias.dims[rank - 1] ?? 1;
  const out = [batch, heads, queries, length];
  if (rank > 4 || length < keys || bias.dims.some((d, i) => d !== 1 && d !== out[i + 4 - rank])) {
    fail('E_SHAPE', 'a bias or mask does not fit the scores', {
      arg: { kind: 'input', name }, expected: `broadcastable to [${batch}, ${heads}, ${queries}, ${Math.max(length, keys)}]`, found: describeShape(bias.dims),
    });
  }
  const [perBatch, perHead, perQuery, step] = broadcastStrides(bias.dims, out);
  const values = dtypeInfo(bias.type).bits === 64 && bias.type !== 'float64' ? toInts(bias) : unpack(bias);
  return { values, at: (b, n, s) => b * perBatch + n * perHead + s * perQuery, step, length };
}

/** row[t] += bias[b, n, s, t] */
export function addBiasRow(row: FloatArray, { first, end }: KeyRange, bias: BiasRows, b: number, n: number, s: number): void {
  const at = bias.at(b, n, s);
  for (let t = first; t < end; t++) row[t] += bias.values[at + t * bias.step];
}
