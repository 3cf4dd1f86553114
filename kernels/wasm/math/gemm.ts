import { gemm as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align } from '../runtime.ts';
import { layProduct, packConstant, productScratch, run } from './product.ts';
import { planRuns } from './runs.ts';

/** y [m, n] = alpha * a' * b' + beta * c, in this order of roundings; c broadcasts to y. */
export const gemm = alsoHalf(adapt(
  contract,
  (node) => all(onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), node.version.since >= 7 || 'broadcasting before opset 7'),
  (node, wasm) => {
    const { attrs } = node;
    const [transA, transB] = [attrs.int('transA') !== 0, attrs.int('transB') !== 0];
    const [alpha, beta] = [attrs.float('alpha'), attrs.float('beta')];
    const packed = packConstant(node, wasm, 1, transB);
    return ([a, b, c]: [Tensor, Tensor, Tensor?], ctx) => {
      const { simd } = wasm.kernels;
      if (a.dims.length !== 2 || b.dims.length !== 2) {
        fail('E_SHAPE', 'the matrices do not fit', { expected: '[m, k] and [k, n]', found: `${describeShape(a.dims)} and ${describeShape(b.dims)}` });
      }
      const product = layProduct(a, b, transA, transB);
      const { m, n, dims } = product;
      const added = c === undefined || beta === 0 ? undefined : planRuns(dims, c.dims);
      if (added !== undefined && (added.dims.length !== 2 || added.dims[0] !== m || added.dims[1] !== n)) {
        fail('E_SHAPE', 'c does not fit the product', {
          arg: { kind: 'input', name: 'C', index: 2 }, expected: describeShape(dims), found: describeShape(c!.dims),
        });
      }
      wasm.begin(productScratch(wasm, product, a, b, packed) + align(4 * m * n) + wasm.outside(c) + (c === undefined ? 0 : align(4 * c.size)));
      const y = wasm.output(ctx, 0, 'float32', dims);
      run(wasm, product, a, b, packed, y.ptr);
      if (alpha !== 1) simd.f32_scale(y.ptr, alpha, y.ptr, m * n);
      if (added !== undefined) {
        let from = wasm.input(c!);
        if (beta !== 1) {
          const scaled = wasm.scratch(4 * c!.size);
          simd.f32_scale(from, beta, scaled, c!.size);
          from = scaled;
        }
        const { runs, length, bStep } = added;
        for (let r = 0, at = y.ptr; r < runs.count; r++, at += 4 * length) simd.f32_add(at, 1, from + 4 * runs.b[r], bStep, at, length);
      }
      return [y.done()];
    };
  },
));
