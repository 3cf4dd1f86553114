/**
 * How often the n-grams of a pool occur in each row. x: [row] or [batch, row] -> [width] or [batch, width], where
 * width = 1 + the largest of ngram_indexes. An n-gram may leave out up to max_skip_count items between any two.
 */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose } from '../support/index.ts';

type Item = string | bigint;

/** A tree of items: each path is an n-gram, `column` says where it is counted. */
interface Branch {
  readonly children: Map<Item, Branch>;
  column: number;
}

const newBranch = (): Branch => ({ children: new Map(), column: -1 });

/** From how often an n-gram occurs and its weight to the output. */
const SCORES = {
  TF: (count: number) => count,
  IDF: (count: number, weight: number) => (count > 0 ? weight : 0),
  TFIDF: (count: number, weight: number) => count * weight,
};

export const tfIdfVectorizer = implement(contracts.tfIdfVectorizer, (placed) => {
  const { attrs } = placed;
  const score = choose(SCORES, attrs.string('mode'), 'mode');
  const [min, max, skips] = [attrs.int('min_gram_length'), attrs.int('max_gram_length'), attrs.int('max_skip_count')];
  if (min < 1 || max < min || skips < 0) {
    fail('E_ATTRIBUTE', 'the lengths of the n-grams do not make sense', { expected: '1 <= min_gram_length <= max_gram_length', found: `${min} to ${max}` });
  }
  const columns = attrs.ints('ngram_indexes');
  const width = columns.reduce((w, c) => Math.max(w, c + 1), 0);
  const weights = weightsOfColumns(attrs.has('weights') ? attrs.floats('weights') : undefined, columns);
  const pool = poolTree(itemsOfPool(placed), attrs.ints('ngram_counts'), columns, min, max);
  return ([x]: [Tensor], ctx) => {
    if (x.dims.length > 2) fail('E_SHAPE', 'the input is neither a row nor a batch of rows', { expected: 'rank 0, 1 or 2', found: `rank ${x.dims.length}` });
    const items: readonly Item[] = Array.isArray(x.data) ? x.data : Array.from(x.data as BigInt64Array, BigInt);
    const rows = x.dims.length === 2 ? x.dims[0] : 1;
    const length = x.dims.at(-1) ?? 1;
    const y = ctx.output(0, 'float32', x.dims.length === 2 ? [rows, width] : [width]);
    const out = (y.data as Float32Array).fill(0);
    if (out.length === 0) return [y];
    for (let row = 0; row < rows; row++) {
      countGrams(items, row * length, (row + 1) * length, pool, min, skips, (column) => out[row * width + column]++);
    }
    for (let i = 0; i < out.length; i++) out[i] = score(out[i], weights.get(i % width) ?? 1);
    return [y];
  };
});

// Integers are read from the node itself, where all 64 bits are kept.
function itemsOfPool({ attrs, node }: PlacedNode): readonly Item[] {
  const longs = node.attributes.get('pool_int64s');
  if ((longs?.type === 'ints') === attrs.has('pool_strings')) fail('E_ATTRIBUTE', 'one of pool_strings and pool_int64s must be given');
  return longs?.type === 'ints' ? longs.value : attrs.strings('pool_strings');
}

/** The i-th weight belongs to the i-th n-gram of the pool. */
function weightsOfColumns(weights: readonly number[] | undefined, columns: readonly number[]): Map<number, number> {
  if (weights !== undefined && weights.length !== columns.length) {
    fail('E_ATTRIBUTE', 'weights does not fit ngram_indexes', { expected: `${columns.length} weights`, found: String(weights.length) });
  }
  return new Map(weights?.map((w, i) => [columns[i], w]));
}

/** `counts[n - 1]` is where the n-grams of length n start in the pool. */
function poolTree(pool: readonly Item[], counts: readonly number[], columns: readonly number[], min: number, max: number): Branch {
  const root = newBranch();
  let gram = 0;
  counts.forEach((start, i) => {
    const n = i + 1;
    const end = counts[i + 1] ?? pool.length;
    if (start < 0 || end < start || end > pool.length || (end - start) % n !== 0) {
      fail('E_ATTRIBUTE', `ngram_counts gives no whole ${n}-grams`, { found: `${start} to ${end} of ${pool.length}` });
    }
    for (let at = start; at < end; at += n, gram++) {
      if (n < min || n > max) continue;
      let branch = root;
      for (let k = 0; k < n; k++) {
        let child = branch.children.get(pool[at + k]);
        if (child === undefined) branch.children.set(pool[at + k], (child = newBranch()));
        branch = child;
      }
      branch.column = columns[gram] ?? -1;
      if (branch.column < 0) fail('E_ATTRIBUTE', 'ngram_indexes does not fit the pool', { found: `no column for n-gram ${gram}` });
    }
  });
  return root;
}

/** Counts the n-grams of items [from, to), for each distance between neighbours; single items count once. */
function countGrams(
  items: readonly Item[], from: number, to: number, pool: Branch, min: number, skips: number, count: (column: number) => void,
): void {
  for (let distance = 1; distance <= Math.min(skips + 1, Math.max(1, to - from - 1)); distance++) {
    for (let start = from; start < to; start++) {
      let branch: Branch | undefined = pool;
      for (let at = start, n = 1; at < to; at += distance, n++) {
        branch = branch.children.get(items[at]);
        if (branch === undefined) break;
        if (branch.column >= 0 && n >= min && (n > 1 || distance === 1)) count(branch.column);
      }
    }
  }
}
