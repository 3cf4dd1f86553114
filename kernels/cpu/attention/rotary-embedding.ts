/**
 * Rotary position embedding of every head of x. The standard operator and com.microsoft's differ in the order of their
 * inputs and in how positions are given.
 * https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html
 */
import { fail } from '../../../src/errors.ts';
import { msRotaryEmbedding as msContract, rotaryEmbedding as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { byHead, byRow, offsetOf, type Heads } from './heads.ts';
import { checkRotary, rotateHead, rotaryTables, type Rotary } from './rotary.ts';

interface Layout {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly headSize: number;
  readonly of: (data: Float32Array) => Heads;
}

/** x: [B, N, S, H], or [B, S, N * H] with the head size or the number of heads given. */
function layoutOf(x: Tensor, headSize: number | undefined, numHeads: number): Layout {
  const { dims } = x;
  if (dims.length === 4) {
    const [batch, heads, rows, size] = dims;
    return { batch, heads, rows, headSize: size, of: (data) => byHead(data, heads, rows, size) };
  }
  if (dims.length !== 3) fail('E_SHAPE', 'x must be [B, N, S, H] or [B, S, N * H]', { found: describeShape(dims) });
  const [batch, rows, width] = dims;
  const size = headSize ?? (numHeads > 0 ? width / numHeads : fail('E_ATTRIBUTE', 'a 3-D input needs num_heads'));
  const heads = width / size;
  if (!Number.isInteger(size) || !Number.isInteger(heads)) {
    fail('E_SHAPE', 'the hidden size does not divide into heads', { found: `${width} elements, heads of ${size}` });
  }
  return { batch, heads, rows, headSize: size, of: (data) => byRow(data, rows, size, width) };
}

function rotateAll(ctx: KernelContext, x: Tensor, layout: Layout, rotary: Rotary, positionOf: (b: number, s: number) => number): Tensor {
  checkRotary(rotary, layout.headSize);
  const out = floatOutput(ctx, 0, x.type, x.dims);
  const values = unpack(x);
  const heads = layout.of(out.y as Float32Array);
  for (let b = 0; b < layout.batch; b++) {
    for (let n = 0; n < layout.heads; n++) {
      for (let s = 0; s < layout.rows; s++) {
        const at = offsetOf(heads, b, n, s);
        rotateHead(out.y, at, values, at, layout.headSize, rotary, positionOf(b, s));
      }
    }
  }
  return out.finish();
}

/** Without position_ids the tables have a row for each token: [B, S, rotaryDim / 2]. */
export const rotaryEmbedding = implement(contract, ({ attrs }) => {
  const numHeads = attrs.has('num_heads') ? attrs.int('num_heads') : 0;
  const interleaved = attrs.int('interleaved') !== 0;
  const rotaryDim = attrs.int('rotary_embedding_dim');
  return ([x, cos, sin, positionIds]: [Tensor, Tensor, Tensor, Tensor?], ctx) => {
    const layout = layoutOf(x, undefined, numHeads);
    const rotary = rotaryTables(cos, sin, interleaved);
    const wanted = (rotaryDim === 0 ? layout.headSize : rotaryDim) / 2;
    if (rotary.half !== wanted) {
      fail('E_SHAPE', 'the tables do not fit the rotation', { expected: `rows of ${wanted}`, found: String(rotary.half) });
    }
    const ids = positionIds && toInts(positionIds); // [B, S]
    if ((ids?.length ?? rotary.positions) !== layout.batch * layout.rows && ids !== undefined) {
      fail('E_SHAPE', 'position_ids must be [B, S]', { expected: `[${layout.batch}, ${layout.rows}]`, found: describeShape(positionIds!.dims) });
    }
    return [rotateAll(ctx, x, layout, rotary, (b, s) => (ids === undefined ? b * layout.rows + s : ids[b * layout.rows + s]))];
  };
});

/** A single position is that of the first token; the others follow it. */
export const msRotaryEmbedding = implement(msContract, ({ attrs }) => {
  const numHeads = attrs.has('num_heads') ? attrs.int('num_heads') : 0;
  const interleaved = attrs.has('interleaved') && attrs.int('interleaved') !== 0;
  const rotaryDim = attrs.has('rotary_embedding_dim') ? attrs.int('rotary_embedding_dim') : 0;
  return ([x, positionIds, cos, sin]: [Tensor, Tensor, Tensor, Tensor], ctx) => {
    const rotary = rotaryTables(cos, sin, interleaved);
    const layout = layoutOf(x, rotaryDim === 0 ? rotary.half * 2 : undefined, numHeads);
    const ids = toInts(positionIds); // [1] or [B, S]
    if (ids.length !== 1 && ids.length !== layout.batch * layout.rows) {
      fail('E_SHAPE', 'position_ids must be [1] or [B, S]', { found: describeShape(positionIds.dims) });
    }
    const single = positionIds.dims.length === 1;
    return [rotateAll(ctx, x, layout, rotary, (b, s) => (single ? ids[0] + s : ids[b * layout.rows + s]))];
  };
});
