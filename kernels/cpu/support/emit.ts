import type { KernelContext } from '../../../src/runtime/provider.ts';
import { writeElements, type DType, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';

/** Output `index` filled with plain numbers, rounded to its element type. */
export function emit(
  ctx: KernelContext, index: number, dtype: DType, values: ArrayLike<number>, dims: readonly number[], saturate = true,
): Tensor {
  const out = ctx.output(index, dtype, dims);
  writeElements(dtype, out.data as TypedArray, values, out.size, saturate);
  return out;
}

/** Output `index` filled with elements that already have the backing array's form (also int64 and strings). */
export function emitRaw(
  ctx: KernelContext, index: number, dtype: DType, data: ArrayLike<number> | ArrayLike<bigint> | readonly string[], dims: readonly number[],
): Tensor {
  const out = ctx.output(index, dtype, dims);
  const target = out.data;
  if (Array.isArray(target)) for (let i = 0; i < out.size; i++) target[i] = (data as readonly string[])[i];
  else (target as Float32Array).set(data as ArrayLike<number>);
  return out;
}
