import { dynamicQuantizeMatMul as dynamic, matMulIntegerToFloat as toFloat } from '../../../src/ops/contracts.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext, Outputs } from '../../../src/runtime/provider.ts';
import { Tensor, unpack, type DType } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, type FloatArray } from '../support/index.ts';
import { quantizeDynamically } from './dynamic.ts';
import { forEachProduct, lineParameters, linesOf, productOf, type IntegerOperands, type Product } from './integer-matmul.ts';
import { vector } from './parameters.ts';

/** The scales and bias of an integer product whose result is a float. */
export interface Rescaling {
  readonly aScale: Tensor;
  readonly bScale: Tensor;
  readonly bias: Tensor | undefined;
}

/**
 * y = float32(sum) * (a_scale * b_scale) + bias: three float32 steps after an int32 sum.
 * a: [..., M, K], b: [..., K, N], bias: [N], y: [..., M, N]
 */
export function multiplyToFloat(
  ctx: KernelContext, operands: IntegerOperands, product: Product, { aScale, bScale, bias }: Rescaling, y: FloatArray,
): void {
  const { a, b } = operands;
  const { M, N } = product;
  const scales = { a: lineParameters(aScale, a.dims, 'rows', 'a_scale'), b: lineParameters(bScale, b.dims, 'columns', 'b_scale') };
  const biases = bias === undefined ? undefined : vector(bias, N, 'bias');
  forEachProduct(operands, product, ctx, (sums, at, i, j) => {
    const rowScales = linesOf(scales.a, i, M), columnScales = linesOf(scales.b, j, N);
    for (let m = 0, t = at * M * N; m < M; m++) {
      for (let n = 0; n < N; n++, t++) {
        const value = f32(f32(sums[m * N + n]) * f32(rowScales[m] * columnScales[n]));
        y[t] = biases === undefined ? value : f32(value + biases[n]);
      }
    }
  });
}

function matMulToFloat(ctx: KernelContext, dtype: DType, operands: IntegerOperands, rescaling: Rescaling): Outputs {
  const product = productOf(operands.a.dims, operands.b.dims);
  const { y, finish } = floatOutput(ctx, 0, dtype, product.dims);
  multiplyToFloat(ctx, operands, product, rescaling, y);
  return [finish()];
}

/** Y = (A - a_zero_point) * (B - b_zero_point), multiplied by a_scale * b_scale, plus bias. */
export const matMulIntegerToFloat = implement(toFloat, () => (
  [a, b, aScale, bScale, aZero, bZero, bias]: [Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx,
) => matMulToFloat(ctx, aScale.type, { a, aZero, b, bZero }, { aScale, bScale, bias }));

/** The same with a float A, which is first quantized as a whole: uint8 over the range of its values and 0. */
export const dynamicQuantizeMatMul = implement(dynamic, () => (
  [a, b, bScale, bZero, bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx,
) => {
  const { codes, scale, zeroPoint } = quantizeDynamically(unpack(a), new Uint8Array(a.size));
  const operands = { a: new Tensor('uint8', codes, a.dims), aZero: new Tensor('uint8', Uint8Array.of(zeroPoint), []), b, bZero };
  return matMulToFloat(ctx, 'float32', operands, { aScale: new Tensor('float32', Float32Array.of(scale), []), bScale, bias });
});
