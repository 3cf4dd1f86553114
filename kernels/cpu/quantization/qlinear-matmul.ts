import { qLinearMatMul as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, unpack, writeElements, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { forEachProduct, lineParameters, linesOf, productOf, type IntegerOperands, type Product } from './integer-matmul.ts';
import { single } from './parameters.ts';
import { requantize, requantizer } from './requantize.ts';

type QLinearInputs = [a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, yScale: Tensor, yZero: Tensor];

/**
 * y = saturate(rint(float32(sum) * ((a_scale * b_scale) / y_scale)) + y_zero_point), where
 * sum[m, n] = sum over k of (a[m, k] - a_zero_point[m]) * (b[k, n] - b_zero_point[n]) in int32.
 * a: [..., M, K], b: [..., K, N], y: [..., M, N]; parameters of a per tensor or row, of b per tensor or column.
 */
export const qLinearMatMul = implement(contract, () => ([a, aScale, aZero, b, bScale, bZero, yScale, yZero]: QLinearInputs, ctx) => {
  const product = productOf(a.dims, b.dims);
  const { M, N } = product;
  const y = ctx.output(0, yZero.type, product.dims);
  const scales = { a: lineParameters(aScale, a.dims, 'rows', 'a_scale'), b: lineParameters(bScale, b.dims, 'columns', 'b_scale') };
  const outScale = single(yScale, 'y_scale', 1);
  const zero = single(yZero, 'y_zero_point');
  const isInteger = dtypeInfo(yZero.type).class !== 'float';
  const [lo, hi] = isInteger ? integerRange(yZero.type) : [0, 0];
  const out = isInteger ? (y.data as NumberArray) : new Float32Array(y.size);
  const run = dtypeInfo(a.type).class === 'float' || dtypeInfo(b.type).class === 'float' ? forEachFloatProduct : forEachProduct;
  run({ a, aZero, b, bZero }, product, ctx, (sums, at, i, j) => {
    const rowScales = linesOf(scales.a, i, M), columnScales = linesOf(scales.b, j, N);
    for (let m = 0, t = at * M * N; m < M; m++) {
      for (let n = 0; n < N; n++, t++) {
        const multiplier = requantizer(rowScales[m], columnScales[n], outScale);
        out[t] = isInteger ? requantize(sums[m * N + n], multiplier, zero, lo, hi) : f32(f32(sums[m * N + n] * multiplier) + zero);
      }
    }
  });
  if (!isInteger) writeElements(y.type, y.data as TypedArray, out, y.size);
  return [y];
});

/** `forEachProduct` for 8-bit floats: float32 products, added in float32 in the order of k. */
function forEachFloatProduct(
  { a, aZero, b, bZero }: IntegerOperands, { M, K, N, each }: Product, ctx: KernelContext,
  take: (sums: Float32Array, y: number, i: number, j: number) => void,
): void {
  const aZeros = lineParameters(aZero, a.dims, 'rows', 'a_zero_point');
  const bZeros = lineParameters(bZero, b.dims, 'columns', 'b_zero_point');
  const aValues = unpack(a), bValues = unpack(b);
  const sums = ctx.scratch('float32', [M, N]).data as Float32Array;
  each((y, i, j) => {
    const aLine = linesOf(aZeros, i, M), bLine = linesOf(bZeros, j, N);
    sums.fill(0);
    for (let m = 0; m < M; m++) {
      ctx.checkAbort();
      for (let k = 0; k < K; k++) {
        const x = f32(aValues[(i * M + m) * K + k] - aLine[m]);
        for (let n = 0; n < N; n++) {
          const w = f32(bValues[(j * K + k) * N + n] - bLine[n]);
          sums[m * N + n] = f32(sums[m * N + n] + f32(x * w));
        }
      }
    }
    take(sums, y, i, j);
  });
}
