/** Where the outputs of Resize lie on its input axis, and which elements they read with which weights. */
import { choose, type Step } from '../support/index.ts';

/** One axis of a resize: `from` and `to` are its part of roi. */
export interface Axis {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  /** input * scale when the scale was given: `output` before it was rounded down. */
  readonly exactOutput: number;
  readonly from: number;
  readonly to: number;
}

/** x on the output axis -> x on the input axis. Steps are float32, as in onnxruntime, so that ties fall the same way. */
const TRANSFORMATIONS: Readonly<Record<string, (x: number, a: Axis, r: Step) => number>> = {
  half_pixel: (x, a, r) => r(r(r(x + 0.5) / a.scale) - 0.5),
  half_pixel_symmetric(x, a, r) {
    // What rounding cut off the output is cut from both sides of the input.
    const adjustment = r(a.output / r(a.scale * a.input));
    const offset = r(r(a.input / 2) * r(1 - adjustment));
    return r(offset + (x + 0.5) / a.scale - 0.5); // onnxruntime rounds only the result of this sum
  },
  pytorch_half_pixel: (x, a, r) => (a.output > 1 ? r(r(r(x + 0.5) / a.scale) - 0.5) : 0),
  tf_half_pixel_for_nn: (x, a, r) => r(r(x + 0.5) / a.scale),
  asymmetric: (x, a, r) => r(x / a.scale),
  align_corners: (x, a, r) => (a.output === 1 ? 0 : r(r(x * (a.input - 1)) / r(a.exactOutput - 1))),
  tf_crop_and_resize(x, a, r) {
    const last = a.input - 1;
    if (a.output <= 1) return r(0.5 * r(a.from + a.to) * last);
    return r(r(a.from * last) + r(r(r(x * r(a.to - a.from)) * last) / (a.output - 1)));
  },
};

/** Halfway between two elements but for the rounding of its coordinate: as near as onnxruntime asks for. */
function isHalfway(x: number): boolean {
  return Math.abs(x - Math.floor(x) - 0.5) < 1e-6;
}

/** Coordinate on the input axis -> nearest element. `shrinks` is true for scales below 1. */
const NEAREST: Readonly<Record<string, (x: number, shrinks: boolean) => number>> = {
  round_prefer_floor: (x) => (isHalfway(x) ? Math.floor(x) : Math.floor(x + 0.5)),
  round_prefer_ceil: (x) => (isHalfway(x) ? Math.ceil(x) : Math.floor(x + 0.5)),
  floor: Math.floor,
  ceil: Math.ceil,
  // What operators without nearest_mode did.
  simple: (x, shrinks) => (shrinks ? Math.ceil(x) : Math.trunc(x)),
};

/** Input coordinate of every output of an axis. An axis that keeps its size is read as it is, unless it is cropped. */
export function coordinatesOf(axis: Axis, transformation: string, round: Step): Float64Array {
  const transform = choose(TRANSFORMATIONS, transformation, 'coordinate_transformation_mode');
  const keep = axis.scale === 1 && transformation !== 'tf_crop_and_resize';
  return Float64Array.from({ length: axis.output }, (_, x) => (keep ? x : transform(x, axis, round)));
}

/** The element each output copies. */
export function nearestOf(axis: Axis, coordinates: Float64Array, nearestMode: string): Int32Array {
  const nearest = choose(NEAREST, nearestMode, 'nearest_mode');
  const last = axis.input - 1;
  return Int32Array.from(coordinates, (x) => Math.min(Math.max(nearest(x, axis.scale < 1), 0), last));
}

/** The two neighbours of each output and their weights; at the end of the axis both are the same element. */
export interface LinearTaps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly lowWeight: Float64Array;
  readonly highWeight: Float64Array;
}

export function linearOf(axis: Axis, coordinates: Float64Array, round: Step): LinearTaps {
  const last = axis.input - 1, count = coordinates.length;
  const taps = { low: new Int32Array(count), high: new Int32Array(count), lowWeight: new Float64Array(count), highWeight: new Float64Array(count) };
  for (let o = 0; o < count; o++) {
    const x = Math.min(Math.max(coordinates[o], 0), last);
    const low = Math.trunc(x), high = Math.min(low + 1, last);
    taps.low[o] = low;
    taps.high[o] = high;
    taps.lowWeight[o] = low === high ? 0.5 : round(high - x);
    taps.highWeight[o] = low === high ? 0.5 : round(x - low);
  }
  return taps;
}

/** Output o is the sum of elements first[o] + k weighted by weights[o * width + k], for k below counts[o]. */
export interface Filter {
  readonly first: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Float64Array;
  readonly width: number;
}

export interface FilterOptions {
  readonly cubic: boolean;
  readonly coefficient: number;
  readonly antialias: boolean;
  /** Elements beyond the axis do not count; otherwise they repeat the one at its end. */
  readonly excludeOutside: boolean;
}

/**
 * Weights of a linear or cubic kernel centred on each coordinate. With antialias, a kernel that shrinks its axis is
 * stretched by 1 / scale so that every input counts.
 */
export function filterOf(axis: Axis, coordinates: Float64Array, options: FilterOptions, round: Step): Filter {
  const { cubic, coefficient, antialias, excludeOutside } = options;
  const stretch = antialias && axis.scale < 1 ? round(1 / axis.scale) : 1;
  const support = round((cubic ? 2 : 1) * stretch);
  const narrow = round(1 / stretch);
  const width = Math.min(2 * Math.ceil(support) + 1, axis.input);
  const count = coordinates.length;
  const filter = { first: new Int32Array(count), counts: new Int32Array(count), weights: new Float64Array(count * width), width };
  for (let o = 0; o < count; o++) {
    const centre = coordinates[o];
    // Plain interpolation reads the 2 or 4 elements around its coordinate, a stretched kernel all that it reaches.
    const from = antialias ? Math.floor(round(round(0.5 + centre) - support) + 0.5) : Math.floor(centre) - (cubic ? 1 : 0);
    const to = antialias ? Math.floor(round(round(0.5 + centre) + support) + 0.5) : from + (cubic ? 4 : 2);
    const first = Math.min(Math.max(from, 0), axis.input - 1);
    const end = Math.max(Math.min(to, axis.input), first + 1);
    let total = 0;
    for (let i = from; i < to; i++) {
      if (excludeOutside && (i < 0 || i >= axis.input)) continue;
      const distance = antialias ? round(round(round(i - round(0.5 + centre)) + 0.5) * narrow) : round(i - centre);
      const w = cubic ? cubicKernel(Math.abs(distance), coefficient, round) : Math.max(0, round(1 - Math.abs(distance)));
      const at = o * width + Math.min(Math.max(i, first), end - 1) - first;
      filter.weights[at] = round(filter.weights[at] + w);
      total = round(total + w);
    }
    filter.first[o] = first;
    filter.counts[o] = end - first;
    if ((antialias || excludeOutside) && total !== 0 && total !== 1) {
      const inverse = round(1 / total);
      for (let k = o * width; k < o * width + end - first; k++) {
        filter.weights[k] = round(antialias ? filter.weights[k] * inverse : filter.weights[k] / total); // each as onnxruntime does it
      }
    }
  }
  return filter;
}

/** Keys' cubic convolution kernel at distance d >= 0; a is its slope at 1. https://ieeexplore.ieee.org/document/1163711 */
export function cubicKernel(d: number, a: number, r: Step): number {
  if (d < 1) return r(r(r(r(r(r(a + 2) * d) - r(a + 3)) * d) * d) + 1);
  if (d < 2) return r(r(r(r(r(d - 5) * d + 8) * d) - 4) * a);
  return 0;
}
