import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { NumberArray } from '../../../src/tensor/index.ts';

/**
 * y[m, n] = sum over k of a[m, k] * W[n, k] in float32, in the order of k. `rowOf` makes row n of W, once for all m: weights
 * that are stored in fewer bits never exist as a whole.
 * a: [M, K], W: [N, K], y: [M, N]
 */
export function multiplyRows(
  a: NumberArray, M: number, K: number, N: number, rowOf: (n: number) => Float32Array, y: NumberArray, ctx: KernelContext,
): void {
  for (let n = 0; n < N; n++) {
    if ((n & 63) === 0) ctx.checkAbort();
    const row = rowOf(n);
    for (let m = 0; m < M; m++) {
      let sum = 0;
      for (let k = 0, at = m * K; k < K; k++, at++) sum = f32(sum + f32(a[at] * row[k]));
      y[m * N + n] = sum;
    }
  }
}

/** y[m, :] += bias for each of M rows. y: [M, N], bias: [N] */
export function addBias(y: NumberArray, bias: ArrayLike<number>, M: number, N: number): void {
  for (let m = 0; m < M; m++) for (let n = 0; n < N; n++) y[m * N + n] += bias[n];
}
