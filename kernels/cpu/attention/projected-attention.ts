/**
 * Attention of queries, keys and values that a projection made, with masks and past: what com.microsoft's Attention and
 * its quantized form share.
 *
 *     qkv [B, S, Dq + Dk + Dv], output [B, S, Dv]
 *     past [2, B, N, P, H], present [2, B, N, P + S, H]: keys, then values
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext, Outputs } from '../../../src/runtime/provider.ts';
import { describeShape, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { floatOutput } from '../support/index.ts';
import { biasedAttention } from './biased-attention.ts';
import { byRow, type Heads } from './heads.ts';
import { cacheOf, extendCache, newCache, plainCache, readCache, rowsInPast } from './kv-cache.ts';
import { hiddenBy } from './masks.ts';
import { biasRows } from './weights.ts';

/** The attributes of the operator. */
export interface Settings {
  readonly heads: number;
  /** 0: 1 / sqrt(head size). */
  readonly scale: number;
  /** What is added to the score of a masked key. */
  readonly filter: number;
  readonly causal: boolean;
}

export function settingsOf(attrs: Attrs): Settings {
  if (attrs.has('do_rotary') && attrs.int('do_rotary') !== 0) {
    fail('E_OP_UNSUPPORTED', 'Attention with do_rotary is not implemented', { hint: 'GroupQueryAttention rotates' });
  }
  return {
    heads: attrs.int('num_heads'),
    scale: attrs.has('scale') ? f32(attrs.float('scale')) : 0,
    filter: attrs.has('mask_filter_value') ? f32(attrs.float('mask_filter_value')) : -10000,
    causal: attrs.int('unidirectional') !== 0,
  };
}

export interface Projection {
  /** [B, S, Dq + Dk + Dv] */
  readonly qkv: Float32Array;
  readonly batch: number;
  readonly rows: number;
  /** Dq, Dk, Dv */
  readonly sizes: readonly number[];
  /** Type of the outputs. */
  readonly dtype: DType;
}

export interface Extras {
  readonly mask: Tensor | undefined;
  readonly past: Tensor | undefined;
  readonly attentionBias?: Tensor | undefined;
  readonly pastLength?: Tensor | undefined;
}

/** output and present */
export function projectedAttention(
  ctx: KernelContext, settings: Settings, projection: Projection, { mask, past, attentionBias, pastLength }: Extras,
): Outputs {
  const { heads, scale, filter, causal } = settings;
  const { qkv, batch, rows, sizes, dtype } = projection;
  const width = sizes[0] + sizes[1] + sizes[2];
  const headSize = sizes[0] / heads, valueSize = sizes[2] / heads;
  const part = (size: number, from: number): Heads => byRow(qkv, rows, size, width, from);
  const pastRows = rowsInPast(past, 3, pastLength);
  const k = part(headSize, sizes[0]), v = part(valueSize, sizes[0] + sizes[1]);
  const { keys, values, present } = extend(ctx, k, v, past, pastRows, past === undefined || pastLength === undefined, { batch, heads, rows, headSize, valueSize }, dtype);
  const total = pastRows + rows;
  const out = floatOutput(ctx, 0, dtype, [batch, rows, sizes[2]]);
  biasedAttention(ctx, {
    shape: { batch, heads, kvHeads: heads, queries: rows, keys: total, headSize, valueSize },
    past: pastRows, q: part(headSize, 0), k: keys, v: values, out: byRow(out.y, rows, valueSize, sizes[2]), scale, causal, filter,
    bias: attentionBias && biasRows(attentionBias, batch, heads, rows, total, 'attention_bias'),
    hidden: mask && hiddenBy(mask, 'mask_index', { batch, queries: rows, keys: total, past: pastRows }),
  });
  return [out.finish(), present];
}

interface Extension {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly headSize: number;
  readonly valueSize: number;
}

/** Past keys and values followed by the new ones: samples 0 to B - 1 of a cache hold keys, B to 2 B - 1 values. */
function extend(
  ctx: KernelContext, k: Heads, v: Heads, past: Tensor | undefined, pastRows: number, exact: boolean, e: Extension, dtype: DType,
): { keys: Heads; values: Heads; present: Tensor | undefined } {
  const wanted = ctx.wants(1);
  if (past === undefined && !wanted) return { keys: k, values: v, present: undefined };
  const { batch, heads, rows, headSize } = e;
  if (e.valueSize !== headSize) {
    fail('E_SHAPE', 'keys and values that share a tensor must be of one size', { found: `${headSize} and ${e.valueSize}` });
  }
  const capacity = exact ? pastRows + rows : past!.dims[3];
  const dims = [2, batch, heads, capacity, headSize];
  if (past !== undefined && (past.dims.length !== 5 || past.dims.some((d, i) => i !== 3 && d !== dims[i]) || pastRows + rows > capacity)) {
    fail('E_SHAPE', 'the past does not fit', { expected: `[2, ${batch}, ${heads}, ${pastRows}, ${headSize}]`, found: describeShape(past.dims) });
  }
  const format = plainCache(dtype, headSize);
  const joined = (t: Tensor) => cacheOf(t.reshape([2 * batch, ...t.dims.slice(2)]), format);
  const present = wanted ? ctx.output(1, dtype, dims) : undefined;
  const source = past && joined(past);
  const target = present ? joined(present) : newCache(source!, capacity);
  for (let b = 0; b < 2 * batch; b++) extendCache(target, source, pastRows, b < batch ? k : { ...v, at: v.at - batch * v.batch }, b, rows);
  const all = readCache(target, () => pastRows + rows);
  return { keys: all, values: { ...all, at: all.at + batch * all.batch }, present };
}
