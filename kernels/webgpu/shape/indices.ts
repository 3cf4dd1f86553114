/** Index tensors: checked on the host, where they are computed anyway, and handed to shaders as 32-bit integers. */
import { fail } from '../../../src/errors.ts';
import { Tensor, toInts } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';

/** Indices into an axis of `length` elements, on the device, counted from the front. Throws `E_VALUE` for one out of range. */
export function indicesOnDevice(gpu: WebgpuSession, indices: Tensor, length: number): Tensor {
  return integersOnDevice(gpu, toInts(indices).map((index) => {
    if (index >= -length && index < length) return index < 0 ? index + length : index;
    return fail('E_VALUE', 'an index is out of range', { expected: length === 0 ? 'no index: the axis is empty' : `[${-length}, ${length - 1}]`, found: String(index) });
  }));
}

/** Numbers as an int32 tensor on the device, for the caller to dispose of. */
export function integersOnDevice(gpu: WebgpuSession, values: readonly number[]): Tensor {
  return gpu.memory.upload(new Tensor('int32', Int32Array.from(values), [values.length]), false);
}
