/**
 * Pad: x with elements added around it. y[i] = x[i - begin] inside; outside a constant, or x at a mirrored, clamped or
 * wrapped index. Negative pads crop, and what was cropped does not come back by reflection.
 */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { axesIn, padAmounts, padDims, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { pack, sizeOf, stridesOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, copyStrided, fillWith, mover, zeroOf } from '../support/index.ts';

/** Copies the part of `x` that starts at `from` to the place `at` of `y`: a box of `dims` elements. */
export function copyBox(y: Tensor, at: readonly number[], x: Tensor, from: readonly number[], dims: readonly number[]): void {
  const steps = stridesOf(y.dims);
  const strides = stridesOf(x.dims);
  const offset = (index: readonly number[], by: readonly number[]) => index.reduce((sum, i, axis) => sum + i * by[axis], 0);
  copyStrided(dims, { tensor: y, offset: offset(at, steps), strides: steps }, { tensor: x, offset: offset(from, strides), strides });
}

/** Where padding takes its elements from: an index into an axis of `n` elements for any integer, or nowhere. */
const OUTSIDE = {
  constant: undefined,
  edge: (i: number, n: number) => Math.max(0, Math.min(n - 1, i)),
  wrap: (i: number, n: number) => modulo(i, n),
  // 0 1 2 3 2 1 | 0 1 2 3 2 1: a period of 2 (n - 1), the ends are not repeated
  reflect: (i: number, n: number) => (n === 1 ? 0 : n - 1 - Math.abs(n - 1 - modulo(i, 2 * (n - 1)))),
};

function modulo(i: number, n: number): number {
  return ((i % n) + n) % n;
}

export const pad = implement(contracts.pad, ({ attrs, version }) => {
  const outside = choose(OUTSIDE, attrs.string('mode'), 'mode');
  const fixed = version.since < 2 ? attrs.ints('paddings') : version.since < 11 ? attrs.ints('pads') : undefined;
  const value = version.since < 11 ? attrs.float('value') : 0;
  return ([x, pads, constant, axes]: [Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const { begin, end } = padAmounts(x.dims.length, fixed ?? toInts(pads!), axes && toInts(axes), refuseShape);
    const y = ctx.output(0, x.type, padDims(x.dims, begin, end, refuseShape) as number[]);
    if (constant !== undefined && constant.size !== 1) refuseShape('constant_value is not one element', '1 element', String(constant.size));
    if (outside === undefined) {
      fillWith(y, constant ?? (value === 0 ? zeroOf(x.type) : pack(x.type, [value], [])));
      const kept = begin.map((b, i) => Math.max(0, x.dims[i] + Math.min(0, b) + Math.min(0, end[i])));
      copyBox(y, begin.map((b) => Math.max(0, b)), x, begin.map((b) => Math.max(0, -b)), kept);
    } else {
      fillFromInside(y, x, begin, end, outside);
    }
    return [y];
  };
});

function fillFromInside(
  y: Tensor, x: Tensor, begin: readonly number[], end: readonly number[], outside: (i: number, n: number) => number,
): void {
  if (y.size === 0) return;
  const sources = y.dims.map((length, axis) => {
    const cropped = Math.max(0, -begin[axis]);
    const inside = x.dims[axis] - cropped - Math.max(0, -end[axis]);
    if (inside <= 0) fail('E_SHAPE', `axis ${axis} has no element to repeat`, { expected: '1 or more', found: String(inside) });
    const first = Math.max(0, begin[axis]);
    return Float64Array.from({ length }, (_, i) => cropped + outside(i - first, inside));
  });
  const strides = stridesOf(x.dims);
  const last = y.dims.length - 1;
  const runs = runsOf(last < 0 ? Float64Array.of(0) : sources[last]);
  const move = mover(y, x);
  const rows = sizeOf(y.dims.slice(0, -1));
  const index = new Array<number>(Math.max(0, last)).fill(0);
  const width = last < 0 ? 1 : y.dims[last];
  for (let row = 0; row < rows; row++) {
    let base = 0;
    for (let axis = 0; axis < last; axis++) base += sources[axis][index[axis]] * strides[axis];
    for (const run of runs) move(row * width + run.at, 1, base + run.from, run.step, run.count);
    for (let axis = last - 1; axis >= 0 && ++index[axis] === y.dims[axis]; axis--) index[axis] = 0;
  }
}

interface Run {
  readonly at: number;
  readonly from: number;
  readonly step: number;
  count: number;
}

// Stretches of evenly spaced source indices: [2 1 0 1 2 3 3 3] -> from 2 by -1, from 1 by 1, from 3 by 0.
function runsOf(sources: Float64Array): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < sources.length;) {
    const step = i + 1 < sources.length ? sources[i + 1] - sources[i] : 1;
    const run: Run = { at: i, from: sources[i], step, count: 1 };
    while (i + run.count < sources.length && sources[i + run.count] - sources[i + run.count - 1] === step) run.count++;
    runs.push(run);
    i += run.count;
  }
  return runs;
}

/** Each of `axes` cropped around its centre, or padded with zeros on both sides, to the lengths in `shape`. */
export const centerCropPad = implement(contracts.centerCropPad, ({ attrs }) => ([x, shape]: [Tensor, Tensor], ctx) => {
  const rank = x.dims.length;
  const axes = attrs.has('axes') ? axesIn(attrs.ints('axes'), rank, refuseShape) : [...x.dims.keys()];
  const lengths = toInts(shape);
  if (lengths.length !== axes.length || lengths.some((n) => n < 0)) {
    refuseShape('shape does not fit the axes', `${axes.length} lengths`, `[${lengths.join(', ')}]`);
  }
  const dims = [...x.dims];
  axes.forEach((axis, i) => (dims[axis] = lengths[i]));
  const y = ctx.output(0, x.type, dims);
  if (dims.some((d, i) => d > x.dims[i])) fillWith(y, zeroOf(x.type));
  // An odd surplus leaves one element (or one zero) more at the end.
  const half = (surplus: number) => Math.max(0, Math.floor(surplus / 2));
  copyBox(
    y, dims.map((d, i) => half(d - x.dims[i])), x, dims.map((d, i) => half(x.dims[i] - d)),
    dims.map((d, i) => Math.min(d, x.dims[i])),
  );
  return [y];
});
