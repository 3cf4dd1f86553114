/** Outputs that kernels write element by element in 32 bits; narrower types get theirs by a conversion afterwards. */
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { DType, Tensor } from '../../../src/tensor/index.ts';
import { elementOf } from '../wgsl/element.ts';
import { storeWith } from '../wgsl/rows.ts';
import type { WebgpuSession } from './session.ts';

const WIDE = { f32: 'float32', i32: 'int32', u32: 'uint32' } as const;

/** An output of type `dtype` whose elements `write` writes as f32, i32 or u32. */
export function rowsOutput(
  gpu: WebgpuSession, ctx: KernelContext, dtype: DType, dims: readonly number[], write: (y: Tensor) => void,
): Tensor {
  const out = gpu.output(ctx, dtype, dims);
  storeWith(gpu, out, WIDE[elementOf(dtype).scalar], write);
  return out;
}
