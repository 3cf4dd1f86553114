import * as contracts from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { Columns, IntegerProduct, isSingle, plain, readsOf, spread, supportsIntegers } from './integer-operands.ts';

const isConstant = (node: PlacedNode, i: number): boolean => node.node.inputs[i] === undefined || node.constant(i) !== undefined;

/** Scales of the rows of A would need a division a result. */
const single = (node: PlacedNode, ...inputs: readonly number[]): true | string =>
  inputs.every((i) => node.node.inputs[i] === undefined || isSingle(node, i)) || 'a scale or zero point of A or Y that is not known to be one value';

const one = (t: Tensor | undefined): number => (t === undefined ? 0 : unpack(t)[0]);

type QLinearInputs = [a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, yScale: Tensor, yZero: Tensor];
const QLINEAR = { a: 0, aZero: 2, b: 3, bZero: 5 };

/**
 * y = saturate(rint(float32(sum) * ((a_scale * b_scale) / y_scale)) + y_zero_point), sum as in MatMulInteger. The multipliers are made on the
 * host, where float32 steps are exact.
 */
export const qLinearMatMul = adapt(
  contracts.qLinearMatMul,
  (node) => all(
    supportsIntegers(node, QLINEAR), onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 6, 7), plain(node, 4) || 'scales of single matrices of B', onlyTypes(node, 7, 'uint8', 'int8'),
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
      const zero = one(yZero);
      const make = () => spread(bScale, N, 'b_scale', (s) => f32(f32(one(aScale) * s) / one(yScale)));
      multipliers.with(make, (columns) => product.run([a, b, aZero, bZero], y, { finish: { kind: 'codes', type }, operands: [columns], range: [zero, low - zero, high - zero] }));
      return [y];
    }, { reads: readsOf(node, product.taken, [1, 4, 6, 7]) });
  },
);

type GemmInputs = [a: Tensor, aScale: Tensor, aZero: Tensor, b: Tensor, bScale: Tensor, bZero: Tensor, c?: Tensor, yScale?: Tensor, yZero?: Tensor];

/**
 * Y = saturate(rint(float32(C + sum) * ((alpha * a_scale * b_scale) / y_scale)) + y_zero_point), or float32(C + sum) * (alpha * a_scale * b_scale)
 * without y_scale. A': [M, K], B': [K, N], C: int32, broadcast to [M, N]
 */
export const qGemm = adapt(
  contracts.qGemm,
  (node) => all(
    supportsIntegers(node, QLINEAR), onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 2, 7, 8), plain(node, 4) || 'scales of B that are no list', onlyTypes(node, 6, 'int32'),
    onlyTypes(node, 1, 'float32'), onlyTypes(node, 4, 'float32'),
  ),
  (node, gpu) => {
    const { attrs } = node;
    const product = new IntegerProduct(node, gpu, { ...QLINEAR, transA: attrs.int('transA') !== 0, transB: attrs.int('transB') !== 0 });
    const alpha = f32(attrs.float('alpha'));
    const constant = [1, 4, 7].every((i) => isConstant(node, i));
    const multipliers = new Columns(gpu, constant);
    const unit = new Columns(gpu, true);
    return Object.assign(([a, aScale, aZero, b, bScale, bZero, c, yScale, yZero]: GemmInputs, ctx: KernelContext) => {
      const { dims, N } = product.shape(a, b);
      const factor = f32(alpha * one(aScale));
      const scales = () => spread(bScale, N, 'b_scale', (s) => (yScale === undefined ? f32(factor * s) : f32(f32(factor * s) / one(yScale))));
      const type = a.type as 'uint8' | 'int8';
      const y = gpu.output(ctx, yScale === undefined ? 'float32' : type, dims);
      const [low, high] = integerRange(type);
      const zero = one(yZero);
      multipliers.with(scales, (columns) => {
        if (yScale !== undefined) product.run([a, b, aZero, bZero], y, { finish: { kind: 'codes', type }, operands: [columns], range: [zero, low - zero, high - zero], c });
        else unit.with(() => Float32Array.of(1), (rows) => product.run([a, b, aZero, bZero], y, { finish: { kind: 'floats', bias: false }, operands: [rows, columns], c }));
      });
      return [y];
    }, { reads: readsOf(node, product.taken, [1, 4, 7, 8]) });
  },
);
