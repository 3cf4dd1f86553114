/**
 * Scaled dot-product attention as two products a head, scores = q k^T and out = softmax(scores) v, in the scalar provider's order;
 * softmax sums in four lanes. A key that a query does not see has weight 0.
 */
import { align, type WasmRuntime } from '../runtime.ts';
import { EDGE, packedBytes } from '../math/product.ts';
import { copyStrided, COPY_SCRATCH } from '../shape/strided.ts';

/** Element 0 of row r of head h of sample b lies `at + b * batch + h * head + r * row` floats from address 0. */
export interface Heads {
  readonly ptr: number;
  readonly batch: number;
  readonly head: number;
  readonly row: number;
}

/** [batch, heads, rows, size]. */
export const byHead = (ptr: number, heads: number, rows: number, size: number): Heads => ({ ptr, batch: heads * rows * size, head: rows * size, row: size });
/** [batch, rows, width], heads of `size` side by side from column `from` on. */
export const byRow = (ptr: number, rows: number, size: number, width: number, from = 0): Heads => ({ ptr: ptr + 4 * from, batch: rows * width, head: size, row: width });

export interface AttentionShape {
  readonly batch: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly queries: number;
  readonly keys: number;
  readonly headSize: number;
  readonly valueSize: number;
}

export interface Attention {
  readonly shape: AttentionShape;
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly out: Heads;
  /** Factor of the scores; or, with `root`, of queries and keys each, before their product. */
  readonly scale: number;
  readonly root: boolean;
  /** Keys before the first query, when a query sees no key behind its own. */
  readonly causal: number | undefined;
  /** Address of the row that is added to the scores of a query: those of a head lie evenly apart. */
  readonly added?: ((b: number, n: number, s: number) => number) | undefined;
}

/** Bytes of scratch that `attend` takes. */
export const attendScratch = (wasm: WasmRuntime, shape: AttentionShape): number => wasm.perThread(groupBytes(shape));

/** Bytes for the heads that share keys and values: both packed, the scores of one head, and its queries. */
function groupBytes({ queries, keys, headSize, valueSize }: AttentionShape): number {
  return EDGE + packedBytes(headSize, keys) + packedBytes(keys, valueSize) + align(4 * queries * keys) + align(4 * queries * headSize);
}

const offsetOf = (h: Heads, b: number, n: number): number => h.ptr + 4 * (b * h.batch + n * h.head);

/** out = softmax(q k^T) v for every head. */
export function attend(wasm: WasmRuntime, { shape, q, k, v, out, scale, root, causal, added }: Attention): void {
  const { batch, heads, kvHeads, queries, keys, headSize, valueSize } = shape;
  const work = batch * heads * queries * keys * (headSize + valueSize);
  wasm.parallel(batch * kvHeads, work, groupBytes(shape), ({ simd, madd }, tile, edge) => {
    const b = Math.floor(tile / kvHeads), g = tile % kvHeads;
    const right = edge + EDGE, mixed = right + packedBytes(headSize, keys);
    const scores = mixed + packedBytes(keys, valueSize), scaled = scores + align(4 * queries * keys);
    simd.gemmf_pack_bt(offsetOf(k, b, g), k.row, headSize, keys, right);
    if (root) simd.f32_scale(right, scale, right, headSize * 8 * Math.ceil(keys / 8));
    simd.gemmf_pack_b(offsetOf(v, b, g), v.row, keys, valueSize, mixed);
    for (let n = Math.ceil((g * heads) / kvHeads); n < Math.ceil(((g + 1) * heads) / kvHeads); n++) {
      let [left, row] = [offsetOf(q, b, n), q.row];
      if (root) {
        simd.copy_rows(left, 4 * row, scaled, 4 * headSize, queries, 4 * headSize);
        simd.f32_scale(scaled, scale, scaled, queries * headSize);
        [left, row] = [scaled, headSize];
      }
      (madd ?? simd).gemmf(left, row, right, 32 * headSize, scores, keys, queries, keys, headSize, edge);
      const row0 = added?.(b, n, 0) ?? 0, addedStep = added === undefined ? 0 : added(b, n, 1) - row0;
      simd.softmax_seen(scores, queries, keys, causal === undefined ? keys : causal + 1, causal === undefined ? 0 : 1, root ? 1 : scale, row0, addedStep);
      (madd ?? simd).gemmf(scores, keys, mixed, 32 * keys, offsetOf(out, b, n), out.row, queries, valueSize, keys, edge);
    }
  });
}

/** Bytes of scratch that `extend` takes. */
export const EXTEND_SCRATCH = 2 * COPY_SCRATCH;

/** present [batch, heads, past + rows, size] = past [batch, heads, past, size] followed by the new rows. */
export function extend(
  wasm: WasmRuntime, present: number, past: number, pastRows: number, added: Heads, batch: number, heads: number, rows: number, size: number,
): Heads {
  const all = byHead(present, heads, pastRows + rows, size);
  const to = [all.batch, all.head, all.row, 1];
  if (pastRows > 0) copyStrided(wasm, 4, [batch, heads, pastRows, size], present, to, past, [heads * pastRows * size, pastRows * size, size, 1]);
  copyStrided(wasm, 4, [batch, heads, rows, size], present + 4 * pastRows * size, to, added.ptr, [added.batch, added.head, added.row, 1]);
  return all;
}

/** Rows of a bias or mask of shape `own`, which broadcasts to [batch, heads, queries, keys] and has an entry for every key; `ptr` holds its floats. */
export function biasAt(own: readonly number[], ptr: number): (b: number, n: number, s: number) => number {
  const dims = [...new Array<number>(4 - own.length).fill(1), ...own];
  const perQuery = dims[2] === 1 ? 0 : dims[3], perHead = dims[1] === 1 ? 0 : dims[2] * dims[3], perBatch = dims[0] === 1 ? 0 : dims[1] * dims[2] * dims[3];
  return (b, n, s) => ptr + 4 * (b * perBatch + n * perHead + s * perQuery);
}
