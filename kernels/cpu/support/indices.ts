/** Index tensors (int32 or int64) as plain numbers, checked and counted from the front. */
import { fail } from '../../../src/errors.ts';
import { stridesOf, type Tensor } from '../../../src/tensor/index.ts';

/** The integers of a tensor. Those beyond 2^53 are rounded, which no valid index is. */
export function integersOf(tensor: Tensor): Float64Array {
  const { data } = tensor;
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number);
  return Float64Array.from(data as Int32Array);
}

/** Indices into an axis of `length` elements. Throws `E_VALUE` for one outside [-length, length). */
export function indicesInto(indices: Tensor, length: number): Float64Array {
  const at = integersOf(indices);
  for (let i = 0; i < at.length; i++) at[i] = indexInto(at[i], length);
  return at;
}

function indexInto(index: number, length: number): number {
  if (index < -length || index >= length) {
    fail('E_VALUE', 'an index is out of range', { expected: length === 0 ? 'no index: the axis is empty' : `[${-length}, ${length - 1}]`, found: String(index) });
  }
  return index < 0 ? index + length : index;
}

/** Offsets of the index tuples [..., r] in a row-major space of `dims` [d_0, ..., d_(r-1)]. */
export function tupleOffsets(tuples: Tensor, dims: readonly number[]): Float64Array {
  const at = integersOf(tuples);
  const strides = stridesOf(dims);
  const depth = dims.length;
  const count = tuples.dims.slice(0, -1).reduce((n, d) => n * d, 1);
  const offsets = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < depth; k++) offsets[i] += indexInto(at[i * depth + k], dims[k]) * strides[k];
  }
  return offsets;
}
