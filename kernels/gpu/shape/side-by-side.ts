import { fail } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { concatPair } from '../functions/index.ts';

/** The tensors one after another along an axis; they may differ there only. A pair at a time: a kernel has a fixed number of arguments. */
export async function sideBySide(gpu: GpuEngine, ctx: KernelContext, tensors: readonly Tensor[], axis: number): Promise<Tensor> {
  const [first] = tensors;
  for (const t of tensors) {
    if (t.dims.length === first.dims.length && t.dims.every((d, i) => i === axis || d === first.dims[i])) continue;
    fail('E_SHAPE', 'the tensors differ beside the axis', { found: tensors.map((x) => `[${x.dims.join(', ')}]`).join(', ') });
  }
  const along = (length: number): number[] => first.dims.map((d, i) => (i === axis ? length : d));
  const parts = tensors.filter((t) => t.size > 0);
  if (parts.length === 0) return gpu.view(first, along(tensors.reduce((sum, t) => sum + t.dims[axis], 0)));
  const inner = (t: Tensor): number => t.dims.slice(axis).reduce((s, d) => s * d, 1);
  let y = gpu.view(parts[0], parts[0].dims);
  for (const part of parts.slice(1)) {
    const next = await gpu.run(ctx, concatPair, y.type, along(y.dims[axis] + part.dims[axis]), [y, part, inner(y), inner(part)]);
    y.dispose();
    y = next;
  }
  return y;
}
