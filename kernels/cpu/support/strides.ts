import { fail } from '../../../src/errors.ts';

/**
 * Visits every index of `dims` in row-major order with the matching offset into each strided operand:
 * `walk([2, 3], [[3, 1], [0, 1]], (i, a, b) => ...)`.
 */
export function walk(
  dims: readonly number[], strides: readonly (readonly number[])[],
  visit: (index: number, a: number, b: number, c: number) => void,
): void {
  const rank = dims.length;
  let size = 1;
  for (const d of dims) size *= d;
  const at = new Array<number>(rank).fill(0);
  const offset = [0, 0, 0];
  for (let i = 0; i < size; i++) {
    visit(i, offset[0], offset[1], offset[2]);
    for (let axis = rank - 1; axis >= 0; axis--) {
      at[axis]++;
      for (let s = 0; s < strides.length; s++) offset[s] += strides[s][axis];
      if (at[axis] < dims[axis]) break;
      for (let s = 0; s < strides.length; s++) offset[s] -= strides[s][axis] * dims[axis];
      at[axis] = 0;
    }
  }
}

/** An axis in [-rank, rank) counted from the front. Throws `E_VALUE` when out of range. */
export function frontAxis(axis: number, rank: number): number {
  if (axis < -rank || axis >= Math.max(rank, 1)) fail('E_VALUE', 'axis is out of range', { expected: `[${-rank}, ${rank - 1}]`, found: String(axis) });
  return axis < 0 ? axis + rank : axis;
}
