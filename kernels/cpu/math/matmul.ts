import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { float } from './functions.ts';
import { accumulate, multiply, productDims, strided, swapped, transposed, type Strided } from './product.ts';

/** Output 0 = alpha * a * b for a [.., m, k] and b [.., k, n]; a vector is a row on the left and a column on the right. */
function product(ctx: KernelContext, a: Strided, b: Strided, like: Tensor, alpha = 1): Tensor {
  const left = a.dims.length === 1 ? { ...a, dims: [1, ...a.dims], strides: [0, ...a.strides] } : a;
  const right = b.dims.length === 1 ? { ...b, dims: [...b.dims, 1], strides: [...b.strides, 0] } : b;
  if (a.dims.length === 0 || b.dims.length === 0 || left.dims.at(-1) !== right.dims.at(-2)) {
    fail('E_SHAPE', 'the matrices do not fit', {
      expected: '[.., m, k] and [.., k, n]', found: `${describeShape(a.dims)} and ${describeShape(b.dims)}`,
    });
  }
  const full = productDims(left.dims, right.dims);
  const rank = full.length;
  const dims = full.filter((_, i) => !(i === rank - 2 && a.dims.length === 1) && !(i === rank - 1 && b.dims.length === 1));
  return accumulate(ctx, 0, like.type, dims, (y) => {
    multiply(y, left, right);
    if (alpha !== 1) for (let i = 0; i < y.length; i++) (y as Float32Array)[i] *= alpha;
  });
}

export const matMul = implement(contracts.matMul, () =>
  ([a, b]: [Tensor, Tensor], ctx) => [product(ctx, strided(a), strided(b), a)]);

/** Operands are transposed before the product: `trans` swaps the last two axes, `transBatch` moves axis 0 before the last. */
const fused = (op: OpContract) =>
  implement(op, ({ attrs }) => {
    const alpha = float(attrs, 'alpha');
    const flag = (name: string) => attrs.has(name) && attrs.int(name) !== 0;
    const arrange = (x: Tensor, batch: boolean, swap: boolean): Strided => {
      const rank = x.dims.length;
      const firstToRows = x.dims.map((_, i) => (i < rank - 2 ? i + 1 : i === rank - 2 ? 0 : i));
      const moved = batch && rank > 2 ? transposed(strided(x), firstToRows) : strided(x);
      return swap && rank > 1 ? swapped(moved) : moved;
    };
    return ([a, b]: [Tensor, Tensor], ctx) => [product(ctx,
      arrange(a, flag('transBatchA'), flag('transA')), arrange(b, flag('transBatchB'), flag('transB')), a, alpha)];
  });

export const fusedMatMul = fused(contracts.fusedMatMul);
export const transposeMatMul = fused(contracts.transposeMatMul);
