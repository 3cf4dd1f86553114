import { stridesOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { frontAxis } from '../support/index.ts';

/** The groups of elements that a reduction over some axes makes. */
export interface Groups {
  /** Shape of the result. */
  readonly dims: readonly number[];
  /** Where each group starts, in the order of the result, and where its members lie from there, in row-major order. */
  offsets(): { readonly starts: Uint32Array; readonly members: Uint32Array };
}

/** Groups of x [..] over `axes`: x [2, 3, 4] over axis 1 has 8 groups of 3 members, 4 elements apart. */
export function groupsOver(dims: readonly number[], axes: ReadonlySet<number>, keepdims: boolean): Groups {
  const strides = stridesOf(dims);
  const kept = [...dims.keys()].filter((axis) => !axes.has(axis));
  const over = (chosen: readonly number[]) => offsetsOf(chosen.map((axis) => dims[axis]), chosen.map((axis) => strides[axis]));
  return {
    dims: keepdims ? dims.map((d, axis) => (axes.has(axis) ? 1 : d)) : kept.map((axis) => dims[axis]),
    offsets() {
      const starts = over(kept);
      return { starts, members: starts.length === 0 ? starts : over([...axes]) };
    },
  };
}

/** Offsets of all indices of `dims`, in row-major order. */
function offsetsOf(dims: readonly number[], strides: readonly number[]): Uint32Array {
  if (dims.includes(0)) return new Uint32Array(0); // whatever the other sizes are
  let offsets = Uint32Array.of(0);
  dims.forEach((size, axis) => {
    const next = new Uint32Array(offsets.length * size);
    for (let i = 0, at = 0; i < offsets.length; i++) for (let k = 0; k < size; k++) next[at++] = offsets[i] + k * strides[axis];
    offsets = next;
  });
  return offsets;
}

/** The axes a reduction works on, in order: given ones, or all when there are none and `noop` is not set. */
export function reducedAxes(rank: number, given: readonly number[] | undefined, noop: boolean): ReadonlySet<number> {
  if (given !== undefined && given.length > 0) {
    return new Set(given.map((axis) => frontAxis(axis, rank)).filter((axis) => axis < rank).sort((a, b) => a - b));
  }
  return new Set(noop ? [] : Array.from({ length: rank }, (_, axis) => axis));
}

/** Axes held in an optional tensor. */
export const axesOf = (axes: Tensor | undefined): readonly number[] | undefined => axes && toInts(axes);
