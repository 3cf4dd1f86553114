import { integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { requantize } from '../functions/index.ts';

/** saturate(rint(acc * multiplier) + zero); disposes of `acc`. */
export async function requantized(
  gpu: GpuEngine, ctx: KernelContext, acc: Tensor, multiplier: Float32Array, inner: number, channels: number, type: DType, zero: Tensor | undefined,
): Promise<Tensor> {
  const [lo, hi] = integerRange(type);
  const table = gpu.table(multiplier);
  const y = await gpu.run(ctx, requantize, type, acc.dims, [acc, table, inner, channels, multiplier.length, zero === undefined ? 0 : unpack(zero)[0], lo, hi]);
  table.dispose();
  acc.dispose();
  return y;
}
