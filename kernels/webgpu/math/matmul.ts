import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { multiply } from './product.ts';

const floats = (node: PlacedNode): true | string => all(onlyTypes(node, 0, 'float32', 'float16'), onlyTypes(node, 1, 'float32', 'float16'), batchAxes(node));

/** Three joined batch axes are what the program steps through. */
function batchAxes(node: PlacedNode): true | string {
  const ranks = [0, 1].map((i) => node.inputShape(i)?.length);
  return ranks.every((r) => r !== undefined && r <= 5) || 'matrices of unknown rank or of rank over 5';
}

/** Y = A * B. A: [.., M, K], B: [.., K, N] */
export const matMul = adapt(contracts.matMul, floats, (_, gpu) => ([a, b]: [Tensor, Tensor], ctx) => [multiply(gpu, ctx, a, b)]);

/** Y = alpha * A' * B', ' swapping the last two axes where asked for. */
const fused = (op: OpContract) => {
  const flag = (node: PlacedNode, name: string): boolean => node.attrs.has(name) && node.attrs.int(name) !== 0;
  return adapt(
    op, (node) => all(floats(node), !(flag(node, 'transBatchA') || flag(node, 'transBatchB')) || 'a transposed batch axis'),
    (node, gpu) => {
      const options = { transA: flag(node, 'transA'), transB: flag(node, 'transB'), alpha: node.attrs.has('alpha') ? node.attrs.float('alpha') : 1 };
      return ([a, b]: [Tensor, Tensor], ctx) => [multiply(gpu, ctx, a, b, options)];
    },
  );
};

export const fusedMatMul = fused(contracts.fusedMatMul);
export const transposeMatMul = fused(contracts.transposeMatMul);

/** Y = alpha * A' * B' + beta * C. A': [M, K], B': [K, N], C: broadcast to [M, N] */
export const gemm = adapt(
  contracts.gemm, (node) => all(onlyTypes(node, 0, 'float32', 'float16'), onlyTypes(node, 1, 'float32', 'float16'), onlyTypes(node, 2, 'float32', 'float16')),
  ({ attrs }, gpu) => {
    const options = { transA: attrs.int('transA') !== 0, transB: attrs.int('transB') !== 0, alpha: attrs.float('alpha'), beta: attrs.float('beta') };
    return ([a, b, c]: [Tensor, Tensor, Tensor?], ctx) => [multiply(gpu, ctx, a, b, { ...options, c })];
  },
);
