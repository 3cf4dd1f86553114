/**
 * Where elements go: the rules that turn shapes and axes into other shapes. Inference uses them with dimensions that
 * may be names or unknown, kernels with plain numbers.
 */
import { fail } from '../../errors.ts';
import type { Dim } from '../../tensor/index.ts';
import type { InferContext } from '../define.ts';
import { product, quotient } from './dims.ts';

/** Throws for a shape that does not fit. */
export type Refuse = (summary: string, expected?: string, found?: string) => never;

/** How kernels refuse. */
export const refuseShape: Refuse = (summary, expected, found) => fail('E_SHAPE', summary, { expected, found });

/** How inference refuses. */
export const refuseIn = (c: InferContext): Refuse => (...why) => c.fail(...why);

const list = (dims: readonly Dim[]) => `[${dims.map((d) => d ?? '?').join(', ')}]`;

/** An axis in [-rank, rank) counted from the front. */
export function axisIn(axis: number, rank: number, refuse: Refuse): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    return refuse('axis is out of range', rank === 0 ? 'no axis: the tensor is a scalar' : `[${-rank}, ${rank - 1}]`, String(axis));
  }
  return axis < 0 ? axis + rank : axis;
}

/** Axes counted from the front, each given once. */
export function axesIn(axes: readonly number[], rank: number, refuse: Refuse): number[] {
  const front = axes.map((a) => axisIn(a, rank, refuse));
  if (new Set(front).size !== front.length) refuse('an axis is given twice', 'distinct axes', list(axes));
  return front;
}

/** Reshape: 0 copies the dimension (unless `allowZero`), a single -1 takes what is left. */
export function reshapeDims(dims: readonly Dim[], target: readonly Dim[], allowZero: boolean, refuse: Refuse): Dim[] {
  const wild = target.indexOf(-1);
  if (target.lastIndexOf(-1) !== wild) refuse('only one dimension may be -1', 'one -1', list(target));
  if (allowZero && wild >= 0 && target.includes(0)) refuse('0 and -1 together are ambiguous with allowzero', 'one of them', list(target));
  const result = target.map((d, i) => {
    if (typeof d === 'number' && (d < -1 || !Number.isSafeInteger(d))) return refuse('a dimension is negative', '-1 or more', list(target));
    if (d !== 0 || allowZero) return d;
    return i < dims.length ? dims[i] : refuse('0 copies a dimension that does not exist', `rank ${dims.length}`, list(target));
  });
  if (wild >= 0) {
    // Copied dimensions cancel, even when they are 0 or unknown.
    const copied = (_: Dim, i: number) => i === wild || (target[i] === 0 && i < dims.length);
    const have = dims.filter((d, i) => i === wild || !copied(d, i));
    const rest = result.filter((d, i) => !copied(d, i));
    result[wild] = quotient(have, rest);
    const above = product(have), below = product(rest);
    if (typeof above === 'number' && typeof below === 'number' && (below === 0 || above % below !== 0)) {
      refuse('the elements do not divide into this shape', `shape ${list(dims)}`, list(target));
    }
  }
  const before = product(dims), after = product(result);
  if (typeof before === 'number' && typeof after === 'number' && before !== after) {
    refuse('the shape needs another number of elements', `${before} elements, as ${list(dims)} has`, `${after} for ${list(target)}`);
  }
  return result;
}

/** Squeeze: without axes, every dimension known to be 1 goes (undefined when some are unknown). */
export function squeezeDims(dims: readonly Dim[], axes: readonly number[] | undefined, refuse: Refuse): Dim[] | undefined {
  if (axes === undefined) return dims.every((d) => typeof d === 'number') ? dims.filter((d) => d !== 1) : undefined;
  const gone = axesIn(axes, dims.length, refuse);
  for (const a of gone) if (typeof dims[a] === 'number' && dims[a] !== 1) refuse(`axis ${a} cannot be squeezed`, 'length 1', list(dims));
  return dims.filter((_, i) => !gone.includes(i));
}

/** Unsqueeze: axes count in the result. */
export function unsqueezeDims(dims: readonly Dim[], axes: readonly number[], refuse: Refuse): Dim[] {
  const added = axesIn(axes, dims.length + axes.length, refuse);
  const rest = [...dims];
  return Array.from({ length: dims.length + axes.length }, (_, i) => (added.includes(i) ? 1 : rest.shift()));
}

/** Flatten: [product of the dimensions before `axis`, product of the others]; `axis` may equal the rank. */
export function flattenDims(dims: readonly Dim[], axis: number, refuse: Refuse): Dim[] {
  const rank = dims.length;
  if (axis < -rank || axis > rank) refuse('axis is out of range', `[${-rank}, ${rank}]`, String(axis));
  const at = axis < 0 ? axis + rank : axis;
  return [product(dims.slice(0, at)), product(dims.slice(at))];
}

/** A permutation of the axes; without one they are reversed. */
export function permutation(perm: readonly number[] | undefined, rank: number, refuse: Refuse): readonly number[] {
  if (perm === undefined) return Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank) refuse('perm does not fit the rank', `${rank} axes`, list(perm));
  return axesIn(perm, rank, refuse);
}

/** One sliced axis: elements start, start + step, ... */
export interface SliceAxis {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/**
 * A slice of `length` elements; `start` and `end` may lie far outside, up to the extremes of int64. Unlike in Python, a
 * backward slice that starts before the first element starts at it.
 */
export function sliceAxis(length: number, start: number, end: number, step: number, refuse: Refuse): SliceAxis {
  if (step === 0) refuse('the step of a slice is 0', 'a step that is not 0', '0');
  const clamp = (at: number, lowest: number) => Math.max(lowest, Math.min(at < 0 ? at + length : at, step > 0 ? length : length - 1));
  const first = clamp(start, 0);
  const count = length === 0 ? 0 : Math.max(0, Math.ceil((clamp(end, step > 0 ? 0 : -1) - first) / step));
  return { start: count === 0 ? 0 : first, step, length: count };
}

/** Lengths of the parts of a split: explicit, or `parts` equal ones (with `ragged`, the last may be shorter). */
export function splitSizes(length: number, sizes: readonly number[] | undefined, parts: number, ragged: boolean, refuse: Refuse): readonly number[] {
  if (sizes !== undefined) {
    if (sizes.some((s) => s < 0)) refuse('a split size is negative', 'sizes of 0 or more', list(sizes));
    const sum = sizes.reduce((a, b) => a + b, 0);
    if (sum !== length) refuse('split sizes do not add up to the axis', String(length), list(sizes));
    return sizes;
  }
  if (!ragged && length % parts !== 0) refuse('the axis does not divide into equal parts', `a multiple of ${parts}`, String(length));
  const chunk = Math.ceil(length / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(chunk, length - i * chunk)));
}

/** The begin and end padding of every axis, from pads `[begin..., end...]` that may name only some axes. */
export function padAmounts(rank: number, pads: readonly number[], axes: readonly number[] | undefined, refuse: Refuse): { begin: number[]; end: number[] } {
  const on = axes === undefined ? Array.from({ length: rank }, (_, i) => i) : axesIn(axes, rank, refuse);
  if (pads.length !== 2 * on.length) refuse('pads do not fit the axes', `${2 * on.length} entries`, list(pads));
  const begin = new Array<number>(rank).fill(0);
  const end = new Array<number>(rank).fill(0);
  on.forEach((axis, i) => {
    begin[axis] = pads[i];
    end[axis] = pads[i + on.length];
  });
  return { begin, end };
}

/** Lengths after padding: negative amounts crop, but not below nothing. */
export function padDims(dims: readonly Dim[], begin: readonly number[], end: readonly number[], refuse: Refuse): Dim[] {
  return dims.map((d, i) => {
    if (typeof d !== 'number') return begin[i] === 0 && end[i] === 0 ? d : undefined;
    const length = d + begin[i] + end[i];
    return length >= 0 ? length : refuse(`padding axis ${i} leaves a negative length`, '0 or more', `${d} + ${begin[i]} + ${end[i]}`);
  });
}

/** Shape's `start` and `end` as a range of axes: clamped, negative ones counted from the back. */
export function shapeRange(rank: number, start: number, end: number | undefined): readonly [number, number] {
  const clamp = (at: number) => Math.max(0, Math.min(rank, at < 0 ? at + rank : at));
  return [clamp(start), clamp(end ?? rank)];
}

/** A slice of a row-major tensor as a strided read: its dims, the first element, and the step along each axis in elements. */
export function sliceLayout(
  dims: readonly number[], starts: readonly number[], ends: readonly number[], axes: readonly number[] | undefined, steps: readonly number[] | undefined,
): { dims: number[]; offset: number; strides: number[] } {
  for (const list of [ends, axes, steps]) {
    if (list !== undefined && list.length !== starts.length) {
      refuseShape('starts, ends, axes and steps differ in length', `${starts.length} entries`, String(list.length));
    }
  }
  const out = [...dims];
  const strides = new Array<number>(dims.length);
  for (let i = dims.length - 1, step = 1; i >= 0; step *= dims[i], i--) strides[i] = step;
  let offset = 0;
  axesIn(axes ?? [...starts.keys()], dims.length, refuseShape).forEach((axis, i) => {
    const s = sliceAxis(dims[axis], starts[i], ends[i], steps?.[i] ?? 1, refuseShape);
    offset += s.start * strides[axis];
    strides[axis] *= s.step;
    out[axis] = s.length;
  });
  return { dims: out, offset, strides };
}
