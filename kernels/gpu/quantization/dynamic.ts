import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { quantizeRough, rangeScale, rangeZero, rowMaximum, rowMinimum } from '../functions/index.ts';

/** The codes, scale and zero point of x over its range and 0: on the device, where a quotient at a tie may round the other way. */
export async function dynamicQuantize(gpu: GpuEngine, ctx: KernelContext, x: Tensor): Promise<[codes: Tensor, scale: Tensor, zero: Tensor]> {
  const most = await extreme(gpu, ctx, x, true), least = await extreme(gpu, ctx, x, false);
  const scale = await gpu.run(ctx, rangeScale, 'float32', [], [most, least]);
  const zero = await gpu.run(ctx, rangeZero, 'uint8', [], [least, scale]);
  const codes = await gpu.run(ctx, quantizeRough, 'uint8', x.dims, [x, scale, zero, 0, 255]);
  most.dispose();
  least.dispose();
  return [codes, scale, zero];
}

/** In two steps where there are many elements and they divide evenly. */
async function extreme(gpu: GpuEngine, ctx: KernelContext, x: Tensor, largest: boolean): Promise<Tensor> {
  const kernel = largest ? rowMaximum : rowMinimum;
  const row = x.size > 4096 ? [256, 128, 64, 32].find((n) => x.size % n === 0) : undefined;
  if (row === undefined) return gpu.run(ctx, kernel, 'float32', [], [x, x.size]);
  const parts = await gpu.run(ctx, kernel, 'float32', [x.size / row], [x, row]);
  const y = await gpu.run(ctx, kernel, 'float32', [], [parts, x.size / row]);
  parts.dispose();
  return y;
}

/** An empty tensor has no range on the device. */
export const sizeKnown = (node: PlacedNode): true | string => {
  const shape = node.inputShape(0);
  return shape === undefined || sizeOf(shape.map((d) => (typeof d === 'number' ? d : 1))) > 0 || 'an empty tensor';
};
