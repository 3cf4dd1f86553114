/**
 * Attention over projected queries, keys and values, whose projection biases are added here.
 *
 *     query [B, S, N * H]     key [B, L, N * H]     value [B, L, N * Hv]
 *     query [B, S, N, 3, H]: all three packed       key [B, L, N, 2, H]: keys and values packed
 *     key [B, N, L, H] and value [B, N, L, Hv]: computed before (cross attention), taken without bias
 *     output [B, S, N * Hv], present_key [B, N, P + L, H], present_value [B, N, P + L, Hv]
 *
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MultiHeadAttention
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { multiHeadAttention as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { biasedAttention } from './biased-attention.ts';
import { byHead, byRow, offsetOf, type Heads } from './heads.ts';
import { cacheOf, extendCache, newCache, plainCache, readCache, rowsInPast } from './kv-cache.ts';
import { hiddenBy } from './masks.ts';
import { biasRows } from './weights.ts';

type Inputs = [
  query: Tensor, key?: Tensor, value?: Tensor, bias?: Tensor, mask?: Tensor, attentionBias?: Tensor, pastKey?: Tensor,
  pastValue?: Tensor, pastLength?: Tensor, cacheIndirection?: Tensor,
];

/** What output 3 shows for keys after the query: the lowest float32. */
const LOWEST = -3.4028234663852886e38;

/** Queries, keys or values as they come in. */
interface Part {
  readonly heads: Heads;
  readonly rows: number;
  readonly size: number;
}

export const multiHeadAttention = implement(contract, (placed) => {
  const { attrs } = placed;
  const heads = attrs.int('num_heads');
  const scale = attrs.has('scale') ? f32(attrs.float('scale')) : 0;
  const filter = attrs.has('mask_filter_value') ? f32(attrs.float('mask_filter_value')) : -10000;
  const causal = attrs.int('unidirectional') !== 0;
  return ([query, key, value, bias, mask, attentionBias, pastKey, pastValue, pastLength, cacheIndirection]: Inputs, ctx) => {
    if (cacheIndirection !== undefined) fail('E_OP_UNSUPPORTED', 'beam search through cache_indirection is not implemented');
    if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
    const batch = query.dims[0];
    const parts = partsOf(query, key, value, heads);
    const widths = [parts.q, parts.k, parts.v].map((p) => heads * p.size);
    const [q, k, v] = addBiases(parts, bias, widths, batch, heads, key?.dims.length === 4);
    const past = rowsInPast(pastKey, 2, pastLength);
    const grow = (index: number, part: Part, before: Tensor | undefined) =>
      extend(ctx, index, part, before, past, before === undefined || pastLength === undefined ? past + part.rows : before.dims[2], batch, heads, query);
    const [keys, presentKey] = grow(1, k, pastKey);
    const [values, presentValue] = grow(2, v, pastValue);
    const total = past + k.rows;
    const shape = { batch, heads, kvHeads: heads, queries: q.rows, keys: total, headSize: q.size, valueSize: v.size };
    const out = floatOutput(ctx, 0, query.type, [batch, q.rows, heads * v.size]);
    const at = (b: number, n: number, s: number) => ((b * heads + n) * q.rows + s) * total;
    const qk = ctx.wants(3) ? floatOutput(ctx, 3, placed.outputType(3) ?? query.type, [batch, heads, q.rows, total]) : undefined;
    const added = attentionBias && biasRows(attentionBias, batch, heads, q.rows, total, 'attention_bias');
    biasedAttention(ctx, {
      shape, past, q: q.heads, k: keys, v: values, out: byRow(out.y, q.rows, v.size, heads * v.size), scale, causal, filter,
      bias: added,
      hidden: mask && hiddenBy(mask, 'key_padding_mask', { batch, queries: q.rows, keys: total, past }),
      watch: qk && ((row, end, b, n, s) => qk.y.fill(LOWEST, at(b, n, s), at(b, n, s) + total).set(row.subarray(0, end), at(b, n, s))),
    });
    return [out.finish(), presentKey, presentValue, qk?.finish()];
  };
});

function partsOf(query: Tensor, key: Tensor | undefined, value: Tensor | undefined, heads: number): { q: Part; k: Part; v: Part } {
  const refuse = (t: Tensor, name: string): never => fail('E_SHAPE', `${name} does not have a shape it may have`, {
    arg: { kind: 'input', name }, found: describeShape(t.dims),
  });
  // part p of `count` packed in axis 3 of [B, rows, N, count, H]
  const packed = (t: Tensor, p: number, count: number): Part => {
    const [, rows, n, c, size] = t.dims;
    if (n !== heads || c !== count) refuse(t, count === 3 ? 'query' : 'key');
    return { heads: { data: unpack(t) as Float32Array, at: p * size, batch: rows * n * c * size, row: n * c * size, head: c * size }, rows, size };
  };
  const plain = (t: Tensor, name: string): Part => {
    const { dims } = t;
    const data = unpack(t) as Float32Array;
    if (dims.length === 4 && dims[1] === heads) return { heads: byHead(data, heads, dims[2], dims[3]), rows: dims[2], size: dims[3] };
    if (dims.length !== 3 || dims[2] % heads !== 0) refuse(t, name);
    const size = dims[2] / heads;
    return { heads: byRow(data, dims[1], size, dims[2]), rows: dims[1], size };
  };
  if (key === undefined) {
    if (query.dims.length !== 5) refuse(query, 'query');
    return { q: packed(query, 0, 3), k: packed(query, 1, 3), v: packed(query, 2, 3) };
  }
  const q = query.dims.length === 3 ? plain(query, 'query') : refuse(query, 'query');
  if (value === undefined) {
    if (key.dims.length !== 5) refuse(key, 'key');
    return { q, k: packed(key, 0, 2), v: packed(key, 1, 2) };
  }
  const k = plain(key, 'key'), v = plain(value, 'value');
  if (k.size !== q.size) refuse(key, 'key');
  if (v.rows !== k.rows) refuse(value, 'value');
  return { q, k, v };
}

/** Adds bias [Dq + Dk + Dv] to queries, keys and values; to the queries alone where keys and values were computed before. */
function addBiases(
  { q, k, v }: { q: Part; k: Part; v: Part }, bias: Tensor | undefined, widths: readonly number[], batch: number, heads: number, computed: boolean,
): [Part, Part, Part] {
  if (bias === undefined) return [q, k, v];
  const wanted = widths[0] + widths[1] + widths[2];
  if (bias.size !== wanted) {
    fail('E_SHAPE', 'the bias does not fit query, key and value', { expected: `[${wanted}]`, found: describeShape(bias.dims) });
  }
  const values = unpack(bias);
  const add = ({ heads: x, rows, size }: Part, from: number): Part => {
    const y = byRow(new Float32Array(batch * rows * heads * size), rows, size, heads * size);
    for (let b = 0; b < batch; b++) {
      for (let n = 0; n < heads; n++) {
        for (let r = 0; r < rows; r++) {
          const source = offsetOf(x, b, n, r), at = offsetOf(y, b, n, r);
          for (let i = 0; i < size; i++) y.data[at + i] = x.data[source + i] + values[from + n * size + i];
        }
      }
    }
    return { heads: y, rows, size };
  };
  return [add(q, 0), computed ? k : add(k, widths[0]), computed ? v : add(v, widths[0] + widths[1])];
}

/** Past rows followed by the new ones, and the present tensor where somebody wants it. */
function extend(
  ctx: KernelContext, index: number, part: Part, past: Tensor | undefined, pastRows: number, capacity: number,
  batch: number, heads: number, query: Tensor,
): [Heads, Tensor | undefined] {
  const wanted = ctx.wants(index);
  if (past === undefined && !wanted) return [part.heads, undefined];
  const dims = [batch, heads, capacity, part.size];
  const fits = (t: Tensor) => t.dims.length === 4 && t.dims.every((d, i) => (i === 2 ? d >= pastRows : d === dims[i]));
  if (past !== undefined && (!fits(past) || pastRows + part.rows > capacity)) {
    fail('E_SHAPE', 'the past does not fit', {
      expected: `[${batch}, ${heads}, at least ${pastRows}, ${part.size}]`, found: describeShape(past.dims),
    });
  }
  const format = plainCache(query.type, part.size);
  const present = wanted ? ctx.output(index, query.type, dims) : undefined;
  const source = past && cacheOf(past, format);
  const target = present ? cacheOf(present, format) : newCache(source!, capacity);
  for (let b = 0; b < batch; b++) extendCache(target, source, pastRows, part.heads, b, part.rows);
  return [readCache(target, () => pastRows + part.rows), present];
}
