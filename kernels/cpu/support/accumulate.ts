import type { KernelContext } from '../../../src/runtime/provider.ts';
import { writeElements, type DType, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';

/** An array whose entries round each store: float32 for float32 and narrower types, float64 for float64. */
export type FloatArray = Float32Array | Float64Array;

export interface FloatOutput {
  /** Zero-filled, one entry an element. */
  readonly y: FloatArray;
  /** The finished tensor: types narrower than float32 are rounded once, here. */
  finish(): Tensor;
}

/**
 * Output `index` as an array to accumulate in: the output's own memory for float32 and float64, a float32 copy for
 * narrower floats.
 */
export function floatOutput(ctx: KernelContext, index: number, dtype: DType, dims: readonly number[]): FloatOutput {
  const tensor = ctx.output(index, dtype, dims);
  if (dtype === 'float32' || dtype === 'float64') {
    const y = tensor.data as FloatArray;
    y.fill(0);
    return { y, finish: () => tensor };
  }
  const y = ctx.scratch('float32', dims).data as Float32Array;
  return {
    y,
    finish() {
      writeElements(dtype, tensor.data as TypedArray, y, tensor.size);
      return tensor;
    },
  };
}
