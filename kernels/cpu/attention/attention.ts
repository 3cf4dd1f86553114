/**
 * Attention of the standard: several head layouts, masks, a cache and its own record of the scores.
 *
 *     Q [B, N, S, H] or [B, S, N * H]     K [B, G, L, H] or [B, L, G * H]     V [B, G, L, Hv] or [B, L, G * Hv]
 *     present = past [B, G, P, H] followed by K; T = P + L keys
 *
 *     scores = softcap((Q * sqrt(scale)) . (K * sqrt(scale))) + bias        [B, N, S, T]
 *     Y = softmax(scores) . V
 *
 * A query at position p = offset + s, where offset counts the keys before the first query, sees the keys up to p when
 * causal, and those of its window. Keys it does not see have no weight; a query that sees none gives zeros. Each result
 * of a line above is rounded to Q's type; softmax is computed in `softmax_precision`.
 * https://onnx.ai/onnx/operators/onnx__Attention.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { attention as contract } from '../../../src/ops/contracts.ts';
import type { Attrs, OpVersion } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, dtypeFromOnnx, toInts, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, roundTo, stepOf, type FloatArray, type Step } from '../support/index.ts';
import { attend, type AttentionShape, type KeyRange } from './attend.ts';
import { byHead, byRow, rootOfScale, scaleHeads, type Heads } from './heads.ts';
import { cacheOf, extendCache, newCache, plainCache, readCache } from './kv-cache.ts';
import { biasRows, capRow, softmaxRow, type BiasRows } from './weights.ts';

interface Options {
  readonly heads: number; // 0: taken from 4-D inputs
  readonly kvHeads: number;
  readonly causal: boolean;
  /** Keys before and after the query's own that it sees; -1: all. */
  readonly left: number;
  readonly right: number;
  readonly scale: number | undefined;
  readonly softcap: number;
  readonly softmaxType: DType | undefined;
  /** What output 3 holds: 0 the products, 1 capped, 2 with bias, 3 the weights. */
  readonly qkMode: number;
}

function optionsOf(attrs: Attrs, version: OpVersion): Options {
  const int = (name: string, otherwise: number) => (attrs.has(name) ? attrs.int(name) : otherwise);
  const windows = version.attributes.has('left_window_size');
  return {
    heads: int('q_num_heads', 0), kvHeads: int('kv_num_heads', 0), causal: attrs.int('is_causal') !== 0,
    left: windows ? attrs.int('left_window_size') : -1, right: windows ? attrs.int('right_window_size') : -1,
    scale: attrs.has('scale') ? f32(attrs.float('scale')) : undefined, softcap: f32(attrs.float('softcap')),
    softmaxType: attrs.has('softmax_precision') ? dtypeFromOnnx(attrs.int('softmax_precision')) : undefined,
    qkMode: attrs.int('qk_matmul_output_mode'),
  };
}

/** A tensor as heads: 4-D [B, heads, rows, size], or 3-D [B, rows, heads * size]. */
function headsOf(t: Tensor, heads: number, name: string): { view: Heads; batch: number; heads: number; rows: number; size: number } {
  const { dims } = t;
  const data = unpack(t) as FloatArray;
  if (dims.length === 4) return { view: byHead(data, dims[1], dims[2], dims[3]), batch: dims[0], heads: dims[1], rows: dims[2], size: dims[3] };
  if (dims.length !== 3 || heads < 1 || dims[2] % heads !== 0) {
    fail('E_SHAPE', `${name} does not divide into heads`, { expected: `rank 4, or [B, rows, ${heads} * size]`, found: describeShape(dims) });
  }
  const size = dims[2] / heads;
  return { view: byRow(data, dims[1], size, dims[2]), batch: dims[0], heads, rows: dims[1], size };
}

type Inputs = [q: Tensor, k: Tensor, v: Tensor, mask?: Tensor, pastKey?: Tensor, pastValue?: Tensor, nonpad?: Tensor];

export const attention = implement(contract, ({ attrs, version }) => {
  const options = optionsOf(attrs, version);
  return ([qTensor, kTensor, vTensor, mask, pastKey, pastValue, nonpad]: Inputs, ctx) => {
    if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
    if (nonpad !== undefined && pastKey !== undefined) fail('E_MODEL', 'nonpad_kv_seqlen and past_key exclude each other');
    const q = headsOf(qTensor, options.heads, 'Q'), k = headsOf(kTensor, options.kvHeads, 'K'), v = headsOf(vTensor, options.kvHeads, 'V');
    if (k.size !== q.size || k.rows !== v.rows || k.heads !== v.heads || q.heads % k.heads !== 0 || k.batch !== q.batch || v.batch !== q.batch) {
      fail('E_SHAPE', 'Q, K and V do not fit together', { found: [qTensor, kTensor, vTensor].map((t) => describeShape(t.dims)).join(', ') });
    }
    const past = pastKey?.dims[2] ?? 0;
    const shape: AttentionShape = {
      batch: q.batch, heads: q.heads, kvHeads: k.heads, queries: q.rows, keys: past + k.rows, headSize: q.size, valueSize: v.size,
    };
    const [keys, presentKey] = extend(ctx, 1, k.view, k.size, pastKey, k.rows, shape, kTensor.type);
    const [values, presentValue] = extend(ctx, 2, v.view, v.size, pastValue, k.rows, shape, vTensor.type);
    const valid = nonpad && toInts(nonpad);
    if (valid !== undefined && valid.length !== shape.batch) {
      fail('E_SHAPE', 'nonpad_kv_seqlen must have an entry a sample', { found: describeShape(nonpad!.dims) });
    }
    const flat = qTensor.dims.length === 3;
    const y = floatOutput(ctx, 0, qTensor.type, flat ? [shape.batch, q.rows, q.heads * v.size] : [shape.batch, q.heads, q.rows, v.size]);
    const out = flat ? byRow(y.y, q.rows, v.size, q.heads * v.size) : byHead(y.y, q.heads, q.rows, v.size);
    const round = roundTo(qTensor.type);
    const root = rootOfScale(options.scale, q.size, qTensor.type);
    const qk = ctx.wants(3) ? floatOutput(ctx, 3, qTensor.type, [shape.batch, q.heads, q.rows, shape.keys]) : undefined;
    const offset = (b: number) => (valid === undefined ? past : valid[b] - q.rows); // keys before the first query
    attend(ctx, {
      shape, out, v: values, scale: 1,
      q: scaleHeads(q.view, shape.batch, q.heads, q.rows, q.size, root, round),
      k: scaleHeads(keys, shape.batch, k.heads, shape.keys, k.size, root, round),
      row: options.softmaxType === 'float64' ? new Float64Array(shape.keys) : undefined,
      // An output of scores shows all keys, also those that are not seen.
      see: qk !== undefined ? undefined : (range, b, s) => seen(range, options, shape.keys, offset(b) + s, valid?.[b]),
      weigh: weighing(options, shape, qTensor.type, mask, (range, b, s) => seen(range, options, shape.keys, offset(b) + s, valid?.[b]), qk?.y),
    });
    return [y.finish(), presentKey, presentValue, qk?.finish()];
  };
});

/** The keys that the query at `position` sees, of which the first `valid` are there at all. */
function seen(range: KeyRange, { causal, left, right }: Options, keys: number, position: number, valid: number | undefined): void {
  let end = Math.min(keys, valid ?? keys);
  if (causal) end = Math.min(end, position + 1);
  if (right >= 0) end = Math.min(end, position + right + 1);
  range.end = Math.max(0, end);
  range.first = left >= 0 ? Math.min(range.end, Math.max(0, position - left)) : 0;
}

/** Past rows followed by the new ones, and the present tensor where somebody wants it. */
function extend(
  ctx: KernelContext, index: number, x: Heads, size: number, past: Tensor | undefined, rows: number,
  { batch, kvHeads, keys }: AttentionShape, dtype: DType,
): [Heads, Tensor | undefined] {
  const wanted = ctx.wants(index);
  if (past === undefined && !wanted) return [x, undefined];
  const dims = [batch, kvHeads, keys, size];
  if (past !== undefined && (past.dims.length !== 4 || past.dims.some((d, i) => d !== (i === 2 ? keys - rows : dims[i])))) {
    fail('E_SHAPE', 'the past does not fit', { expected: `[${batch}, ${kvHeads}, ${keys - rows}, ${size}]`, found: describeShape(past.dims) });
  }
  const format = plainCache(dtype, size);
  const present = wanted ? ctx.output(index, dtype, dims) : undefined;
  const source = past && cacheOf(past, format);
  const target = present ? cacheOf(present, format) : newCache(source!, keys);
  for (let b = 0; b < batch; b++) extendCache(target, source, keys - rows, x, b, rows);
  return [readCache(target, () => keys), present];
}

type Weigh = (row: FloatArray, range: KeyRange, b: number, n: number, s: number) => void;

function weighing(
  { softcap, softmaxType, qkMode }: Options, { batch, heads, queries, keys }: AttentionShape, dtype: DType, mask: Tensor | undefined,
  see: (range: KeyRange, b: number, s: number) => void, qk: FloatArray | undefined,
): Weigh {
  const round = roundTo(dtype);
  const precision = softmaxType ?? dtype;
  const step = roundTo(precision);
  // The standard's own cases sum float16 in float32 and round at the end, but bfloat16 term by term.
  const add = precision === 'bfloat16' ? step : stepOf(precision);
  const bias = mask && biasRows(mask, batch, heads, queries, 0, 'attn_mask');
  if (bias !== undefined && bias.length > keys) {
    fail('E_SHAPE', 'attn_mask is longer than the keys', { expected: `at most ${keys}`, found: String(bias.length) });
  }
  const boolean = mask?.type === 'bool';
  const visible: KeyRange = { first: 0, end: keys };
  const roundRow = (row: FloatArray, { first, end }: KeyRange) => {
    for (let t = first; t < end; t++) row[t] = round(row[t]);
  };
  return (row, range, b, n, s) => {
    const show = (mode: number) => {
      if (qk !== undefined && qkMode === mode) qk.set(row, ((b * heads + n) * queries + s) * keys);
    };
    roundRow(row, range);
    show(0);
    if (softcap > 0) capRow(row, range, softcap, round);
    show(1);
    see(visible, b, s);
    row.fill(-Infinity, range.first, visible.first).fill(-Infinity, visible.end, range.end);
    if (bias !== undefined) addMask(row, visible, bias, boolean, round, b, n, s);
    show(2);
    softmaxRow(row, range, undefined, step, add);
    roundRow(row, range);
    show(3);
  };
}

/** Adds a mask, which hides keys behind its end; -Infinity hides a key whatever its score. */
function addMask(
  row: FloatArray, { first, end }: KeyRange, bias: BiasRows, boolean: boolean, round: Step, b: number, n: number, s: number,
): void {
  const at = bias.at(b, n, s);
  for (let t = first; t < end; t++) {
    const entry = t < bias.length ? bias.values[at + t * bias.step] : boolean ? 0 : -Infinity;
    const m = boolean ? (entry !== 0 ? 0 : -Infinity) : round(entry);
    row[t] = m === -Infinity ? m : round(row[t] + m);
  }
}
