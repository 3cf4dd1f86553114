import { joined } from '../../../src/ops/shape/division.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { concatPair } from '../functions/index.ts';

/** The tensors one after another along an axis; they may differ there only. A pair at a time: a kernel has a fixed number of arguments. */
export async function sideBySide(gpu: GpuEngine, ctx: KernelContext, tensors: readonly Tensor[], axis: number): Promise<Tensor> {
  const { axis: at, dims } = joined(tensors, axis);
  const along = (length: number): number[] => dims.map((d, i) => (i === at ? length : d));
  const parts = tensors.filter((t) => t.size > 0);
  if (parts.length === 0) return gpu.view(tensors[0], dims);
  const inner = (t: Tensor): number => t.dims.slice(at).reduce((s, d) => s * d, 1);
  let y = gpu.view(parts[0], parts[0].dims);
  for (const part of parts.slice(1)) {
    const next = await gpu.run(ctx, concatPair, y.type, along(y.dims[at] + part.dims[at]), [y, part, inner(y), inner(part)]);
    y.dispose();
    y = next;
  }
  return y;
}
