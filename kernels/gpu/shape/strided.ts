import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { move as moveKernel } from '../functions/index.ts';
import { merge } from '../strides.ts';

/** x[offset + strides . index] for every index of `dims`. */
export function move(gpu: GpuEngine, ctx: KernelContext, x: Tensor, dims: readonly number[], strides: readonly number[], offset = 0): Promise<Tensor> {
  const walk = merge(dims, [strides], 6);
  return gpu.run(ctx, moveKernel, x.type, dims, [x, offset, ...walk.dims.slice(1), ...walk.strides[0]]);
}
