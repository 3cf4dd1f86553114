import type { KernelContext } from '../../../src/runtime/provider.ts';
import { isNative, writeElements, type DType, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';

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

/**
 * Output `index` written by `fill`: native types in place, where storing into the array is the rounding; half and
 * narrow floats through float32, rounded once at the end; 64-bit integers through float64, truncated. `fill` must write
 * every element.
 */
export function compute(
  ctx: KernelContext, index: number, dtype: DType, dims: readonly number[], fill: (y: NumberArray) => void,
): Tensor {
  const out = ctx.output(index, dtype, dims);
  if (isNative(dtype)) {
    fill(out.data as NumberArray);
  } else {
    const wide = new (dtype === 'int64' || dtype === 'uint64' ? Float64Array : Float32Array)(out.size);
    fill(wide);
    writeElements(dtype, out.data as TypedArray, wide, out.size);
  }
  return out;
}
