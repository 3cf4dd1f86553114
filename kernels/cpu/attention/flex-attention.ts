/**
 * Attention whose scores and probabilities pass through subgraphs of the model:
 *
 *     scores = score_mod((Q * sqrt(scale)) . (K * sqrt(scale)))    [B, N, S, L]
 *     probs = prob_mod(softmax(scores))
 *     Y = probs . V
 *
 * Q [B, N, S, H], K [B, G, L, H], V [B, G, L, Hv]; scores and probs are of the type `softmax_precision` names (float32
 * for narrower inputs unless given).
 * https://onnx.ai/onnx/operators/onnx_aionnxpreview_FlexAttention.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { Graph } from '../../../src/graph/index.ts';
import { flexAttention as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import {
  describeShape, describeType, dtypeFromOnnx, isTensor, typeOf, unpack, writeElements, type DType, type Tensor, type TypedArray,
} from '../../../src/tensor/index.ts';
import { after } from '../control/turns.ts';
import { implement } from '../implement.ts';
import { floatOutput, roundTo, stepOf, type FloatArray } from '../support/index.ts';
import { mixRow, scoreRow, type AttentionShape } from './attend.ts';
import { byHead, offsetOf, rootOfScale, scaleHeads } from './heads.ts';
import { softmaxRow } from './weights.ts';

export const flexAttention = implement(contract, ({ attrs }) => {
  const scoreMod = attrs.has('score_mod') ? attrs.graph('score_mod') : undefined;
  const probMod = attrs.has('prob_mod') ? attrs.graph('prob_mod') : undefined;
  const scale = attrs.has('scale') ? f32(attrs.float('scale')) : undefined;
  const given = attrs.has('softmax_precision') ? dtypeFromOnnx(attrs.int('softmax_precision')) : undefined;
  return ([q, k, v]: [Tensor, Tensor, Tensor], ctx) => {
    const shape = shapeOf(q, k, v);
    const precision = given ?? (q.type === 'float64' ? 'float64' : 'float32');
    const scores = score(ctx, shape, q, k, scale, precision);
    return after(modify(ctx, scoreMod, scores, 'score_mod'), (modified) =>
      after(modify(ctx, probMod, normalize(ctx, shape, modified), 'prob_mod'), (probs) => [mix(ctx, shape, probs, v, q.type)]));
  };
});

function shapeOf(q: Tensor, k: Tensor, v: Tensor): AttentionShape {
  const [batch, heads, queries, headSize] = q.dims;
  const [kBatch, kvHeads, keys, kSize] = k.dims;
  const [vBatch, vHeads, vRows, valueSize] = v.dims;
  const ranks = [q, k, v].every((t) => t.dims.length === 4);
  if (!ranks || kBatch !== batch || vBatch !== batch || vHeads !== kvHeads || vRows !== keys || kSize !== headSize || heads % kvHeads !== 0) {
    fail('E_SHAPE', 'Q, K and V do not fit together', {
      expected: '[B, N, S, H], [B, G, L, H], [B, G, L, Hv]', found: [q, k, v].map((t) => describeShape(t.dims)).join(', '),
    });
  }
  return { batch, heads, kvHeads, queries, keys, headSize, valueSize };
}

/** The scores as a tensor of the softmax's type; the product itself is rounded to Q's type first. */
function score(ctx: KernelContext, shape: AttentionShape, q: Tensor, k: Tensor, scale: number | undefined, precision: DType): Tensor {
  const { batch, heads, kvHeads, queries, keys, headSize } = shape;
  const round = roundTo(q.type);
  const root = rootOfScale(scale, headSize, q.type);
  const qs = scaleHeads(byHead(unpack(q) as FloatArray, heads, queries, headSize), batch, heads, queries, headSize, root, round);
  const ks = scaleHeads(byHead(unpack(k) as FloatArray, kvHeads, keys, headSize), batch, kvHeads, keys, headSize, root, round);
  const row = new Float64Array(keys);
  const all = { first: 0, end: keys };
  return fill(ctx, shape, precision, (b, n, s) => {
    scoreRow(row, qs, offsetOf(qs, b, n, s), ks, offsetOf(ks, b, Math.floor((n * kvHeads) / heads), 0), headSize, 1, all);
    for (let t = 0; t < keys; t++) row[t] = round(row[t]);
    return row;
  });
}

/** Softmax of each row of scores, in their own type. */
function normalize(ctx: KernelContext, shape: AttentionShape, scores: Tensor): Tensor {
  const values = unpack(scores);
  const { heads, queries, keys } = shape;
  const row = new Float64Array(keys);
  const all = { first: 0, end: keys };
  const step = roundTo(scores.type);
  const add = scores.type === 'bfloat16' ? step : stepOf(scores.type);
  return fill(ctx, shape, scores.type, (b, n, s) => {
    const at = ((b * heads + n) * queries + s) * keys;
    for (let t = 0; t < keys; t++) row[t] = values[at + t];
    softmaxRow(row, all, undefined, step, add);
    return row;
  });
}

/** A tensor [B, N, S, L] made row by row. */
function fill(ctx: KernelContext, shape: AttentionShape, dtype: DType, rowOf: (b: number, n: number, s: number) => FloatArray): Tensor {
  const { batch, heads, queries, keys } = shape;
  const tensor = ctx.scratch(dtype, [batch, heads, queries, keys]);
  const data = tensor.data as TypedArray;
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      ctx.checkAbort();
      for (let s = 0; s < queries; s++, at += keys) writeElements(dtype, data.subarray(at, at + keys) as TypedArray, rowOf(b, n, s), keys);
    }
  }
  return tensor;
}

/** What a subgraph makes of scores or probabilities: a tensor of the same type and shape. */
function modify(ctx: KernelContext, graph: Graph | undefined, input: Tensor, name: string): Tensor | Promise<Tensor> {
  if (graph === undefined) return input;
  return after(ctx.runSubgraph(graph, [input]), ([output]) => {
    if (!isTensor(output) || output.type !== input.type || output.dims.join() !== input.dims.join()) {
      fail('E_SHAPE', 'the subgraph must keep type and shape', {
        arg: { kind: 'attribute', name }, expected: describeType(typeOf(input)),
        found: output === undefined ? 'nothing' : describeType(typeOf(output)),
      });
    }
    return output;
  });
}

function mix(ctx: KernelContext, shape: AttentionShape, probs: Tensor, v: Tensor, dtype: DType): Tensor {
  const { batch, heads, kvHeads, queries, keys, valueSize } = shape;
  const weights = unpack(probs) as FloatArray;
  const values = byHead(unpack(v) as FloatArray, kvHeads, keys, valueSize);
  const y = floatOutput(ctx, 0, dtype, [batch, heads, queries, valueSize]);
  const out = byHead(y.y, heads, queries, valueSize);
  const all = { first: 0, end: keys };
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      ctx.checkAbort();
      for (let s = 0; s < queries; s++, at += keys) {
        const valuesAt = offsetOf(values, b, Math.floor((n * kvHeads) / heads), 0);
        mixRow(out, offsetOf(out, b, n, s), weights.subarray(at, at + keys), values, valuesAt, valueSize, all);
      }
    }
  }
  return y.finish();
}
