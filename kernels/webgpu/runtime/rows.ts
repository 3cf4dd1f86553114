/** Outputs that kernels write element by element in 32 bits; narrower types get theirs by a conversion afterwards. */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { convert } from '../shape/cast.ts';
import { elementOf } from '../wgsl/element.ts';
import type { WebgpuSession } from './session.ts';

const WIDE = { f32: 'float32', i32: 'int32', u32: 'uint32' } as const;

/** An output of type `dtype` whose elements `write` writes as f32, i32 or u32: into the output itself, or memory that is then narrowed. */
export function rowsOutput(
  gpu: WebgpuSession, ctx: KernelContext, dtype: DType, dims: readonly number[], write: (y: Tensor) => void,
): Tensor {
  const out = gpu.output(ctx, dtype, dims);
  const wide = WIDE[elementOf(dtype).scalar];
  if (wide === dtype) {
    write(out);
    return out;
  }
  const temporary = gpu.scratch(wide, dims);
  write(temporary);
  convert(gpu, temporary, out);
  temporary.dispose();
  return out;
}
