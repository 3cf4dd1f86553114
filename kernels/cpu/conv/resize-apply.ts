/** The loops of Resize: copying nearest elements, blending neighbours, and filtering axis by axis. */
import { fail } from '../../../src/errors.ts';
import { integerRange, saturate } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { dtypeInfo, sizeOf, splitAt, stridesOf, writeElements, type NumberArray, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import type { Step } from '../support/index.ts';
import { numbersOf, partDims, store } from './numbers.ts';
import type { Axis, Filter, LinearTaps } from './resize-coordinates.ts';

/** y[i, j, ...] = x[map0[i], map1[j], ...], for elements of any type. */
export function applyNearest(x: Tensor, y: Tensor, maps: readonly Int32Array[]): void {
  const parts = dtypeInfo(x.type).perElement;
  const source = x.data as unknown[], target = y.data as unknown[];
  const xStrides = stridesOf(x.dims).map((s) => s * parts), yStrides = stridesOf(y.dims).map((s) => s * parts);
  const copy = (axis: number, from: number, to: number): void => {
    if (axis === maps.length) {
      for (let p = 0; p < parts; p++) target[to + p] = source[from + p];
      return;
    }
    const map = maps[axis];
    for (let o = 0; o < map.length; o++) copy(axis + 1, from + map[o] * xStrides[axis], to + o * yStrides[axis]);
  };
  copy(0, 0, 0);
}

const changes = (a: Axis): boolean => a.scale !== 1 || a.from !== 0 || a.to !== 1;

/** True for an image [N, H, W, C] of which height and width are resized. */
export function isChannelsLast(axes: readonly Axis[]): boolean {
  return axes.length === 4 && changes(axes[1]) && !changes(axes[0]) && !changes(axes[3]);
}

/**
 * The axes that linear interpolation blends: all that change and, as in onnxruntime, both of an image ([H, W], [N, C, H, W]
 * or [N, H, W, C]) or all three of a volume even if one of them keeps its size, for the sake of its rounding.
 */
export function planeAxes(axes: readonly Axis[]): number[] {
  const rank = axes.length;
  const spatial = rank === 2 || rank === 4 ? 2 : rank === 3 || rank === 5 ? 3 : 0;
  const first = isChannelsLast(axes) ? 1 : rank - spatial;
  return axes.map((_, i) => i).filter((i) => changes(axes[i]) || (i >= first && i < first + spatial));
}

/** y = sum over the corners around each output of (product of the corner's weights) * x; the last axis varies fastest. */
export function applyLinear(
  ctx: KernelContext, x: Tensor, y: Tensor, taps: readonly (LinearTaps & { readonly axis: number })[], round: Step,
): void {
  const values = numbersOf(x);
  const xDims = partDims(x), dims = partDims(y);
  const strides = stridesOf(xDims);
  const out = ctx.scratch('float64', dims).data as Float64Array;
  const at = new Array<number>(dims.length).fill(0);
  const blended = new Map(taps.map((t) => [t.axis, t]));
  const kept = dims.map((_, i) => i).filter((i) => !blended.has(i));
  const reversed = [...taps].reverse();
  for (let o = 0; o < out.length; o++) {
    if (o % 65536 === 0) ctx.checkAbort();
    let base = 0, sum = 0;
    for (const i of kept) base += at[i] * strides[i];
    for (let corner = 0; corner < 1 << taps.length; corner++) {
      let from = base, weight = 1;
      for (let k = 0; k < reversed.length; k++) {
        const t = reversed[k], i = at[t.axis];
        const high = (corner >> k) & 1;
        from += (high === 1 ? t.high[i] : t.low[i]) * strides[t.axis];
        weight = round(weight * (high === 1 ? t.highWeight[i] : t.lowWeight[i]));
      }
      sum = round(sum + round(weight * round(values[from])));
    }
    out[o] = sum;
    advance(at, dims);
  }
  store(y, out);
}

// The next index of a row-major walk.
function advance(at: number[], dims: readonly number[]): void {
  for (let i = dims.length - 1; i >= 0; i--) {
    if (++at[i] < dims[i]) return;
    at[i] = 0;
  }
}

/** Most elements that a pass may leave between input and output while the usual order of axes is kept. */
const LARGEST_PASS = 1 << 26;

/**
 * Filters one axis after the other, the last first. 8-bit images are antialiased in integers, as onnxruntime and Pillow
 * do: weights of 22 fractional bits, rounded and clamped after every axis.
 */
export function applyFilters(
  ctx: KernelContext, x: Tensor, y: Tensor, filters: readonly (Filter | undefined)[], antialias: boolean, round: Step,
): void {
  const { class: kind, bits } = dtypeInfo(x.type);
  const eightBit = antialias && bits === 8;
  const wide = antialias && bits > 8 && (kind === 'int' || kind === 'uint'); // rounded half away from zero after every axis
  let dims = [...partDims(x)];
  let order = filters.map((_, i) => i).filter((i) => filters[i] !== undefined).reverse();
  if (largestPass(dims, order, filters) > LARGEST_PASS) {
    // Shrinking axes first, no pass leaves more than the larger of input and output.
    const growth = (i: number): number => filters[i]!.first.length / dims[i];
    order = order.sort((a, b) => growth(a) - growth(b));
  }
  let values = numbersOf(x);
  for (const axis of order) {
    ctx.checkAbort();
    const next = [...dims];
    next[axis] = filters[axis]!.first.length;
    const out = ctx.scratch('float64', next).data as Float64Array;
    const { outer, length, inner } = splitAt(dims, axis);
    if (eightBit) filterBytes(values, out, filters[axis]!, outer, length, inner, integerRange(x.type));
    else filterFloats(values, out, filters[axis]!, outer, length, inner, round);
    if (wide) for (let i = 0; i < out.length; i++) out[i] = Math.trunc(round(out[i] < 0 ? out[i] - 0.5 : out[i] + 0.5));
    [values, dims] = [out, next];
  }
  store(y, values);
}

function largestPass(dims: readonly number[], order: readonly number[], filters: readonly (Filter | undefined)[]): number {
  const sizes = [...dims];
  let largest = 0;
  for (const axis of order) {
    sizes[axis] = filters[axis]!.first.length;
    largest = Math.max(largest, sizeOf(sizes));
  }
  return largest;
}

/** out[a, o, b] = sum over k of x[a, first[o] + k, b] * weights[o, k]. x: [outer, length, inner] */
function filterFloats(
  x: NumberArray, out: Float64Array, { first, counts, weights, width }: Filter, outer: number, length: number, inner: number, round: Step,
): void {
  for (let a = 0; a < outer; a++) {
    for (let o = 0; o < first.length; o++) {
      const from = (a * length + first[o]) * inner, to = (a * first.length + o) * inner;
      for (let b = 0; b < inner; b++) {
        let sum = 0;
        for (let k = 0; k < counts[o]; k++) sum = round(sum + round(x[from + k * inner + b] * weights[o * width + k]));
        out[to + b] = sum;
      }
    }
  }
}

const FRACTION_BITS = 22;

/** The same in fixed point: round(sum of x * round(weight * 2^22) / 2^22), clamped. */
function filterBytes(
  x: NumberArray, out: Float64Array, { first, counts, weights, width }: Filter, outer: number, length: number, inner: number,
  [low, high]: readonly [number, number],
): void {
  const fixed = Int32Array.from(weights, (w) => Math.trunc(w * 2 ** FRACTION_BITS + (w < 0 ? -0.5 : 0.5)));
  for (let a = 0; a < outer; a++) {
    for (let o = 0; o < first.length; o++) {
      const from = (a * length + first[o]) * inner, to = (a * first.length + o) * inner;
      for (let b = 0; b < inner; b++) {
        let sum = 1 << (FRACTION_BITS - 1);
        for (let k = 0; k < counts[o]; k++) sum = (sum + Math.imul(x[from + k * inner + b], fixed[o * width + k])) | 0;
        out[to + b] = saturate(sum >> FRACTION_BITS, low, high);
      }
    }
  }
}

/** Writes `value` wherever the coordinate of some axis lies outside X. */
export function fillOutside(y: Tensor, outside: readonly (readonly boolean[])[], value: number): void {
  const { class: kind, perElement: parts } = dtypeInfo(y.type);
  if (kind === 'string') fail('E_TYPE', 'strings have no extrapolation value');
  const strides = stridesOf(y.dims);
  const one = new (dtypeInfo(y.type).array!)(parts);
  writeElements(kind === 'complex' ? (y.type === 'complex64' ? 'float32' : 'float64') : y.type, one, [value], 1);
  const target = y.data as TypedArray;
  const visit = (axis: number, at: number): void => {
    if (axis === outside.length) return;
    for (let o = 0; o < outside[axis].length; o++) {
      const start = at + o * strides[axis];
      if (!outside[axis][o]) visit(axis + 1, start);
      else for (let i = start * parts; i < (start + strides[axis]) * parts; i++) target[i] = one[i % parts] as never;
    }
  };
  visit(0, 0);
}
