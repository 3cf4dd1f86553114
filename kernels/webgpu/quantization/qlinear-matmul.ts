import { qLinearMatMul as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { areSingle, Columns, first, IntegerProduct, isConstant, plain, readsOf, spread, supportsIntegers } from './integer-operands.ts';

type QLinearInputs = [a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, yScale: Tensor, yZero: Tensor];
const QLINEAR = { a: 0, aZero: 2, b: 3, bZero: 5 };

/**
 * y = saturate(rint(float32(sum) * ((a_scale * b_scale) / y_scale)) + y_zero_point), sum as in MatMulInteger. The multipliers are made on the
 * host, where float32 steps are exact.
 */
export const qLinearMatMul = adapt(
  contract,
  (node) => all(
    supportsIntegers(node, QLINEAR), onlyTypes(node, 0, 'uint8', 'int8'), areSingle(node, 1, 6, 7), plain(node, 4) || 'scales of single matrices of B', onlyTypes(node, 7, 'uint8', 'int8'),
    onlyTypes(node, 1, 'float32'), onlyTypes(node, 4, 'float32'), onlyTypes(node, 6, 'float32'),
  ),
  (node, gpu) => {
    const product = new IntegerProduct(node, gpu, QLINEAR);
    const multipliers = new Columns(gpu, [1, 4, 6].every((i) => isConstant(node, i)));
    return Object.assign(([a, aScale, aZero, b, bScale, bZero, yScale, yZero]: QLinearInputs, ctx: KernelContext) => {
      const { dims, N } = product.shape(a, b);
      const type = yZero.type as 'uint8' | 'int8';
      const y = gpu.output(ctx, type, dims);
      const [low, high] = integerRange(type);
      const zero = first(yZero);
      const make = () => spread(bScale, N, 'b_scale', (s) => f32(f32(first(aScale) * s) / first(yScale)));
      multipliers.with(make, (columns) => product.run([a, b, aZero, bZero], y, { finish: { kind: 'codes', type }, operands: [columns], range: [zero, low - zero, high - zero] }));
      return [y];
    }, { reads: readsOf(node, product.taken, [1, 4, 6, 7]) });
  },
);
