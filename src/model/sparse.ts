/** Sparse tensors of the file: checked coordinates, and the dense tensor they stand for. */
import { fail } from '../errors.ts';
import type { SparseTensor } from '../graph/index.ts';
import { byteLength, dtypeInfo, sizeOf, storageLength, Tensor } from '../tensor/index.ts';

/** Row-major positions of the values; NaN where a coordinate is outside of its dimension. */
function positions({ indices, dims }: SparseTensor): Float64Array {
  const coordinates = indices.data as BigInt64Array;
  if (indices.dims.length === 1) return Float64Array.from(coordinates, Number);
  const rank = dims.length;
  return Float64Array.from({ length: indices.dims[0]! }, (_, i) => {
    let at = 0;
    for (let axis = 0; axis < rank; axis++) {
      const c = Number(coordinates[i * rank + axis]!);
      at = c >= 0 && c < dims[axis]! ? at * dims[axis]! + c : NaN;
    }
    return at;
  });
}

/** Throws `E_MODEL` when a position is out of range, or not above the one before. */
export function checkIndices(sparse: SparseTensor, what: string): void {
  const at = positions(sparse);
  const size = sizeOf(sparse.dims);
  at.forEach((p, i) => {
    if (!(p >= 0 && p < size)) {
      fail('E_MODEL', `an index of sparse ${what} is out of range`, { expected: `within [${sparse.dims.join(', ')}]`, found: `entry ${i}` });
    }
    if (i > 0 && p <= at[i - 1]!) fail('E_MODEL', `the indices of sparse ${what} do not increase`, { found: `entry ${i}` });
  });
}

/** Memory the dense tensor takes; a string counts as a reference. */
export function denseByteLength({ values, dims }: SparseTensor): number {
  return values.type === 'string' ? sizeOf(dims) * 8 : byteLength(values.type, sizeOf(dims));
}

/** The dense tensor, zeros (or empty strings) between the values. */
export function densify(sparse: SparseTensor): Tensor {
  const { values: { type, data }, dims } = sparse;
  const at = positions(sparse);
  const { bits, array, perElement } = dtypeInfo(type);
  if (array === undefined) {
    const strings = new Array<string>(sizeOf(dims)).fill('');
    at.forEach((to, i) => { strings[to] = (data as string[])[i]!; });
    return new Tensor(type, strings, dims);
  }
  // The loops only move elements, so bigint arrays may pass as number arrays.
  const from = data as Uint8Array, out = new (array as Uint8ArrayConstructor)(storageLength(type, sizeOf(dims)));
  if (perElement < 1) {
    const perByte = 8 / bits, mask = (1 << bits) - 1;
    at.forEach((to, i) => {
      const code = (from[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & mask;
      const byte = Math.floor(to / perByte);
      out[byte] = out[byte]! | (code << ((to % perByte) * bits));
    });
  } else {
    at.forEach((to, i) => {
      for (let part = 0; part < perElement; part++) out[to * perElement + part] = from[i * perElement + part]!;
    });
  }
  return new Tensor(type, out, dims);
}
