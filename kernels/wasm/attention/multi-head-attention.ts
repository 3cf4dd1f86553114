/** com.microsoft's MultiHeadAttention and Attention on float32. */
import { msAttention as attentionContract, multiHeadAttention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { multiply, multiplyScratch, pack, packConstant, packedBytes } from '../math/product.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { attend, attendScratch, byHead, byRow, extend, EXTEND_SCRATCH, type AttentionShape } from './attend.ts';
import { addedBytes, addedRows, maskFits } from './masked.ts';

function settings(attrs: Attrs) {
  return {
    heads: attrs.int('num_heads'),
    scaleOf: (size: number): number => (attrs.has('scale') && attrs.float('scale') !== 0 ? f32(attrs.float('scale')) : f32(1 / f32(Math.sqrt(size)))),
    filter: attrs.has('mask_filter_value') ? f32(attrs.float('mask_filter_value')) : -10000,
    causal: attrs.int('unidirectional') !== 0,
  };
}

const absent = (node: PlacedNode, i: number, name: string): true | string => node.node.inputs[i] === undefined || `${name} is given`;

function supports(node: PlacedNode): true | string {
  const { inputs, outputs } = node.node;
  const key = node.inputShape(1)?.length;
  return all(
    onlyTypes(node, 0, 'float32'), (inputs[1] !== undefined && inputs[2] !== undefined) || 'packed queries, keys and values',
    key === 3 || key === 4 || 'the rank of the keys is not known', node.inputShape(2)?.length === key || 'keys and values differ in rank',
    maskFits(node, 4, 5), absent(node, 8, 'past_sequence_length'), absent(node, 9, 'cache_indirection'), outputs[3] === undefined || 'qk output is wanted',
  );
}

type Inputs = [
  query: Tensor, key: Tensor, value: Tensor, bias?: Tensor, mask?: Tensor, attentionBias?: Tensor, pastKey?: Tensor, pastValue?: Tensor,
];

/** x [rows, width] + bias [width], in scratch; x itself without a bias. */
function biased(wasm: WasmRuntime, x: number, rows: number, width: number, bias: number | undefined): number {
  if (bias === undefined) return x;
  const y = wasm.scratch(4 * rows * width);
  for (let r = 0; r < rows; r++) wasm.kernels.simd.f32_add(x + 4 * r * width, 1, bias, 1, y + 4 * r * width, width);
  return y;
}

export const multiHeadAttention = adapt(contract, supports, ({ attrs }, wasm) => {
  const { heads, scaleOf, filter, causal } = settings(attrs);
  return ([query, key, value, bias, mask, attentionBias, pastKey, pastValue]: Inputs, ctx) => {
    if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
    const [batch, queries, width] = query.dims;
    const isCross = key.dims.length === 4;
    const rows = key.dims[isCross ? 2 : 1];
    const headSize = width / heads, valueSize = isCross ? value.dims[3] : value.dims[2] / heads;
    const wantedKey = isCross ? [batch, heads, rows, headSize] : [batch, rows, width];
    const wantedValue = isCross ? [batch, heads, rows, valueSize] : [batch, rows, heads * valueSize];
    for (const [name, t, wanted] of [['key', key, wantedKey], ['value', value, wantedValue]] as const) {
      if (query.dims.length !== 3 || !Number.isInteger(headSize) || !Number.isInteger(valueSize) || t.dims.some((d, i) => d !== wanted[i])) {
        fail('E_SHAPE', `${name} does not have a shape it may have`, { arg: { kind: 'input', name }, found: describeShape(t.dims) });
      }
    }
    const widths = [width, width, heads * valueSize];
    if (bias !== undefined && bias.size !== widths[0] + widths[1] + widths[2]) {
      fail('E_SHAPE', 'the bias does not fit query, key and value', { expected: `[${widths[0] + widths[1] + widths[2]}]`, found: describeShape(bias.dims) });
    }
    const past = pastKey?.dims[2] ?? 0;
    const sizes = [headSize, valueSize];
    const befores = [pastKey, pastValue];
    befores.forEach((t, i) => {
      const wanted = [batch, heads, past, sizes[i]];
      if (t !== undefined && (t.dims.length !== 4 || t.dims.some((d, a) => d !== wanted[a]))) {
        fail('E_SHAPE', 'the past does not fit', { expected: describeShape(wanted), found: describeShape(t.dims) });
      }
    });
    const shape: AttentionShape = { batch, heads, kvHeads: heads, queries, keys: past + rows, headSize, valueSize };
    const presentBytes = sizes.map((size) => align(4 * batch * heads * shape.keys * size));
    wasm.begin(
      [query, key, value, bias, attentionBias, pastKey, pastValue].reduce((sum, t) => sum + wasm.outside(t), 0)
      + align(4 * batch * queries * heads * valueSize) + presentBytes[0] + presentBytes[1] + align(4 * query.size) + align(4 * key.size) + align(4 * value.size)
      + align(addedBytes(mask, shape)) + EXTEND_SCRATCH + attendScratch(wasm, shape),
    );
    const y = wasm.output(ctx, 0, 'float32', [batch, queries, heads * valueSize]);
    const biases = bias === undefined ? undefined : wasm.input(bias);
    const part = (t: Tensor, i: number) => {
      const from = wasm.input(t);
      if (isCross && i > 0) return from;
      return biased(wasm, from, batch * t.dims[1], widths[i], biases === undefined ? undefined : biases + 4 * widths.slice(0, i).reduce((a, d) => a + d, 0));
    };
    const q = byRow(part(query, 0), queries, headSize, width);
    const parts = [key, value].map((t, i) => {
      const ptr = part(t, i + 1);
      return isCross ? byHead(ptr, heads, rows, sizes[i]) : byRow(ptr, rows, sizes[i], widths[i + 1]);
    });
    const presents = befores.map((before, i) => {
      if (before === undefined && !ctx.wants(i + 1)) return undefined;
      const present = ctx.wants(i + 1) ? wasm.output(ctx, i + 1, 'float32', [batch, heads, shape.keys, sizes[i]]) : { ptr: wasm.scratch(presentBytes[i]), done: () => undefined };
      parts[i] = extend(wasm, present.ptr, before === undefined ? 0 : wasm.input(before), past, parts[i], batch, heads, rows, sizes[i]);
      return present;
    });
    attend(wasm, {
      shape, q, k: parts[0], v: parts[1], out: byRow(y.ptr, queries, valueSize, heads * valueSize), scale: scaleOf(headSize), root: false,
      causal: causal && queries > 1 ? past : undefined, added: addedRows(wasm, mask, attentionBias, filter, shape),
    });
    return [y.done(), presents[0]?.done(), presents[1]?.done()];
  };
});

/** The projection [B, S, D] x [D, Dq + Dk + Dv] comes first; its bias is added after the product. */
export const msAttention = adapt(
  attentionContract,
  (node) => all(
    onlyTypes(node, 0, 'float32'), maskFits(node, 3, 5), absent(node, 4, 'past'), absent(node, 6, 'past_sequence_length'),
    node.node.outputs[1] === undefined || 'present is wanted', !node.attrs.has('do_rotary') || node.attrs.int('do_rotary') === 0 || 'do_rotary',
  ),
  (node, wasm) => {
    const { attrs } = node;
    const { heads, scaleOf, filter, causal } = settings(attrs);
    const given = attrs.has('qkv_hidden_sizes') ? attrs.ints('qkv_hidden_sizes') : undefined;
    const packed = packConstant(node, wasm, 1, false);
    return ([input, weights, bias, mask, , attentionBias]: [Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?], ctx) => {
      const [batch, rows, depth] = input.dims;
      const width = weights.dims[1];
      const sizes = given ?? [width / 3, width / 3, width / 3]; // Dq, Dk, Dv
      const fits = sizes.length === 3 && sizes[0] === sizes[1] && sizes[0] + sizes[1] + sizes[2] === width && sizes.every((d) => d % heads === 0);
      if (weights.dims.length !== 2 || weights.dims[0] !== depth || !fits) {
        fail('E_SHAPE', 'the weights do not fit the input and the heads', { expected: `[${depth}, Dq + Dk + Dv], multiples of ${heads}`, found: describeShape(weights.dims) });
      }
      if (bias !== undefined && bias.size !== width) fail('E_SHAPE', 'the bias does not fit the weights', { expected: `[${width}]`, found: describeShape(bias.dims) });
      const headSize = sizes[0] / heads, valueSize = sizes[2] / heads;
      const shape: AttentionShape = { batch, heads, kvHeads: heads, queries: rows, keys: rows, headSize, valueSize };
      wasm.begin(
        [input, bias, attentionBias, packed === undefined ? weights : undefined].reduce((sum, t) => sum + wasm.outside(t), 0)
        + (packed === undefined ? packedBytes(depth, width) : 0) + multiplyScratch(wasm) + 2 * align(4 * batch * rows * width) + align(4 * batch * rows * sizes[2])
        + align(addedBytes(mask, shape)) + attendScratch(wasm, shape),
      );
      const y = wasm.output(ctx, 0, 'float32', [batch, rows, sizes[2]]);
      const panels = packed ?? pack(wasm, wasm.input(weights), depth, width, false, wasm.scratch(packedBytes(depth, width)));
      const product = wasm.scratch(4 * batch * rows * width);
      multiply(wasm, wasm.input(input), panels, product, batch * rows, width, depth);
      const qkv = biased(wasm, product, batch * rows, width, bias === undefined ? undefined : wasm.input(bias));
      attend(wasm, {
        shape, q: byRow(qkv, rows, headSize, width), k: byRow(qkv, rows, headSize, width, sizes[0]), v: byRow(qkv, rows, valueSize, width, sizes[0] + sizes[1]),
        out: byRow(y.ptr, rows, valueSize, sizes[2]), scale: scaleOf(headSize), root: false, causal: causal && rows > 1 ? 0 : undefined,
        added: addedRows(wasm, mask, attentionBias, filter, shape),
      });
      return [y.done()];
    };
  },
);
