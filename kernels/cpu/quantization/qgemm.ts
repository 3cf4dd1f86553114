import { qGemm as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import { broadcastStrides, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { multiplyIntegers } from './integer-matmul.ts';
import { single, vector } from './parameters.ts';
import { requantize } from './requantize.ts';

type Inputs = [
  a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, c?: Tensor, yScale?: Tensor, yZero?: Tensor,
];

/**
 * Y = saturate(rint(float32(sum) * ((alpha * a_scale * b_scale) / y_scale)) + y_zero_point), where
 * sum[m, n] = C[m, n] + sum over k of (A'[m, k] - a_zero_point) * (B'[k, n] - b_zero_point[n]) in int32, and ' transposes
 * when transA or transB ask for it. Without y_scale, Y is the float32 product before the rounding.
 * A': [M, K], B': [K, N], C: broadcast to [M, N], Y: [M, N]; b_scale, b_zero_point: one value or [N].
 */
export const qGemm = implement(contract, ({ attrs }) => {
  const transA = attrs.int('transA') !== 0;
  const transB = attrs.int('transB') !== 0;
  const alpha = f32(attrs.float('alpha'));
  return ([a, aScale, aZero, b, bScale, bZero, c, yScale, yZero]: Inputs, ctx) => {
    const [M, K] = transA ? [a.dims[1], a.dims[0]] : [a.dims[0], a.dims[1]];
    const N = transB ? b.dims[0] : b.dims[1];
    const sums = ctx.scratch('int32', [M, N]).data as Int32Array;
    if (c !== undefined) broadcastInto(sums, c, M, N);
    multiplyIntegers(
      sums,
      { codes: unpack(a), at: 0, rowStep: transA ? 1 : K, columnStep: transA ? M : 1 }, vector(aZero, M, 'a_zero_point'),
      { codes: unpack(b), at: 0, rowStep: transB ? 1 : N, columnStep: transB ? K : 1 }, vector(bZero, N, 'b_zero_point'),
      M, K, N, ctx,
    );
    const aFactor = f32(alpha * single(aScale, 'a_scale'));
    const scales = Float32Array.from(vector(bScale, N, 'b_scale'), (s) => aFactor * s);
    const y = ctx.output(0, yScale === undefined ? 'float32' : a.type, [M, N]);
    const out = y.data as NumberArray;
    if (yScale === undefined) {
      for (let i = 0; i < out.length; i++) out[i] = f32(f32(sums[i]) * scales[i % N]);
      return [y];
    }
    const outScale = single(yScale, 'y_scale');
    const zero = single(yZero, 'y_zero_point');
    const [lo, hi] = integerRange(a.type);
    for (let n = 0; n < N; n++) {
      const multiplier = f32(scales[n] / outScale);
      for (let i = n; i < out.length; i += N) out[i] = requantize(sums[i], multiplier, zero, lo, hi);
    }
    return [y];
  };
});

// C: [M, N], [N], [1, N], [M, 1], [1] or []
function broadcastInto(sums: Int32Array, c: Tensor, M: number, N: number): void {
  const [rowStep, columnStep] = broadcastStrides(c.dims, [M, N]);
  const values = c.data as Int32Array;
  for (let m = 0; m < M; m++) for (let n = 0; n < N; n++) sums[m * N + n] = values[m * rowStep + n * columnStep];
}
