import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { rowExpSum, rowMaximum, softmaxApply } from '../functions/index.ts';

/** Softmax of rows of n. */
export async function softmaxRows(gpu: GpuEngine, ctx: KernelContext, x: Tensor, n: number): Promise<Tensor> {
  const rows = [n === 0 ? 0 : x.size / n];
  const most = await gpu.run(ctx, rowMaximum, 'float32', rows, [x, n]);
  const sum = await gpu.run(ctx, rowExpSum, 'float32', rows, [x, most, n]);
  const y = await gpu.run(ctx, softmaxApply, x.type, x.dims, [x, most, sum, n]);
  most.dispose();
  sum.dispose();
  return y;
}
