import { matMulBnb4 as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { multiplyRows } from './rows-product.ts';

/** The 16 values of bitsandbytes' 4-bit types, with 1 as their largest. NF4 holds quantiles of a normal distribution. */
const FP4 = [0, 1 / 192, 2 / 3, 1, 1 / 3, 1 / 2, 1 / 6, 1 / 4];
const TABLES = [
  Float32Array.from([...FP4, ...FP4.map((v) => -v)]),
  Float32Array.of(
    -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
    -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
    0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
  ),
];

/**
 * Y = A * W' (transB) or A * W, where W[n, k] = table[code] * absmax of its block. Blocks and codes run over the
 * flattened W; of the two codes in a byte, the first one has the high bits.
 * A: [..., K] (or [..., N]), B: [ceil(N * K / 2)], absmax: [ceil(N * K / block_size)], W: [N, K], Y: [..., N] (or [..., K])
 */
export const matMulBnb4 = implement(contract, ({ attrs }) => {
  const K = attrs.int('K'), N = attrs.int('N'), blockSize = attrs.int('block_size');
  const table = TABLES[attrs.int('quant_type')];
  const transposed = attrs.int('transB') !== 0;
  const [inner, outer] = transposed ? [K, N] : [N, K];
  return ([a, b, absmax]: [Tensor, Tensor, Tensor], ctx) => {
    if (b.size !== Math.ceil((N * K) / 2) || absmax.size !== Math.ceil((N * K) / blockSize) || a.dims.at(-1) !== inner) {
      fail('E_SHAPE', 'the operands do not fit K, N and block_size', { found: [a, b, absmax].map((t) => `[${t.dims.join(', ')}]`).join(', ') });
    }
    const { y, finish } = floatOutput(ctx, 0, a.type, [...a.dims.slice(0, -1), outer]);
    const M = a.size / inner;
    const x = unpack(a), scales = unpack(absmax), bytes = b.data as Uint8Array;
    const row = new Float32Array(K);
    const rowOf = (n: number): Float32Array => {
      for (let k = 0, at = n * K; k < K; k++, at++) {
        const byte = bytes[Math.floor(at / 2)];
        row[k] = table[at % 2 === 0 ? byte >> 4 : byte & 15] * scales[Math.floor(at / blockSize)];
      }
      return row;
    };
    if (transposed) multiplyRows(x, M, K, N, rowOf, y, ctx);
    else {
      for (let n = 0; n < N; n++) {
        rowOf(n);
        for (let m = 0; m < M; m++) for (let k = 0; k < K; k++) y[m * K + k] += f32(x[m * N + n] * row[k]);
      }
    }
    return [finish()];
  };
});
