import { matMulBnb4 as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { BNB4_TABLES } from '../../../src/ops/quantization/bnb4.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { multiplyRows } from './rows-product.ts';

/**
 * Y = A * W' (transB) or A * W, where W[n, k] = table[code] * absmax of its block. Blocks and codes run over the
 * flattened W; of the two codes in a byte, the first one has the high bits.
 * A: [..., K] (or [..., N]), B: [ceil(N * K / 2)], absmax: [ceil(N * K / block_size)], W: [N, K], Y: [..., N] (or [..., K])
 */
export const matMulBnb4 = implement(contract, ({ attrs }) => {
  const K = attrs.int('K'), N = attrs.int('N'), blockSize = attrs.int('block_size');
  const table = BNB4_TABLES[attrs.int('quant_type')];
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
