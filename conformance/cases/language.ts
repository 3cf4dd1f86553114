/** Low-bit weights, experts, attention and recurrence of quantized language models: com.microsoft. */
import { f32 } from '../../src/numeric/index.ts';
import { pack, Tensor, unpack, type DType } from '../../src/tensor/index.ts';
import { BYTES, half, MS, packCase, scalar, short, vector, type Draw, type PackCase } from './draw.ts';

/** Sums of floats, in another order than onnxruntime's. */
const CLOSE = { rtol: 1e-5, atol: 1e-5 };
/** One or two steps of float16. */
const CLOSE_HALF = { rtol: 2e-3, atol: 2e-3 };

/**
 * Level 4 allows activations of 8 bits, in blocks or not, and anything more exact: four standard deviations of what rounding
 * activations of [-2, 2] does to a sum over K of weights of these scales.
 */
const activationRounding = (bits: number, K: number): { rtol: number; atol: number } => {
  const activation = (4 / 254) / Math.sqrt(12), weight = (0.06 * 2 ** bits) / Math.sqrt(12);
  return { rtol: 0, atol: Number((4 * Math.sqrt(K) * activation * weight).toPrecision(2)) };
};

interface NBits {
  readonly bits: number;
  readonly K: number;
  readonly N: number;
  readonly block: number;
  readonly rows?: readonly number[];
  readonly level?: number;
  readonly zeros?: 'packed' | 'float';
  readonly groups?: true;
  readonly bias?: true;
  readonly half?: true;
}

function nBits(d: Draw, { bits, K, N, block, rows = [3], level, zeros, groups, bias, half: isHalf }: NBits): Omit<PackCase, 'name'> {
  const count = Math.ceil(K / block);
  const as = (t: Tensor): Tensor => (isHalf ? half(t) : t);
  return {
    opType: 'MatMulNBits', domain: MS, outputs: [isHalf ? 'float16' : 'float32'], tolerance: level === 4 ? activationRounding(bits, K) : isHalf ? CLOSE_HALF : CLOSE,
    attributes: { K, N, bits, block_size: block, ...(level !== undefined && { accuracy_level: level }) },
    inputs: [
      as(d.floats([...rows, K], 2)), d.codes('uint8', [N, count, (block * bits) / 8]), as(d.positive([N, count])),
      zeros === 'packed' ? d.codes('uint8', [N, Math.ceil((count * bits) / 8)]) : zeros === 'float' ? as(d.positive([N, count], 1, 9)) : undefined,
      groups ? d.ints([K], 0, count - 1) : undefined, bias ? as(d.floats([N], 5)) : undefined,
    ],
  };
}

function* matMulNBits(): Iterable<PackCase> {
  for (const bits of [2, 4, 8]) {
    const name = `matmul_nbits_${bits}`;
    yield packCase(`${name}_plain`, (d) => nBits(d, { bits, K: 32, N: 8, block: 16 }));
    yield packCase(`${name}_row`, (d) => nBits(d, { bits, K: 64, N: 5, block: 32, rows: [1] }));
    yield packCase(`${name}_batch`, (d) => nBits(d, { bits, K: 32, N: 4, block: 32, rows: [2, 3] }));
    yield packCase(`${name}_ragged`, (d) => nBits(d, { bits, K: 45, N: 7, block: 16 }));
    yield packCase(`${name}_zeros`, (d) => nBits(d, { bits, K: 48, N: 7, block: 16, zeros: 'packed' }));
    yield packCase(`${name}_zeros_ragged`, (d) => nBits(d, { bits, K: 77, N: 3, block: 16, zeros: 'packed' }));
    yield packCase(`${name}_bias`, (d) => nBits(d, { bits, K: 32, N: 9, block: 16, bias: true }));
    yield packCase(`${name}_block128`, (d) => nBits(d, { bits, K: 130, N: 3, block: 128, zeros: 'packed' }));
    yield packCase(`${name}_f16`, (d) => nBits(d, { bits, K: 32, N: 6, block: 16, half: true, zeros: 'packed' }));
    if (bits !== 8) yield packCase(`${name}_zeros_float`, (d) => nBits(d, { bits, K: 48, N: 7, block: 16, zeros: 'float' }));
    for (const level of [0, 1, 2, 3, 4]) {
      yield packCase(`${name}_level${level}`, (d) => nBits(d, { bits, K: 64, N: 8, block: 32, level }));
      yield packCase(`${name}_level${level}_zeros`, (d) => nBits(d, { bits, K: 64, N: 8, block: 32, level, zeros: 'packed' }));
    }
  }
  yield packCase('matmul_nbits_4_groups', (d) => nBits(d, { bits: 4, K: 48, N: 5, block: 16, groups: true }));
  yield packCase('matmul_nbits_4_groups_zeros_float', (d) => nBits(d, { bits: 4, K: 48, N: 5, block: 16, groups: true, zeros: 'float' }));
  yield packCase('matmul_nbits_4_groups_zeros', (d) => {
    const node = nBits(d, { bits: 4, K: 32, N: 3, block: 16, groups: true, zeros: 'packed' });
    const [a, b, s, z, g] = node.inputs.map((t) => t && unpack(t));
    const nibble = (bytes: ArrayLike<number>, row: number, i: number): number => (bytes[row + (i >> 1)]! >> (4 * (i & 1))) & 15;
    const expected = Array.from({ length: 9 }, (_, i) => {
      const m = Math.floor(i / 3), n = i % 3;
      let sum = 0;
      for (let k = 0; k < 32; k++) sum += a![m * 32 + k]! * (nibble(b!, n * 16, k) - nibble(z!, n, g![k]!)) * s![n * 2 + g![k]!]!;
      return f32(sum);
    });
    return { ...node, divergence: { reason: 'packed zero points hold with g_idx as without; onnxruntime takes 8 for all of them', expected: [pack('float32', expected, [3, 3])], onnxruntime: 'differs' } };
  });
}

function* otherWeights(): Iterable<PackCase> {
  for (const type of [0, 1]) {
    for (const [K, N, block] of [[16, 4, 16], [33, 3, 32], [7, 5, 64]] as const) {
      yield packCase(`matmul_bnb4_${type === 0 ? 'fp4' : 'nf4'}_${K}x${N}`, (d) => ({
        opType: 'MatMulBnb4', domain: MS, attributes: { K, N, block_size: block, quant_type: type }, outputs: ['float32'], tolerance: CLOSE,
        inputs: [d.floats([3, K], 2), d.codes('uint8', [Math.ceil((N * K) / 2)]), d.positive([Math.ceil((N * K) / block)])],
      }));
    }
  }
  for (const type of [0, 1]) {
    for (const [K, N] of [[32, 4], [45, 3]] as const) {
      yield packCase(`matmul_fpq4_${type === 0 ? 'symmetric' : 'zero_points'}_${K}x${N}`, (d) => ({
        opType: 'MatMulFpQ4', domain: MS, attributes: { blk_quant_type: type }, outputs: ['float32'], tolerance: CLOSE, inputs: [d.floats([3, K], 2), fpQ4Blob(d, K, N, type), new Tensor('int64', [BigInt(K), BigInt(N)], [2])],
      }));
    }
  }
  for (const bits of [2, 4, 8]) {
    yield packCase(`gather_block_quantized_bytes_${bits}bits`, (d) => ({
      opType: 'GatherBlockQuantized', domain: MS, attributes: { block_size: 16, gather_axis: 0, quantize_axis: 1, bits }, outputs: ['float32'], fed: [1],
      inputs: [d.codes('uint8', [5, (32 * bits) / 8]), new Tensor('int64', [4n, 0n, -1n, 2n], [2, 2]), d.positive([5, 2]), d.codes('uint8', [5, Math.ceil((2 * bits) / 8)])],
    }));
    yield packCase(`gather_block_quantized_bytes_${bits}bits_no_zero_points`, (d) => ({
      opType: 'GatherBlockQuantized', domain: MS, attributes: { block_size: 16, gather_axis: 0, quantize_axis: 1, bits }, outputs: ['float32'], fed: [1],
      inputs: [d.codes('uint8', [5, (32 * bits) / 8]), vector([1, 3], 'int32'), d.positive([5, 2])],
    }));
  }
  for (const type of ['uint4', 'int4'] as const) {
    yield packCase(`gather_block_quantized_${short(type)}`, (d) => ({
      opType: 'GatherBlockQuantized', domain: MS, attributes: { block_size: 16, gather_axis: 0, quantize_axis: 1 }, outputs: ['float32'], fed: [1],
      inputs: [d.codes(type, [3, 40]), vector([2, 0, 1], 'int32'), d.positive([3, 3]), d.codes(type, [3, 3])],
    }));
  }
  for (const bits of [4, 8]) {
    for (const activation of ['relu', 'gelu', 'silu', 'identity', 'swiglu']) {
      yield packCase(`qmoe_${bits}_${activation}`, (d) => qMoE(d, bits, activation));
    }
  }
}

/** Blocks of 32 weights: a float32 scale, a zero point of one byte for type 1, 16 bytes of two codes each. */
function fpQ4Blob(d: Draw, K: number, N: number, type: number): Tensor {
  const size = 20 + type;
  const blob = Uint8Array.from({ length: N * Math.ceil(K / 32) * size }, () => d.int(0, 255));
  const view = new DataView(blob.buffer);
  for (let at = 0; at < blob.length; at += size) {
    view.setFloat32(at, d.int(1, 12) / 64, true);
    if (type === 1) blob[at + 4]! &= 15;
  }
  return new Tensor('uint8', blob, [blob.length]);
}

function qMoE(d: Draw, bits: number, activation: string): Omit<PackCase, 'name'> {
  const [experts, hidden, inner, tokens, perByte] = [3, 32, 32, 3, 8 / bits];
  const wide = activation === 'swiglu' ? 2 * inner : inner;
  return {
    opType: 'QMoE', domain: MS, outputs: ['float32'], fed: [0, 1], tolerance: CLOSE,
    attributes: {
      k: 2, activation_type: activation, normalize_routing_weights: 1, expert_weight_bits: bits,
      ...(activation === 'swiglu' && { swiglu_fusion: 1, activation_alpha: 1.702, activation_beta: 1 }),
    },
    inputs: [
      d.floats([tokens, hidden], 1), d.floats([tokens, experts], 3), d.codes('uint8', [experts, wide, hidden / perByte]), d.positive([experts, wide], 0.001, 0.01), d.floats([experts, wide], 0.3),
      d.codes('uint8', [experts, hidden, inner / perByte]), d.positive([experts, hidden], 0.001, 0.01), d.floats([experts, hidden], 0.3),
    ],
  };
}

function* transformers(): Iterable<PackCase> {
  for (const type of BYTES) {
    for (const [name, past, unidirectional, masked] of [['plain', 0, 0, false], ['masked', 0, 0, true], ['causal', 0, 1, false], ['past', 2, 1, false]] as const) {
      yield packCase(`qattention_${short(type)}_${name}`, (d) => ({
        opType: 'QAttention', domain: MS, attributes: { num_heads: 2, unidirectional }, outputs: past > 0 ? ['float32', 'float32'] : ['float32'], fed: [0, 5, 8], tolerance: CLOSE,
        inputs: [
          d.codes('uint8', [2, 3, 8]), d.codes(type, [8, 24]), d.floats([24], 1), scalar(0.004), d.positive([24]), masked ? d.ints([2], 1, 3) : undefined, d.zero('uint8'), d.zero(type),
          past > 0 ? d.floats([2, 2, 2, past, 4], 1) : undefined,
        ],
      }));
    }
    yield packCase(`qembed_layer_normalization_${short(type)}`, (d) => ({
      opType: 'QEmbedLayerNormalization', domain: MS, attributes: { epsilon: 1e-5 }, outputs: ['float32', 'int32'], fed: [0, 1, 7], tolerance: CLOSE,
      inputs: [
        d.ints([2, 3], 0, 6), d.ints([2, 3], 0, 1), d.codes(type, [7, 8]), d.codes(type, [9, 8]), d.codes(type, [2, 8]), d.codes(type, [8]), d.codes(type, [8]), d.ints([2, 3], 0, 1),
        ...Array.from({ length: 5 }, () => d.positive([])), ...Array.from({ length: 5 }, () => d.zero(type)),
      ],
    }));
    for (const direction of ['forward', 'reverse', 'bidirectional']) {
      const D = direction === 'bidirectional' ? 2 : 1;
      yield packCase(`dynamic_quantize_lstm_${short(type)}_${direction}`, (d) => {
        const zeros = pack(type, new Array(D).fill(type === 'int8' ? 0 : 128), [D]);
        return {
          opType: 'DynamicQuantizeLSTM', domain: MS, attributes: { hidden_size: 4, direction }, outputs: ['float32', 'float32', 'float32'], tolerance: CLOSE,
          inputs: [
            d.floats([1, 2, 5], 2), d.codes(type, [D, 5, 16]), d.codes(type, [D, 4, 16]), d.floats([D, 32], 0.5), undefined, undefined, undefined, undefined,
            d.positive([D], 0.002, 0.01), zeros, d.positive([D], 0.002, 0.01), zeros,
          ],
        };
      });
    }
  }
  for (const [name, type] of [['f32', undefined], ['i8_cache', 'int8']] as const) {
    yield packCase(`group_query_attention_${name}`, (d) => groupQueryAttention(d, type));
  }
}

/** Two query heads share a head of keys and values; `cache` quantizes those of the past, per tensor. */
function groupQueryAttention(d: Draw, cache: DType | undefined): Omit<PackCase, 'name'> {
  const [heads, shared, size, past, rows] = [4, 2, 8, 2, 1];
  const key = [1, shared, past, size];
  const quantized = cache === undefined ? {} : { k_quant_type: 'PER_TENSOR', v_quant_type: 'PER_TENSOR', kv_cache_bit_width: 8 };
  const kept = (): Tensor => (cache === undefined ? d.floats(key, 1) : d.codes(cache, key));
  return {
    opType: 'GroupQueryAttention', domain: MS, attributes: { num_heads: heads, kv_num_heads: shared, ...quantized }, fed: [0, 1, 2, 3, 4, 5, 6], tolerance: CLOSE,
    outputs: ['float32', cache ?? 'float32', cache ?? 'float32'],
    inputs: [
      d.floats([1, rows, heads * size], 1), d.floats([1, rows, shared * size], 1), d.floats([1, rows, shared * size], 1), kept(), kept(), vector([past + rows - 1], 'int32'), scalar(past + rows, 'int32'),
      ...(cache === undefined ? [] : [undefined, undefined, undefined, undefined, undefined, vector([f32(1 / 64)]), vector([f32(1 / 64)])]),
    ],
  };
}

export const language: Iterable<PackCase> = [...matMulNBits(), ...otherWeights(), ...transformers()];
