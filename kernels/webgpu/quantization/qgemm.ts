import { qGemm as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { areSingle, Columns, first, IntegerProduct, isConstant, plain, readsOf, spread, supportsIntegers } from './integer-operands.ts';

const AT = { a: 0, aZero: 2, b: 3, bZero: 5 };

type GemmInputs = [a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, c?: Tensor, yScale?: Tensor, yZero?: Tensor];

/**
 * Y = saturate(rint(float32(C + sum) * ((alpha * a_scale * b_scale) / y_scale)) + y_zero_point), or float32(C + sum) * (alpha * a_scale * b_scale)
 * without y_scale. A': [M, K], B': [K, N], C: int32, broadcast to [M, N]
 */
export const qGemm = adapt(
  contract,
  (node) => all(
    supportsIntegers(node, AT), onlyTypes(node, 0, 'uint8', 'int8'), areSingle(node, 1, 2, 7, 8), plain(node, 4) || 'scales of B that are no list', onlyTypes(node, 6, 'int32'),
    onlyTypes(node, 1, 'float32'), onlyTypes(node, 4, 'float32'),
  ),
  (node, gpu) => {
    const { attrs } = node;
    const product = new IntegerProduct(node, gpu, { ...AT, transA: attrs.int('transA') !== 0, transB: attrs.int('transB') !== 0 });
    const alpha = f32(attrs.float('alpha'));
    const constant = [1, 4, 7].every((i) => isConstant(node, i));
    const multipliers = new Columns(gpu, constant);
    const unit = new Columns(gpu, true);
    return Object.assign(([a, aScale, aZero, b, bScale, bZero, c, yScale, yZero]: GemmInputs, ctx: KernelContext) => {
      const { dims, N } = product.shape(a, b);
      const factor = f32(alpha * first(aScale));
      const scales = () => spread(bScale, N, 'b_scale', (s) => (yScale === undefined ? f32(factor * s) : f32(f32(factor * s) / first(yScale))));
      const type = a.type as 'uint8' | 'int8';
      const y = gpu.output(ctx, yScale === undefined ? 'float32' : type, dims);
      const [low, high] = integerRange(type);
      const zero = first(yZero);
      multipliers.with(scales, (columns) => {
        if (yScale !== undefined) product.run([a, b, aZero, bZero], y, { finish: { kind: 'codes', type }, operands: [columns], range: [zero, low - zero, high - zero], c });
        else unit.with(() => Float32Array.of(1), (rows) => product.run([a, b, aZero, bZero], y, { finish: { kind: 'floats', bias: false }, operands: [rows, columns], c }));
      });
      return [y];
    }, { reads: readsOf(node, product.taken, [1, 4, 7, 8]) });
  },
);
