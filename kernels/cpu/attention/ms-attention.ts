/**
 * Attention together with the projection that makes queries, keys and values:
 *
 *     [q | k | v] = input . weights + bias       input [B, S, D], weights [D, Dq + Dk + Dv]
 *     output [B, S, Dv] = attention of N heads, with masks and past
 *     past [2, B, N, P, H], present [2, B, N, P + S, H]: keys, then values
 *
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Attention
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { msAttention as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { biasedAttention } from './biased-attention.ts';
import { byRow, loopsFor, type Heads } from './heads.ts';
import { cacheOf, extendCache, newCache, plainCache, readCache } from './kv-cache.ts';
import { hiddenBy } from './masks.ts';
import { biasRows } from './weights.ts';

type Inputs = [input: Tensor, weights: Tensor, bias?: Tensor, mask?: Tensor, past?: Tensor, attentionBias?: Tensor, pastLength?: Tensor];

export const msAttention = implement(contract, ({ attrs }) => {
  const heads = attrs.int('num_heads');
  const scale = attrs.has('scale') ? f32(attrs.float('scale')) : 0;
  const filter = attrs.has('mask_filter_value') ? f32(attrs.float('mask_filter_value')) : -10000;
  const causal = attrs.int('unidirectional') !== 0;
  const given = attrs.has('qkv_hidden_sizes') ? attrs.ints('qkv_hidden_sizes') : undefined;
  if (attrs.has('do_rotary') && attrs.int('do_rotary') !== 0) fail('E_OP_UNSUPPORTED', 'Attention with do_rotary is not implemented', { hint: 'GroupQueryAttention rotates' });
  return ([input, weights, bias, mask, past, attentionBias, pastLength]: Inputs, ctx) => {
    const [batch, rows, depth] = input.dims;
    const width = weights.dims[1];
    const sizes = given ?? [width / 3, width / 3, width / 3]; // Dq, Dk, Dv
    if (weights.dims.length !== 2 || weights.dims[0] !== depth || sizes.length !== 3 || sizes[0] + sizes[1] + sizes[2] !== width || sizes[0] !== sizes[1] || sizes.some((d) => d % heads !== 0)) {
      fail('E_SHAPE', 'the weights do not fit the input and the heads', { expected: `[${depth}, Dq + Dk + Dv], multiples of ${heads}`, found: `[${weights.dims.join(', ')}]` });
    }
    if (bias !== undefined && bias.size !== width) fail('E_SHAPE', 'the bias does not fit the weights', { expected: `[${width}]`, found: `[${bias.dims.join(', ')}]` });
    const qkv = project(input, weights, bias, batch * rows, depth, width);
    const headSize = sizes[0] / heads, valueSize = sizes[2] / heads;
    const part = (size: number, from: number): Heads => byRow(qkv, rows, size, width, from);
    const pastRows = past === undefined ? 0 : pastLength === undefined ? past.dims[3] : toInts(pastLength)[0];
    const k = part(headSize, sizes[0]), v = part(valueSize, sizes[0] + sizes[1]);
    const { keys, values, present } = extend(ctx, k, v, past, pastRows, pastLength === undefined, { batch, heads, rows, headSize, valueSize }, input);
    const total = pastRows + rows;
    const out = floatOutput(ctx, 0, input.type, [batch, rows, sizes[2]]);
    biasedAttention(ctx, {
      shape: { batch, heads, kvHeads: heads, queries: rows, keys: total, headSize, valueSize },
      past: pastRows, q: part(headSize, 0), k: keys, v: values, out: byRow(out.y, rows, valueSize, sizes[2]), scale, causal, filter,
      bias: attentionBias && biasRows(attentionBias, batch, heads, rows, 'attention_bias'),
      hidden: mask && hiddenBy(mask, 'mask_index', { batch, queries: rows, keys: total, past: pastRows }),
    });
    return [out.finish(), present];
  };
});

/** y [rows, width] = x [rows, depth] . w [depth, width] + bias */
function project(input: Tensor, weights: Tensor, bias: Tensor | undefined, rows: number, depth: number, width: number): Float32Array {
  const x = unpack(input), w = unpack(weights) as Float32Array;
  const start = bias && unpack(bias);
  const y = new Float32Array(rows * width);
  const { addScaled } = loopsFor(y);
  for (let r = 0; r < rows; r++) {
    if (start !== undefined) y.set(start, r * width);
    for (let d = 0; d < depth; d++) addScaled(y, r * width, x[r * depth + d], w, d * width, width);
  }
  return y;
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
  ctx: KernelContext, k: Heads, v: Heads, past: Tensor | undefined, pastRows: number, exact: boolean, e: Extension, input: Tensor,
): { keys: Heads; values: Heads; present: Tensor | undefined } {
  const wanted = ctx.wants(1);
  if (past === undefined && !wanted) return { keys: k, values: v, present: undefined };
  const { batch, heads, rows, headSize } = e;
  if (e.valueSize !== headSize) fail('E_SHAPE', 'keys and values that share a tensor must be of one size', { found: `${headSize} and ${e.valueSize}` });
  const capacity = exact ? pastRows + rows : past!.dims[3];
  const dims = [2, batch, heads, capacity, headSize];
  if (past !== undefined && (past.dims.length !== 5 || past.dims.some((d, i) => i !== 3 && d !== dims[i]) || pastRows + rows > capacity)) {
    fail('E_SHAPE', 'the past does not fit', { expected: `[2, ${batch}, ${heads}, ${pastRows}, ${headSize}]`, found: `[${past.dims.join(', ')}]` });
  }
  const format = plainCache(input.type, headSize);
  const joined = (t: Tensor) => cacheOf(t.reshape([2 * batch, ...t.dims.slice(2)]), format);
  const present = wanted ? ctx.output(1, input.type, dims) : undefined;
  const source = past && joined(past);
  const target = present ? joined(present) : newCache(source!, capacity);
  for (let b = 0; b < 2 * batch; b++) extendCache(target, source, pastRows, b < batch ? k : { ...v, at: v.at - batch * v.batch }, b, rows);
  const all = readCache(target, () => pastRows + rows);
  return { keys: all, values: { ...all, at: all.at + batch * all.batch }, present };
}
