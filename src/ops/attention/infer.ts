/** Shape inference of attention operators. */
import { dtypeFromOnnx, type Dim, type ValueType } from '../../tensor/index.ts';
import type { InferContext, Inferred, InferFunction } from '../define.ts';
import { show } from '../infer.ts';

const plus = (a: Dim, b: Dim): Dim => (typeof a === 'number' && typeof b === 'number' ? a + b : a === 0 ? b : b === 0 ? a : undefined);
const times = (a: Dim, b: Dim): Dim => (typeof a === 'number' && typeof b === 'number' ? a * b : a === 1 ? b : b === 1 ? a : undefined);

/** A width as `parts` equal parts; refuses what does not divide. */
function split(c: InferContext, width: Dim, parts: number, what: string): Dim {
  if (parts < 1) return c.fail(`${what} needs at least one head`, 'at least 1', String(parts));
  if (typeof width !== 'number') return undefined;
  if (width % parts !== 0) return c.fail(`${what} does not divide into heads`, `a multiple of ${parts}`, String(width));
  return width / parts;
}

function rankOf(c: InferContext, i: number, ranks: readonly number[], what: string): readonly Dim[] | undefined {
  const shape = c.shape(i);
  if (shape !== undefined && !ranks.includes(shape.length)) c.fail(`${what} has the wrong rank`, `rank ${ranks.join(' or ')}`, `rank ${shape.length}`);
  return shape;
}

/** Refuses two dimensions that are known and differ. */
function agree(c: InferContext, a: Dim, b: Dim, what: string): void {
  if (typeof a === 'number' && typeof b === 'number' && a !== b) c.fail(`${what} do not agree`, show(a), show(b));
}

const optionalInt = (c: InferContext, name: string): number | undefined => (c.attrs.has(name) ? c.attrs.int(name) : undefined);

interface Heads {
  readonly batch: Dim;
  readonly heads: Dim;
  readonly rows: Dim;
  readonly size: Dim;
}

/** [B, heads, rows, size], or [B, rows, heads * size] with the number of heads given. */
function headsOf(c: InferContext, i: number, heads: number | undefined, what: string): Heads | undefined {
  const shape = rankOf(c, i, [3, 4], what);
  if (shape === undefined) return undefined;
  if (shape.length === 4) return { batch: shape[0], heads: shape[1], rows: shape[2], size: shape[3] };
  if (heads === undefined) return c.fail(`a 3-D ${what} needs the number of its heads`, 'q_num_heads and kv_num_heads', 'none');
  return { batch: shape[0], heads, rows: shape[1], size: split(c, shape[2], heads, what) };
}

export const inferAttention: InferFunction = (c) => {
  const q = headsOf(c, 0, optionalInt(c, 'q_num_heads'), 'Q');
  const k = headsOf(c, 1, optionalInt(c, 'kv_num_heads'), 'K');
  const v = headsOf(c, 2, optionalInt(c, 'kv_num_heads'), 'V');
  agree(c, q?.size, k?.size, 'the head sizes of Q and K');
  agree(c, k?.rows, v?.rows, 'the rows of K and V');
  const past = c.inputCount > 4 && c.input(4) !== undefined ? rankOf(c, 4, [4], 'past_key')?.[2] : 0;
  const total = plus(past, k?.rows);
  const flat = c.shape(0)?.length === 3;
  return [
    { shape: q && (flat ? [q.batch, q.rows, times(q.heads, v?.size)] : [q.batch, q.heads, q.rows, v?.size]) },
    { shape: k && [k.batch, k.heads, total, k.size] },
    { shape: v && [v.batch, v.heads, total, v.size] },
    { shape: q && [q.batch, q.heads, q.rows, total] },
  ];
};

export const inferFlex: InferFunction = (c) => {
  const q = rankOf(c, 0, [4], 'Q'), k = rankOf(c, 1, [4], 'K'), v = rankOf(c, 2, [4], 'V');
  agree(c, q?.[3], k?.[3], 'the head sizes of Q and K');
  agree(c, k?.[2], v?.[2], 'the rows of K and V');
  agree(c, k?.[1], v?.[1], 'the heads of K and V');
  const given = c.attrs.has('softmax_precision') ? dtypeFromOnnx(c.attrs.int('softmax_precision')) : undefined;
  const dtype = given ?? (c.dtype(0) === undefined ? undefined : c.dtype(0) === 'float64' ? 'float64' : 'float32');
  const scores: ValueType | undefined = dtype && { kind: 'tensor', dtype, shape: q && [q[0], q[1], q[2], k?.[2]] };
  for (const name of ['score_mod', 'prob_mod']) if (c.attrs.has(name)) c.subgraph(name, [scores]);
  return [{ shape: q && [q[0], q[1], q[2], v?.[3]] }];
};

export const inferLinearAttention: InferFunction = (c) => {
  const heads = c.attrs.int('q_num_heads'), kvHeads = c.attrs.int('kv_num_heads');
  const q = rankOf(c, 0, [3], 'query'), v = rankOf(c, 2, [3], 'value');
  const dk = split(c, q?.[2], heads, 'query'), dv = split(c, v?.[2], kvHeads, 'value');
  const state: Inferred = { shape: q && [q[0], kvHeads, dk, dv] };
  // Without a past the state has the type of the query.
  return [{ shape: q && [q[0], q[1], times(heads, dv)] }, c.input(3) === undefined ? { ...state, dtype: c.dtype(0) } : state];
};

export const inferCausalConv: InferFunction = (c) => {
  const x = rankOf(c, 0, [3], 'input'), w = rankOf(c, 1, [3], 'weight');
  agree(c, x?.[1], w?.[0], 'the channels of input and weight');
  const taps = w?.[2];
  return [{ shape: x }, { shape: x && [x[0], x[1], plus(taps, -1)] }];
};

export const inferMsAttention: InferFunction = (c) => {
  const heads = c.attrs.int('num_heads');
  const x = rankOf(c, 0, [3], 'input'), w = rankOf(c, 1, [2], 'weights');
  agree(c, x?.[2], w?.[0], 'the input and the weights');
  const sizes = c.attrs.has('qkv_hidden_sizes') ? c.attrs.ints('qkv_hidden_sizes') : undefined;
  const third = sizes === undefined ? split(c, w?.[1], 3, 'the width of the weights') : undefined;
  const dk = sizes?.[1] ?? third, dv = sizes?.[2] ?? third;
  const past = c.inputCount > 4 && c.input(4) !== undefined ? rankOf(c, 4, [5], 'past') : undefined;
  const shared = c.inputCount > 6 && c.input(6) !== undefined;
  const total = shared ? past?.[3] : plus(c.inputCount > 4 && c.input(4) !== undefined ? past?.[3] : 0, x?.[1]);
  return [
    { shape: x && [x[0], x[1], dv] },
    { shape: x && [2, x[0], heads, total, split(c, dk, heads, 'the key width')] },
  ];
};

export const inferMultiHead: InferFunction = (c) => {
  const heads = c.attrs.int('num_heads');
  const q = rankOf(c, 0, [3, 5], 'query');
  const has = (i: number) => i < c.inputCount && c.input(i) !== undefined;
  if (q === undefined) return [];
  const packed = q.length === 5;
  const k = has(1) ? rankOf(c, 1, [3, 4, 5], 'key') : undefined, v = has(2) ? rankOf(c, 2, [3, 4], 'value') : undefined;
  const sizeOf = (shape: readonly Dim[] | undefined, what: string): Dim => (shape === undefined ? undefined : shape.length === 3 ? split(c, shape[2], heads, what) : shape.at(-1));
  const rows = packed ? q[1] : k?.[k.length === 4 ? 2 : 1];
  const keySize = packed ? q[4] : sizeOf(q, 'query');
  const valueSize = packed ? q[4] : has(2) ? sizeOf(v, 'value') : k?.at(-1);
  const past = has(6) ? c.shape(6)?.[2] : 0;
  const total = has(8) ? past : plus(past, rows);
  return [
    { shape: [q[0], q[1], times(heads, valueSize)] },
    { shape: [q[0], heads, total, keySize] },
    { shape: [q[0], heads, total, valueSize] },
    { shape: [q[0], heads, q[1], has(8) ? undefined : total], dtype: c.dtype(0) },
  ];
};

export const inferGroupQuery: InferFunction = (c) => {
  const heads = c.attrs.int('num_heads'), kvHeads = c.attrs.int('kv_num_heads');
  if (kvHeads < 1 || heads % kvHeads !== 0) c.fail('num_heads must be a multiple of kv_num_heads', `a multiple of ${kvHeads}`, String(heads));
  const q = rankOf(c, 0, [3], 'query');
  const packed = c.input(1) === undefined;
  const size = split(c, q?.[2], packed ? heads + 2 * kvHeads : heads, 'query');
  const past = c.input(3) === undefined ? undefined : rankOf(c, 3, [4], 'past_key');
  const total = c.ints(6)?.[0];
  const capacity = c.input(3) === undefined ? total : typeof past?.[2] === 'number' && typeof total === 'number' ? Math.max(past[2], total) : undefined;
  const bits = c.attrs.string('k_quant_type') !== 'NONE' && c.attrs.has('kv_cache_bit_width') ? c.attrs.int('kv_cache_bit_width') : 0;
  const width = bits === 4 ? (typeof size === 'number' ? Math.ceil(size / 2) : undefined) : size;
  const sliding = c.attrs.int('sliding_window_cache') !== 0;
  const present: Inferred = {
    // A cache without a past has the type its number of bits asks for.
    dtype: c.dtype(3) ?? (c.input(3) !== undefined ? undefined : bits === 4 ? 'uint8' : bits === 8 ? 'int8' : c.dtype(0)),
    shape: q && [q[0], kvHeads, sliding ? past?.[2] : capacity, width],
  };
  return [{ shape: q && [q[0], q[1], times(heads, size)] }, present, present, { shape: q && [q[0], heads, q[1], total] }];
};
