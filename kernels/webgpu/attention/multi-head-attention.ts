import { multiHeadAttention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { attend, biasOf, byRow } from './attend.ts';

const OTHERS = ['', '', '', 'bias', 'key_padding_mask', '', 'past_key', 'past_value', 'past_sequence_length', 'cache_indirection'];

function supports(node: PlacedNode): true | string {
  const { inputs, outputs } = node.node;
  const given = OTHERS.find((name, i) => name !== '' && inputs[i] !== undefined);
  return all(
    ...[0, 1, 2, 5].map((i) => onlyTypes(node, i, 'float32', 'float16')), given === undefined || `${given} is given`, (inputs[1] !== undefined && inputs[2] !== undefined) || 'packed keys or values',
    [0, 1, 2].every((i) => node.inputShape(i)?.length === 3) || 'query, key and value that are not known to be of rank 3', outputs.slice(1).every((o) => o === undefined) || 'present or scores are wanted',
    node.attrs.int('unidirectional') === 0 || 'unidirectional', widths(node) || 'head sizes that are not known to be even and at most 512',
  );
}

function widths(node: PlacedNode): boolean {
  const heads = node.attrs.int('num_heads');
  return [0, 2].every((i) => {
    const width = node.inputShape(i)?.at(-1);
    return typeof width === 'number' && width % (2 * heads) === 0 && width / heads <= 512;
  });
}

/** out = softmax(q . k * scale + attention_bias) . v for each head. query: [B, S, N * H], key: [B, L, N * H], value: [B, L, N * V] */
export const multiHeadAttention = adapt(contract, supports, ({ attrs }, gpu) => {
  const heads = attrs.int('num_heads');
  const given = attrs.has('scale') ? f32(attrs.float('scale')) : 0;
  return ([query, key, value, , , bias]: [Tensor, Tensor, Tensor, undefined?, undefined?, Tensor?], ctx) => {
    const [batch, queries, width] = query.dims;
    const [kBatch, keys, kWidth] = key.dims;
    if (kBatch !== batch || kWidth !== width || value.dims[0] !== batch || value.dims[1] !== keys) {
      fail('E_SHAPE', 'query, key and value do not fit', { found: [query, key, value].map((t) => describeShape(t.dims)).join(', ') });
    }
    const H = width / heads, V = value.dims[2] / heads;
    const out = gpu.output(ctx, query.type, [batch, queries, heads * V]);
    if (out.size === 0) return [out];
    attend(gpu, {
      samples: new Array<[number, number]>(batch).fill([keys, 0]), heads, queries, headSize: H, valueSize: V, group: 1,
      q: byRow(query, queries, H, width), k: byRow(key, keys, H, width), v: byRow(value, keys, V, heads * V), out: byRow(out, queries, V, heads * V),
      bias: biasOf(bias, [batch, heads, queries], keys), ahead: -1, scale: given === 0 ? f32(1 / f32(Math.sqrt(H))) : given,
    });
    return [out];
  };
});
