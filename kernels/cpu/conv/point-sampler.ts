import { stridesOf } from '../../../src/tensor/index.ts';
import type { Step } from '../support/index.ts';

type Numbers = { readonly [i: number]: number };

/** The elements an axis reads at a coordinate: consecutive ones from `first`, a weight each. */
export interface PointTaps {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * Interpolation at fractional positions of a plane of `sizes`. `place` finds the elements around a position and their
 * weights, once for all planes; `read` sums them in any plane that starts at `base`, the last axis varying fastest.
 * `taps` gives the weights along one axis, `inside` the element that stands for an index (-1: it counts as 0).
 */
export function pointSampler(
  sizes: readonly number[], taps: (coordinate: number, axis: number) => PointTaps,
  inside: (index: number, axis: number) => number, round: Step,
) {
  const strides = stridesOf(sizes);
  const offsets: number[] = [], weights: number[] = [];
  const enter = (axis: number, position: readonly number[], offset: number, weight: number): void => {
    if (axis === sizes.length) {
      offsets.push(offset);
      weights.push(weight);
      return;
    }
    const { first, weights: along } = taps(position[axis], axis);
    for (let k = 0; k < along.length; k++) {
      const index = inside(first + k, axis);
      if (index >= 0) enter(axis + 1, position, offset + index * strides[axis], round(weight * along[k]));
    }
  };
  return {
    place(position: readonly number[]): void {
      offsets.length = weights.length = 0;
      enter(0, position, 0, 1);
    },
    /** `parts` numbers an element, of which part `part` is read. */
    read(values: Numbers, base: number, parts = 1, part = 0): number {
      let sum = 0;
      for (let i = 0; i < offsets.length; i++) sum = round(sum + round(weights[i] * values[(base + offsets[i]) * parts + part]));
      return sum;
    },
    /** Offset of the only element read, for exact copies; -1 when it counts as 0. */
    single: (): number => offsets[0] ?? -1,
  };
}

/** Weights of the two neighbours of a coordinate. */
export function linearTaps(x: number, round: Step): PointTaps {
  const first = Math.floor(x);
  const upper = round(x - first);
  return { first, weights: [round(1 - upper), upper] };
}
