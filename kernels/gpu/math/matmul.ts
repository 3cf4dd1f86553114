/** Products of float matrices. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, sizeOf, stridesOf, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { binary, product } from '../functions/index.ts';
import { adapt, all, onlyTypes, present } from '../implement.ts';
import { filled } from '../shape/filled.ts';
import { move } from '../shape/strided.ts';
import { merge } from '../strides.ts';

const FLOATS: readonly DType[] = ['float32', 'float16'];

/** A batch of matrices as the kernel reads it: one step from matrix to matrix. */
async function batched(gpu: GpuEngine, ctx: KernelContext, x: Tensor, batch: readonly number[]): Promise<{ tensor: Tensor; step: number }> {
  const own = x.dims.slice(0, -2);
  const matrix = x.dims.slice(-2);
  if (sizeOf(own) === 1) return { tensor: gpu.view(x, x.dims), step: 0 };
  if (sizeOf(own) === sizeOf(batch)) return { tensor: gpu.view(x, x.dims), step: sizeOf(matrix) };
  const dims = [...batch, ...matrix];
  return { tensor: await move(gpu, ctx, x, dims, broadcastStrides(x.dims, dims)), step: sizeOf(matrix) };
}

/** A [..., m, k] times B [..., k, n], as numpy's matmul. */
export const matMul = adapt(
  contracts.matMul,
  (node) => all(onlyTypes(node, 0, FLOATS), onlyTypes(node, 1, FLOATS), (node.inputShape(0)?.length ?? 9) <= 6 && (node.inputShape(1)?.length ?? 9) <= 6 || 'more than six axes'),
  (_, gpu) => async ([x, y]: [Tensor, Tensor], ctx) => {
    const a = gpu.view(x, x.dims.length === 1 ? [1, ...x.dims] : x.dims);
    const b = gpu.view(y, y.dims.length === 1 ? [...y.dims, 1] : y.dims);
    const [m, k] = a.dims.slice(-2);
    const [depth, n] = b.dims.slice(-2);
    if (k !== depth) fail('E_SHAPE', 'the matrices do not fit', { expected: `${k} rows in B`, found: String(depth) });
    const batch = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
    const left = await batched(gpu, ctx, a, batch), right = await batched(gpu, ctx, b, batch);
    const dims = [...batch, ...(x.dims.length === 1 ? [] : [m]), ...(y.dims.length === 1 ? [] : [n])];
    const c = k === 0 ? filled(gpu, x.type, dims, 0)
      : await gpu.run(ctx, product, x.type, dims, [left.tensor, right.tensor, m, k, n, left.step, k, 1, right.step, n, 1, 1]);
    for (const t of [a, b, left.tensor, right.tensor]) t.dispose();
    return [c];
  },
);

/** alpha A' B' + beta C */
export const gemm = adapt(
  contracts.gemm,
  (node) => all(onlyTypes(node, 0, FLOATS), onlyTypes(node, 1, FLOATS), !present(node, 2) || onlyTypes(node, 2, FLOATS)),
  ({ attrs }, gpu) => {
    const transA = attrs.int('transA') !== 0, transB = attrs.int('transB') !== 0;
    const alpha = attrs.float('alpha'), beta = attrs.float('beta');
    return async ([a, b, c]: [Tensor, Tensor, Tensor?], ctx) => {
      const [m, k] = transA ? [a.dims[1], a.dims[0]] : a.dims;
      const [depth, n] = transB ? [b.dims[1], b.dims[0]] : b.dims;
      if (k !== depth) fail('E_SHAPE', 'the matrices do not fit', { expected: `${k} rows in B`, found: String(depth) });
      const ab = k === 0 ? filled(gpu, a.type, [m, n], 0) : await gpu.run(ctx, product, a.type, [m, n], [
        a, b, m, k, n, 0, transA ? 1 : k, transA ? m : 1, 0, transB ? 1 : n, transB ? k : 1, alpha,
      ]);
      if (c === undefined || beta === 0) return [ab];
      const scaled = beta === 1 ? gpu.view(c, c.dims) : await gpu.run(ctx, binary('mul'), c.type, c.dims, [c, gpu.table([beta]), 1, 1, c.size, 0, 0, 0, 1, 0, 0, 0, 0]);
      const walk = merge([m, n], [stridesOf([m, n]), broadcastStrides(scaled.dims, [m, n])], 4);
      const y = await gpu.run(ctx, binary('add'), a.type, [m, n], [ab, scaled, ...walk.dims.slice(1), ...walk.strides[0], ...walk.strides[1]]);
      ab.dispose();
      scaled.dispose();
      return [y];
    };
  },
);
