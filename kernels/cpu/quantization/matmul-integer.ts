import { matMulInteger as standard, matMulInteger16 as ms16 } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { forEachProduct, productOf } from './integer-matmul.ts';

/**
 * Y[m, n] = sum over k of (A[m, k] - a_zero_point[m]) * (B[k, n] - b_zero_point[n]), wrapped to 32 bits.
 * A: [..., M, K], B: [..., K, N], Y: [..., M, N]; zero points: one value, or one a row of A and a column of B.
 */
export const matMulInteger = implement(standard, () => ([a, b, aZero, bZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
  const product = productOf(a.dims, b.dims);
  const y = ctx.output(0, 'int32', product.dims);
  const sums = y.data as Int32Array;
  forEachProduct({ a, aZero, b, bZero }, product, ctx, (matrix, at) => sums.set(matrix, at * matrix.length));
  return [y];
});

/**
 * Y[m, n] = sum over k of A[m, k] * B[k, n] of 16-bit integers, wrapped to 32 bits.
 * A: [..., M, K], B: [..., K, N], Y: [..., M, N]
 */
export const matMulInteger16 = implement(ms16, ({ outputType }) => ([a, b]: [Tensor, Tensor], ctx) => {
  const product = productOf(a.dims, b.dims);
  const { M, K, N } = product;
  const y = ctx.output(0, outputType(0) ?? (a.type === 'uint16' && b.type === 'uint16' ? 'uint32' : 'int32'), product.dims);
  const sums = y.data as Int32Array | Uint32Array;
  const x = a.data as Int16Array | Uint16Array;
  const w = b.data as Int16Array | Uint16Array;
  sums.fill(0);
  product.each((at, i, j) => {
    for (let m = 0; m < M; m++) {
      ctx.checkAbort();
      const row = at * M * N + m * N;
      for (let k = 0; k < K; k++) {
        const left = x[i * M * K + m * K + k];
        const right = j * K * N + k * N;
        for (let n = 0; n < N; n++) sums[row + n] += Math.imul(left, w[right + n]);
      }
    }
  });
  return [y];
});
