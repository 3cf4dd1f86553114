/** Draws nodes of attention, normalization and classical machine learning that onnxruntime runs as well. */
import fc from 'fast-check';
import type { AttributeValue } from '../../src/model/builder.ts';
import { int64, pack, sizeOf, Tensor, unpack, type DType } from '../../src/tensor/index.ts';
import type { OneNode } from './beside-ort.ts';
import { flag, int, ints, maybe, tensor } from './draw.ts';

type Attributes = Record<string, AttributeValue>;

const MS = 'com.microsoft';
const i32 = (values: readonly number[], dims: readonly number[] = [values.length]): Tensor => new Tensor('int32', Int32Array.from(values), dims);
const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const sometimes = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined, freq: 2 });

/** An attribute that is left out half of the time. */
const given = (attributes: Readonly<Record<string, AttributeValue | undefined>>): Attributes =>
  Object.fromEntries(Object.entries(attributes).filter(([, v]) => v !== undefined)) as Attributes;

/** Floats in steps of 1/64; as float16 they are exact. */
const floats = (dtype: DType, dims: readonly number[]): fc.Arbitrary<Tensor> =>
  tensor('float32', dims, -2, 2).map((t) => (dtype === 'float32' ? t : pack(dtype, unpack(t), dims)));

/** Codes of a quantized cache. */
const codes = (dtype: DType, dims: readonly number[]): fc.Arbitrary<Tensor> => (dtype === 'int8' ? tensor('int8', dims, -128, 127) : tensor('uint8', dims, 0, 255));

interface GqaShape {
  readonly mode: 'first' | 'decode' | 'append' | 'shared';
  readonly dtype: 'float32' | 'float16';
  readonly groups: number;
  readonly perGroup: number;
  readonly batch: number;
  readonly queries: number;
  readonly past: number;
  readonly extra: number;
  readonly eighths: number;
  readonly rotary: boolean;
  readonly packed: boolean;
  readonly quantization: 'NONE' | 'PER_TENSOR' | 'PER_CHANNEL';
  readonly bits: 4 | 8;
  readonly window: number | undefined;
  readonly qkOutput: 0 | 1 | 2;
}

const gqaShape: fc.Arbitrary<GqaShape> = fc.record({
  mode: oneOf('first', 'decode', 'append', 'shared'), dtype: oneOf('float32', 'float32', 'float16'), groups: int(1, 3), perGroup: int(1, 3),
  batch: int(1, 3), queries: int(2, 5), past: int(1, 6), extra: int(0, 3), eighths: int(1, 3), rotary: fc.boolean(), packed: fc.boolean(),
  quantization: oneOf('NONE', 'NONE', 'PER_TENSOR', 'PER_CHANNEL'), bits: oneOf(4, 8), window: sometimes(int(1, 4)), qkOutput: oneOf(0, 0, 1, 2),
});

/**
 * GroupQueryAttention in four situations: a first prompt (all of one length: onnxruntime leaves what it computes for padding
 * open), one more token, a further prompt, and keys that are in the cache already.
 */
export const groupQueryAttention: fc.Arbitrary<OneNode> = gqaShape.chain((drawn) => {
  const { mode, dtype, groups, bits, extra } = drawn;
  const heads = groups * drawn.perGroup;
  const size = drawn.rotary ? 16 * drawn.eighths : 8 * drawn.eighths;
  const batch = mode === 'append' || mode === 'shared' ? 1 : drawn.batch;
  const queries = mode === 'decode' ? 1 : drawn.queries;
  const past = mode === 'first' ? 0 : mode === 'shared' ? Math.max(drawn.past, queries) : drawn.past;
  const total = mode === 'first' ? queries : mode === 'shared' ? past : past + queries;
  const capacity = past + extra;
  const packed = drawn.packed && mode !== 'shared';
  const quantization = mode === 'first' ? 'NONE' : drawn.quantization; // onnxruntime takes the cache's type from past
  const cacheType: DType = quantization === 'NONE' ? dtype : bits === 8 ? 'int8' : 'uint8';
  const cacheDims = [batch, groups, capacity, cacheType === 'uint8' ? size / 2 : size];
  const cache = mode === 'first' ? fc.constant(undefined) : quantization === 'NONE' ? floats(dtype, cacheDims) : codes(cacheType, cacheDims);
  const scale = quantization === 'NONE' ? fc.constant(undefined)
    : tensor('float32', quantization === 'PER_TENSOR' ? [1] : [1, groups, 1, size], 1, 3).map((t) => pack('float32', Array.from(unpack(t), (v) => Math.fround(v / (bits === 8 ? 100 : 8))), t.dims));
  const added = mode === 'shared' ? 0 : queries;
  const part = packed ? fc.constant(undefined) : floats(dtype, [batch, added, groups * size]);
  const half = 8 * Math.ceil(size / 32);
  const table = drawn.rotary ? floats(dtype, [capacity + queries + 1, half]) : fc.constant(undefined);
  const uneven = mode === 'decode' && drawn.qkOutput === 0;
  return fc.record({
    query: floats(dtype, [batch, queries, (packed ? heads + 2 * groups : heads) * size]), key: part, value: part, pastKey: cache, pastValue: cache,
    shorter: uneven ? ints(batch - 1, 0, past - 1) : fc.constant(new Array<number>(batch - 1).fill(0)),
    cos: table, sin: table, bias: sometimes(floats(dtype, [1, heads, queries, total])), sink: sometimes(floats(dtype, [heads])), keyScale: scale, valueScale: scale,
    softcap: sometimes(int(1, 4)), scaleFactor: sometimes(int(1, 8)), smooth: flag, interleaved: flag, causal: flag,
  }).map((v): OneNode => ({
    opType: 'GroupQueryAttention', domain: MS, constants: [6],
    attributes: given({
      num_heads: heads, kv_num_heads: groups, do_rotary: drawn.rotary ? 1 : 0, rotary_interleaved: v.interleaved, softcap: v.softcap,
      scale: v.scaleFactor && v.scaleFactor / 8, smooth_softmax: v.smooth, local_window_size: drawn.window, qk_output: drawn.qkOutput,
      causal: drawn.window === undefined ? v.causal : undefined,
      ...(quantization === 'NONE' ? {} : { k_quant_type: quantization, v_quant_type: quantization, kv_cache_bit_width: bits }),
    }),
    inputs: [
      v.query, v.key, v.value, v.pastKey, v.pastValue, i32([total, ...v.shorter.map((s) => total - s)].map((n) => n - 1)), i32([total], []),
      v.cos, v.sin, undefined, v.bias, v.sink, v.keyScale, v.valueScale,
    ],
    outputs: [dtype, cacheType, cacheType, ...(drawn.qkOutput === 0 ? [] : [dtype])],
  }));
});

/** A mask of com.microsoft's attention: key lengths, or zeros and ones for each key, or for each query and key. */
const mask = (batch: number, queries: number, keys: number): fc.Arbitrary<Tensor> => fc.oneof(
  ints(batch, 1, keys).map((v) => i32(v)),
  ints(batch * keys, 0, 1).map((v) => i32(v, [batch, keys])),
  ints(batch * queries * keys, 0, 1).map((v) => i32(v, [batch, queries, keys])),
);

export const multiHeadAttention: fc.Arbitrary<OneNode> = fc.record({
  batch: int(1, 2), heads: int(1, 3), size: int(1, 9), valueSize: int(1, 9), queries: int(1, 4), rows: int(1, 4), past: int(0, 3), cross: fc.boolean(), qk: flag,
}).chain(({ batch, heads, size, valueSize, queries, rows, past, cross, qk }) => {
  const before = cross ? 0 : past;
  const keys = before + (cross ? rows : queries);
  const vs = cross || before > 0 ? size : valueSize;
  const pastPart = (s: number) => (before === 0 ? fc.constant(undefined) : floats('float32', [batch, heads, before, s]));
  return fc.record({
    query: floats('float32', [batch, queries, heads * size]),
    key: floats('float32', cross ? [batch, heads, rows, size] : [batch, queries, heads * size]),
    value: floats('float32', cross ? [batch, heads, rows, vs] : [batch, queries, heads * vs]),
    bias: maybe(floats('float32', [heads * (2 * size + vs)])), mask: maybe(mask(batch, queries, keys)),
    added: maybe(floats('float32', [1, heads, queries, keys])), pastKey: pastPart(size), pastValue: pastPart(vs),
    causal: flag, scale: sometimes(int(1, 8)), filter: sometimes(int(-20, -1)),
  }).map((v): OneNode => ({
    opType: 'MultiHeadAttention', domain: MS,
    attributes: given({ num_heads: heads, unidirectional: cross ? 0 : v.causal, scale: v.scale && v.scale / 8, mask_filter_value: v.filter }),
    inputs: [v.query, v.key, v.value, v.bias, v.mask, v.added, v.pastKey, v.pastValue],
    outputs: cross ? ['float32'] : ['float32', 'float32', 'float32', ...(qk === 1 ? (['float32'] as const) : [])],
  }));
});

export const msAttention: fc.Arbitrary<OneNode> = fc.record({
  batch: int(1, 2), heads: int(1, 3), size: int(1, 8), depth: int(1, 9), rows: int(1, 4), past: int(0, 3),
}).chain(({ batch, heads, size, depth, rows, past }) => fc.record({
  input: floats('float32', [batch, rows, depth]), weights: floats('float32', [depth, 3 * heads * size]), bias: floats('float32', [3 * heads * size]),
  mask: maybe(mask(batch, rows, past + rows)), past: past === 0 ? fc.constant(undefined) : floats('float32', [2, batch, heads, past, size]),
  added: past === 0 ? maybe(floats('float32', [1, heads, rows, rows])) : fc.constant(undefined), causal: flag,
}).map((v): OneNode => ({
  opType: 'Attention', domain: MS, attributes: { num_heads: heads, unidirectional: v.causal },
  inputs: [v.input, v.weights, v.bias, v.mask, v.past, v.added], outputs: ['float32', 'float32'],
})));

export const msRotaryEmbedding: fc.Arbitrary<OneNode> = fc.record({
  batch: int(1, 2), heads: int(1, 3), quarters: int(1, 3), rows: int(1, 4), four: fc.boolean(), partial: fc.boolean(), single: fc.boolean(), interleaved: flag,
}).chain(({ batch, heads, quarters, rows, four, partial, single, interleaved }) => {
  const size = 8 * quarters, half = partial ? 4 : size / 2;
  return fc.record({
    x: floats('float32', four ? [batch, heads, rows, size] : [batch, rows, heads * size]), cos: floats('float32', [12, half]), sin: floats('float32', [12, half]),
    ids: single ? int(0, 8).map((v) => int64([v])) : ints(batch * rows, 0, 11).map((v) => int64(v, [batch, rows])),
  }).map((v): OneNode => ({
    opType: 'RotaryEmbedding', domain: MS, attributes: given({ interleaved, num_heads: heads, rotary_embedding_dim: partial ? 8 : undefined }),
    inputs: [v.x, v.ids, v.cos, v.sin], outputs: ['float32'],
  }));
});

/** The standard's Attention, as far as onnxruntime 1.30 goes: no windows, and causal after a past only where each query brings a key. */
export const attention: fc.Arbitrary<OneNode> = fc.record({
  batch: int(1, 2), groups: int(1, 2), perGroup: int(1, 3), size: int(1, 8), valueSize: int(1, 8), queries: int(1, 4), rows: int(1, 5), past: int(0, 3), flat: fc.boolean(),
}).chain(({ batch, groups, perGroup, size, valueSize, queries, rows, past, flat }) => {
  const heads = groups * perGroup, keys = past + rows;
  const x = (n: number, r: number, s: number) => floats('float32', flat ? [batch, r, n * s] : [batch, n, r, s]);
  const before = (s: number) => (past === 0 ? fc.constant(undefined) : floats('float32', [batch, groups, past, s]));
  const bools = (dims: readonly number[]) => ints(sizeOf(dims), 0, 1).map((v) => new Tensor('bool', Uint8Array.from(v), dims));
  return fc.record({
    q: x(heads, queries, size), k: x(groups, rows, size), v: x(groups, rows, valueSize), pastKey: before(size), pastValue: before(valueSize),
    mask: maybe(fc.oneof(floats('float32', [queries, keys]), floats('float32', [batch, 1, queries, keys]), bools([queries, keys]))),
    causal: flag, softcap: sometimes(int(1, 4)), scale: sometimes(int(1, 8)),
  }).map((v): OneNode => ({
    opType: 'Attention', opset: 23,
    attributes: given({ is_causal: past > 0 && rows !== queries ? 0 : v.causal, softcap: v.softcap, scale: v.scale && v.scale / 8, ...(flat ? { q_num_heads: heads, kv_num_heads: groups } : {}) }),
    inputs: [v.q, v.k, v.v, v.mask, v.pastKey, v.pastValue], outputs: ['float32', 'float32', 'float32'],
  }));
});

const shape = (rank: number): fc.Arbitrary<number[]> => ints(rank, 1, 5);

export const layerNormalization: fc.Arbitrary<OneNode> = fc.record({ dims: int(1, 4).chain(shape), op: oneOf('LayerNormalization', 'SimplifiedLayerNormalization', 'RMSNormalization'), from: fc.nat() })
  .chain(({ dims, op, from }) => {
    const axis = from % dims.length;
    const rest = dims.slice(axis);
    return fc.record({ x: floats('float32', dims), scale: floats('float32', rest), bias: maybe(floats('float32', rest)), negative: fc.boolean(), epsilon: oneOf(1e-5, 1e-2) }).map((v): OneNode => ({
      opType: op, opset: op === 'RMSNormalization' ? 23 : 21, attributes: { axis: v.negative ? axis - dims.length : axis, epsilon: v.epsilon },
      inputs: op === 'LayerNormalization' ? [v.x, v.scale, v.bias] : [v.x, v.scale],
      outputs: op === 'LayerNormalization' ? ['float32', 'float32', 'float32'] : ['float32'],
    }));
  });

export const skipLayerNormalization: fc.Arbitrary<OneNode> = fc.record({
  batch: int(1, 3), rows: int(1, 4), hidden: int(1, 20), simplified: fc.boolean(), shared: oneOf('no', 'one', 'two'), dtype: oneOf<DType>('float32', 'float32', 'float16'),
}).chain(({ batch, rows, hidden, simplified, shared, dtype }) => fc.record({
  input: floats(dtype, [batch, rows, hidden]), skip: floats(dtype, shared === 'no' ? [batch, rows, hidden] : shared === 'one' ? [1, rows, hidden] : [rows, hidden]),
  gamma: floats(dtype, [hidden]), beta: maybe(floats(dtype, [hidden])), bias: maybe(floats(dtype, [hidden])),
}).map((v): OneNode => ({
  opType: simplified ? 'SkipSimplifiedLayerNormalization' : 'SkipLayerNormalization', domain: MS, attributes: { epsilon: 1e-3 },
  inputs: simplified ? [v.input, v.skip, v.gamma, v.bias] : [v.input, v.skip, v.gamma, v.beta, v.bias],
  outputs: [dtype, undefined, undefined, dtype],
})));

export const embedLayerNormalization: fc.Arbitrary<OneNode> = fc.record({ batch: int(1, 3), rows: int(1, 4), hidden: int(1, 12), segments: fc.boolean() })
  .chain(({ batch, rows, hidden, segments }) => fc.record({
    ids: ints(batch * rows, 0, 5).map((v) => i32(v, [batch, rows])), segmentIds: ints(batch * rows, 0, 1).map((v) => i32(v, [batch, rows])),
    word: floats('float32', [6, hidden]), position: floats('float32', [4, hidden]), segment: floats('float32', [2, hidden]),
    gamma: floats('float32', [hidden]), beta: floats('float32', [hidden]), mask: maybe(ints(batch * rows, 0, 1).map((v) => i32(v, [batch, rows]))),
    positions: maybe(ints(batch * rows, 0, 3).map((v) => i32(v, [batch, rows]))),
  }).map((v): OneNode => ({
    opType: 'EmbedLayerNormalization', domain: MS, attributes: { epsilon: 1e-3 }, constants: segments ? [2, 3, 4, 5, 6] : [2, 3, 5, 6],
    inputs: [v.ids, segments ? v.segmentIds : undefined, v.word, v.position, segments ? v.segment : undefined, v.gamma, v.beta, v.mask, v.positions],
    outputs: ['float32', 'int32', 'float32'],
  })));

/** Normalizations of images: [N, C, ...]. */
export const imageNormalization: fc.Arbitrary<OneNode> = fc.record({
  op: oneOf('BatchNormalization', 'InstanceNormalization', 'GroupNormalization', 'LRN', 'LpNormalization', 'MeanVarianceNormalization'),
  batch: int(1, 3), groups: int(1, 3), perGroup: int(1, 3), height: int(1, 4), width: int(2, 4), choice: fc.nat(),
}).chain(({ op, batch, groups, perGroup, height, width, choice }) => {
  const channels = groups * perGroup;
  const vector = floats('float32', [channels]);
  return fc.record({ x: floats('float32', [batch, channels, height, width]), scale: vector, bias: vector, mean: vector, variance: vector.map((t) => pack('float32', Array.from(unpack(t), (v) => v * v + 0.5), t.dims)) }).map((v): OneNode => {
    const [attributes, parameters]: [Attributes, (Tensor | undefined)[]] = op === 'BatchNormalization' ? [{ epsilon: 1e-3 }, [v.scale, v.bias, v.mean, v.variance]]
      : op === 'InstanceNormalization' ? [{ epsilon: 1e-2 }, [v.scale, v.bias]]
      : op === 'GroupNormalization' ? [{ epsilon: 1e-2, num_groups: groups }, [v.scale, v.bias]]
      : op === 'LRN' ? [{ size: 1 + 2 * (choice % 3), alpha: 0.5, beta: 0.6, bias: 1.5 }, []]
      : op === 'LpNormalization' ? [{ axis: choice % 4, p: 1 + (choice % 2) }, []]
      : [{}, []];
    return { opType: op, attributes, inputs: [v.x, ...parameters], outputs: ['float32'] };
  });
});
