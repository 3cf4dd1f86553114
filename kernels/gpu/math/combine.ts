import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { binary, type BinaryFunction } from '../functions/index.ts';
import { merge } from '../strides.ts';

/** f(a, b) under one shape. */
export async function combine(gpu: GpuEngine, ctx: KernelContext, name: BinaryFunction, type: DType, a: Tensor, b: Tensor): Promise<Tensor> {
  const dims = broadcastDims(a.dims, b.dims);
  const walk = merge(dims, [broadcastStrides(a.dims, dims), broadcastStrides(b.dims, dims)], 4);
  return gpu.run(ctx, binary(name), type, dims, [a, b, ...walk.dims.slice(1), ...walk.strides[0], ...walk.strides[1]]);
}
