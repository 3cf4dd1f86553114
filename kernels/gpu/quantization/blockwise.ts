/** Weights in blocks: MatMulNBits and MatMulBnb4. Codes are uploaded packed, as whole numbers that float32 holds, and unpacked in the product. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { nbitsProduct, tableProduct } from '../functions/index.ts';
import { adapt, all, onlyTypes, present } from '../implement.ts';

const FLOATS: readonly DType[] = ['float32', 'float16'];

/** Two bytes to a word: 65,535 is exact, and blocks of 16 codes or more are whole words. */
function words(bytes: Uint8Array): Float32Array {
  return Float32Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i] + 256 * bytes[2 * i + 1]);
}

/** Zero points [n, blocks]: packed in rows of whole bytes, plain floats, or the middle of the codes. */
function zeros(t: Tensor | undefined, n: number, blocks: number, bits: number): ArrayLike<number> {
  if (t === undefined) return new Float32Array(n * blocks).fill(2 ** (bits - 1));
  if (t.type !== 'uint8') return unpack(t);
  const stride = Math.ceil((blocks * bits) / 8), perByte = 8 / bits, bytes = t.data as Uint8Array;
  return Float32Array.from({ length: n * blocks }, (_, i) => {
    const b = i % blocks;
    return (bytes[Math.floor(i / blocks) * stride + Math.floor(b / perByte)] >> (bits * (b % perByte))) & (2 ** bits - 1);
  });
}

/** Y[..., n] = sum over k of A[..., k] (code[n, k] - zero) scale + bias[n], k ascending. */
export const matMulNBits = adapt(
  contracts.matMulNBits,
  (node) => all(
    onlyTypes(node, 0, FLOATS), ...[1, 2, 3, 5].map((i): true | string => !present(node, i) || node.constant(i) !== undefined || `input ${i} is not constant`),
    !present(node, 4) || 'g_idx is given', node.attrs.int('accuracy_level') !== 4 || 'accuracy_level 4 quantizes activations by blocks',
  ),
  (node, gpu) => {
    const { attrs } = node;
    const k = attrs.int('K'), n = attrs.int('N'), bits = attrs.int('bits'), size = attrs.int('block_size');
    const blocks = Math.ceil(k / size);
    const bytes = node.constant(1)!;
    if (bytes.size !== (n * blocks * size * bits) / 8) fail('E_SHAPE', 'B has the wrong size', { found: `[${bytes.dims.join(', ')}]` });
    const codes = gpu.table(words(bytes.data as Uint8Array));
    const scales = gpu.table(unpack(node.constant(2)!));
    const zero = gpu.table(zeros(node.constant(3), n, blocks, bits));
    const bias = gpu.table(node.constant(5) === undefined ? new Float32Array(n) : unpack(node.constant(5)!));
    return async ([a]: [Tensor], ctx) => {
      if (a.dims.at(-1) !== k) fail('E_SHAPE', 'A has rows of another length than K', { expected: String(k), found: `[${a.dims.join(', ')}]` });
      return [await gpu.run(ctx, nbitsProduct, a.type, [...a.dims.slice(0, -1), n], [
        a, codes, scales, zero, bias, k, n, (size * bits) / 16, 16 / bits, 2 ** bits, blocks,
      ])];
    };
  },
  ['device', 'anywhere', 'anywhere', 'anywhere', 'anywhere', 'anywhere'],
);

const FP4 = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];
/** The 16 values of bitsandbytes' types: FP4 with its sign in the high bit, NF4 with quantiles of a normal distribution. */
const TABLES = [
  [...FP4, ...FP4.map((v) => -v)],
  [
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0,
    0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ],
];

export const matMulBnb4 = adapt(
  contracts.matMulBnb4,
  (node) => all(onlyTypes(node, 0, FLOATS), ...[1, 2].map((i): true | string => node.constant(i) !== undefined || `input ${i} is not constant`), node.attrs.int('transB') === 1 || 'transB = 0'),
  (node, gpu) => {
    const k = node.attrs.int('K'), n = node.attrs.int('N');
    const bytes = gpu.table(node.constant(1)!.data as Uint8Array);
    const absmax = gpu.table(unpack(node.constant(2)!));
    const table = gpu.table(TABLES[node.attrs.int('quant_type')]);
    return async ([a]: [Tensor], ctx) => [
      await gpu.run(ctx, tableProduct, a.type, [...a.dims.slice(0, -1), n], [a, bytes, absmax, table, k, n, node.attrs.int('block_size')]),
    ];
  },
  ['device', 'anywhere', 'anywhere'],
);
