import { fusedMatMul as fusedContract, matMul as contract } from '../../../src/ops/contracts.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align } from '../runtime.ts';
import { layProduct, packConstant, productScratch, run } from './product.ts';

/** y [.., m, n] = a [.., m, k] * b [.., k, n] on float32; a single constant b is packed once. */
export const matMul = alsoHalf(adapt(contract, (node) => all(onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32')), (node, wasm) => {
  const packed = packConstant(node, wasm, 1, false);
  return ([a, b]: [Tensor, Tensor], ctx) => {
    const product = layProduct(a, b, false, false);
    wasm.begin(productScratch(wasm, product, a, b, packed) + align(4 * sizeOf(product.dims)));
    const y = wasm.output(ctx, 0, 'float32', product.dims);
    run(wasm, product, a, b, packed, y.ptr);
    return [y.done()];
  };
}));

/** The same with either operand stored transposed, times alpha. */
export const fusedMatMul = alsoHalf(adapt(
  fusedContract,
  (node) => all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'),
    ...['transBatchA', 'transBatchB'].map((name) => !node.attrs.has(name) || node.attrs.int(name) === 0 || `${name} is set`),
  ),
  (node, wasm) => {
    const { attrs } = node;
    const [transA, transB, alpha] = [attrs.int('transA') !== 0, attrs.int('transB') !== 0, attrs.float('alpha')];
    const packed = packConstant(node, wasm, 1, transB);
    return ([a, b]: [Tensor, Tensor], ctx) => {
      const product = layProduct(a, b, transA, transB);
      const size = sizeOf(product.dims);
      wasm.begin(productScratch(wasm, product, a, b, packed) + align(4 * size));
      const y = wasm.output(ctx, 0, 'float32', product.dims);
      run(wasm, product, a, b, packed, y.ptr);
      if (alpha !== 1) wasm.kernels.simd.f32_scale(y.ptr, alpha, y.ptr, size);
      return [y.done()];
    };
  },
));
