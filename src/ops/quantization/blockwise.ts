import { fail } from '../../errors.ts';
import { toInts, type Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { normalizeAxis } from '../infer.ts';
import { mayEqual, refuseAttribute, requireInt, requireOneOf, requireShape, shapeText } from './checks.ts';

const MAX_INT = 2 ** 31 - 1;
const BLOCK_SIZES = [16, 32, 64, 128, 256];

/** Sizes of a [N, K] matrix of weights in blocks, as the attributes give them. */
interface Blocks {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly size: number;
  /** Blocks of a row, and bytes of a block. */
  readonly count: number;
  readonly bytes: number;
}

// All sizes and their products are checked here, so that kernels may rely on exact index arithmetic.
function blocksOf(c: InferContext, N: number): Blocks {
  const K = requireInt(c, 'K', 1, MAX_INT);
  const bits = requireOneOf(c, 'bits', [2, 4, 8]);
  const size = requireOneOf(c, 'block_size', BLOCK_SIZES);
  const count = Math.ceil(K / size);
  if (!Number.isSafeInteger(N * count * size)) refuseAttribute('K', 'K * N below 2^53', `${K} * ${N}`);
  return { K, N, bits, size, count, bytes: (size * bits) / 8 };
}

function checkWeights(c: InferContext, { N, count, bytes }: Blocks, b: number, scales: number, bias: number): void {
  requireShape(c, b, [N, count, bytes]);
  requireShape(c, scales, [N, count], [N * count]);
  requireShape(c, bias, [N]);
}

/** The shape of input 0 with its last dimension, which must be `inner`, replaced. */
function projected(c: InferContext, inner: number, outer: number): readonly Dim[] | undefined {
  const a = c.shape(0);
  if (a === undefined) return undefined;
  if (a.length === 0 || !mayEqual(a[a.length - 1], inner)) c.fail('the last axis of A is multiplied away', `[..., ${inner}]`, shapeText(a));
  return [...a.slice(0, -1), outer];
}

const inferMatMulNBits: InferFunction = (c) => {
  const blocks = blocksOf(c, requireInt(c, 'N', 1, MAX_INT));
  const { K, N, bits, size, count } = blocks;
  requireInt(c, 'accuracy_level', 0, 4);
  requireOneOf(c, 'weight_prepacked', [0]);
  checkWeights(c, blocks, 1, 2, 5);
  const zeroBytes = Math.ceil((count * bits) / 8);
  if (c.dtype(3) === 'uint8') requireShape(c, 3, [N, zeroBytes], [N * zeroBytes]);
  else requireShape(c, 3, [N, count], [N * count]);
  requireShape(c, 4, [K], [count * size]);
  const groups = c.constant(4);
  if (groups !== undefined && toInts(groups).some((g) => g < 0 || g >= count)) {
    fail('E_VALUE', 'g_idx names a block that does not exist', { arg: { kind: 'input', name: 'g_idx', index: 4 }, expected: `[0, ${count - 1}]` });
  }
  return [{ shape: projected(c, K, N) }];
};

// B holds two codes a byte, absmax one scale for each block of the flattened [N, K] matrix.
const inferMatMulBnb4: InferFunction = (c) => {
  const K = requireInt(c, 'K', 1, MAX_INT), N = requireInt(c, 'N', 1, MAX_INT);
  const size = requireInt(c, 'block_size', 1, MAX_INT);
  requireOneOf(c, 'quant_type', [0, 1]);
  if (!Number.isSafeInteger(K * N)) refuseAttribute('K', 'K * N below 2^53', `${K} * ${N}`);
  requireShape(c, 1, [Math.ceil((N * K) / 2)]);
  requireShape(c, 2, [Math.ceil((N * K) / size)]);
  return [{ shape: c.attrs.int('transB') !== 0 ? projected(c, K, N) : projected(c, N, K) }];
};

// Blocks of 32 codes: a scale, 16 bytes, and for type 1 a zero point. onnxruntime's other types cannot be loaded even there.
const inferMatMulFpQ4: InferFunction = (c) => {
  const bytes = requireOneOf(c, 'blk_quant_type', [0, 1]) === 0 ? 20 : 21;
  requireShape(c, 2, [2]);
  const shape = c.ints(2);
  if (shape === undefined) return [{ shape: c.shape(0)?.map((d, i, all) => (i === all.length - 1 ? undefined : d)) }];
  const [K, N] = shape;
  if (typeof K !== 'number' || typeof N !== 'number') return [];
  if (K < 1 || N < 1 || !Number.isSafeInteger(K * N)) c.fail('B_shape must hold the two sizes of a matrix', '[K, N]', shapeText(shape));
  requireShape(c, 1, [N * Math.ceil(K / 32) * bytes]);
  return [{ shape: projected(c, K, N) }];
};

const inferGather: InferFunction = (c) => {
  const size = requireInt(c, 'block_size', 16, 2 ** 30);
  if ((size & (size - 1)) !== 0) refuseAttribute('block_size', 'a power of two', String(size));
  const isPacked = c.dtype(0) === 'uint8';
  const bits = requireOneOf(c, 'bits', isPacked || c.dtype(0) === undefined ? [2, 4, 8] : [4]);
  const data = c.shape(0), indices = c.shape(1);
  if (data === undefined) return [];
  const gather = normalizeAxis(c, c.attrs.int('gather_axis'), data.length, 'gather_axis');
  const quantize = normalizeAxis(c, c.attrs.int('quantize_axis'), data.length, 'quantize_axis');
  if (isPacked && (gather !== 0 || quantize !== data.length - 1 || gather === quantize)) {
    c.fail('uint8 data is gathered along its first axis and quantized along its last', '0 and -1', `${gather} and ${quantize}`);
  }
  const perByte = isPacked ? 8 / bits : 1;
  const times = (d: Dim, factor: number): Dim => (typeof d === 'number' ? d * factor : factor === 1 ? d : undefined);
  const dims = data.map((d, i) => (i === data.length - 1 ? times(d, perByte) : d));
  const along = dims[quantize];
  const blocks = typeof along === 'number' ? Math.ceil(along / size) : undefined;
  requireShape(c, 2, dims.map((d, i) => (i === quantize ? blocks : d)));
  requireShape(c, 3, dims.map((d, i) => (i === quantize ? blocks === undefined ? undefined : Math.ceil(blocks / perByte) : d)));
  return [{ shape: indices === undefined ? undefined : [...dims.slice(0, gather), ...indices, ...dims.slice(gather + 1)] }];
};

const inferMlp: InferFunction = (c) => {
  const blocks = blocksOf(c, requireInt(c, 'N', 1, MAX_INT));
  requireOneOf(c, 'accuracy_level', [0, 1, 2, 3, 4]);
  const activation = c.attrs.string('activation');
  if (!['silu', 'gelu', 'relu', 'identity'].includes(activation)) refuseAttribute('activation', 'silu, gelu, relu or identity', activation);
  requireShape(c, 2, [blocks.K]);
  checkWeights(c, blocks, 3, 4, 5);
  checkWeights(c, blocks, 6, 7, 8);
  return [{ shape: projected(c, blocks.K, blocks.N) }, { shape: c.shape(0) }];
};

const inferQkv: InferFunction = (c) => {
  const q = blocksOf(c, requireInt(c, 'Nq', 1, MAX_INT)), kv = blocksOf(c, requireInt(c, 'Nkv', 1, MAX_INT));
  requireOneOf(c, 'accuracy_level', [0, 1, 2, 3, 4]);
  requireShape(c, 2, [q.K]);
  checkWeights(c, q, 3, 4, 5);
  checkWeights(c, kv, 6, 7, 8);
  checkWeights(c, kv, 9, 10, 11);
  const keys = { shape: projected(c, kv.K, kv.N) };
  return [{ shape: projected(c, q.K, q.N) }, keys, keys, { shape: c.shape(0) }];
};

export const matMulNBits = defineOp('MatMulNBits', {
  doc: 'Y = A * W^T + bias, where W [N, K] holds 2-, 4- or 8-bit codes in blocks along K: W = (code - zero point) * scale of the block.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 scales:T1 zero_points?:T3 g_idx?:T4 bias?:T1',
      outputs: 'Y:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8', T3: 'bfloat16 float16 float32 uint8', T4: 'int32' },
      attributes: { K: 'int!', N: 'int!', accuracy_level: 'int=0', bits: 'int=4', block_size: 'int!', weight_prepacked: 'int=0' },
    },
  },
  infer: inferMatMulNBits,
});

export const matMulBnb4 = defineOp('MatMulBnb4', {
  doc: 'Y = A * W^T (or A * W), where W [N, K] holds 4-bit codes of a fixed table (FP4 or NF4) in blocks: W = table[code] * absmax of the block.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 absmax:T1',
      outputs: 'Y:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', N: 'int!', block_size: 'int!', quant_type: 'int!', training_mode: 'int=0', transB: 'int=1' },
    },
  },
  infer: inferMatMulBnb4,
});

export const matMulFpQ4 = defineOp('MatMulFpQ4', {
  doc: 'Y = A * W, where B holds W [K, N] in blocks of 4-bit codes with a scale (and a zero point for type 1) beside them.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 B_shape:T3',
      outputs: 'Y:T1',
      types: { T1: 'float32', T2: 'uint8', T3: 'int64' },
      attributes: { blk_quant_type: 'int=1' },
    },
  },
  infer: inferMatMulFpQ4,
});

export const gatherBlockQuantized = defineOp('GatherBlockQuantized', {
  doc: 'output = (code - zero point) * scale of the elements that Gather would take, in blocks along quantize_axis.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'data:T1 indices:Tind scales:T2 zero_points?:T1',
      outputs: 'output:T2',
      types: { T1: 'int4s uint8', T2: 'bfloat16 float16 float32', Tind: 'int32 int64' },
      attributes: { bits: 'int=4', block_size: 'int=128', gather_axis: 'int=0', quantize_axis: 'int=1' },
    },
  },
  infer: inferGather,
});

export const matMulNBitsMlp = defineOp('MatMulNBitsMlp', {
  doc: 'Y = activation(x * gate^T + gate_bias) * (x * up^T + up_bias), with x = A, or RMS-normalized A + skip, and weights as in MatMulNBits.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 skip?:T1 norm_scale?:T1 gate_B:T2 gate_scales:T1 gate_bias?:T1 up_B:T2 up_scales:T1 up_bias?:T1',
      outputs: 'Y:T1 input_skip_bias_sum?:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', N: 'int!', accuracy_level: 'int=0', activation: 'string!', bits: 'int=4', block_size: 'int!', epsilon: 'float=1e-05' },
    },
  },
  infer: inferMlp,
});

export const matMulNBitsQkv = defineOp('MatMulNBitsQkv', {
  doc: 'Q, K, V = x * W^T + bias with weights as in MatMulNBits, for x = RMS-normalized A + skip.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 skip?:T1 norm_scale:T1 q_B:T2 q_scales:T1 q_bias?:T1 k_B:T2 k_scales:T1 k_bias?:T1 v_B:T2 v_scales:T1 v_bias?:T1',
      outputs: 'Q:T1 K:T1 V:T1 input_skip_bias_sum?:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', Nkv: 'int!', Nq: 'int!', accuracy_level: 'int=0', bits: 'int=4', block_size: 'int!', epsilon: 'float=1e-06' },
    },
  },
  infer: inferQkv,
});
