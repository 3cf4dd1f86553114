import { fail } from '../../../src/errors.ts';

/** Row-major strides in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i];
  }
  return strides;
}

/** The shape all shapes broadcast to. Throws `E_SHAPE` when they do not. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let dim = 1;
    for (const s of shapes) {
      const at = i - rank + s.length;
      if (at < 0 || s[at] === 1) continue;
      if (dim !== 1 && s[at] !== dim) {
        fail('E_SHAPE', 'shapes do not broadcast', { found: shapes.map((t) => `[${t.join(', ')}]`).join(' and ') });
      }
      dim = s[at];
    }
    return dim;
  });
}

/** Strides of a shape read through broadcasting to `out`: 0 on axes that repeat. */
export function broadcastStrides(dims: readonly number[], out: readonly number[]): number[] {
  const own = stridesOf(dims);
  return out.map((_, i) => {
    const at = i - out.length + dims.length;
    return at < 0 || dims[at] === 1 ? 0 : own[at];
  });
}

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

/** Sizes before, at and after an axis: a tensor as [outer, length, inner]. */
export function splitAt(dims: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  let outer = 1, inner = 1;
  for (let i = 0; i < axis; i++) outer *= dims[i];
  for (let i = axis + 1; i < dims.length; i++) inner *= dims[i];
  return { outer, length: dims[axis], inner };
}
