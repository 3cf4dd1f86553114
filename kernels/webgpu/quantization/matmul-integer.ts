import { matMulInteger as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt } from '../implement.ts';
import { IntegerProduct, readsOf, supportsIntegers } from './integer-operands.ts';

const AT = { a: 0, b: 1, aZero: 2, bZero: 3 };

/** Y[m, n] = sum over k of (A[m, k] - a_zero_point[m]) * (B[k, n] - b_zero_point[n]), wrapped to 32 bits. A: [..., M, K], B: [..., K, N] */
export const matMulInteger = adapt(contract, (node) => supportsIntegers(node, AT), (node, gpu) => {
  const product = new IntegerProduct(node, gpu, AT);
  return Object.assign(([a, b, aZero, bZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx: KernelContext) => {
    const y = gpu.output(ctx, 'int32', product.shape(a, b).dims);
    product.run([a, b, aZero, bZero], y, { finish: { kind: 'sums' }, operands: [] });
    return [y];
  }, { reads: readsOf(node, product.taken) });
});
