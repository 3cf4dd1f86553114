/**
 * Rotary position embedding: pairs of a head's elements are turned by the angle that belongs to the row's position.
 *
 *     y1 = x1 * cos - x2 * sin
 *     y2 = x1 * sin + x2 * cos
 *
 * A pair is (i, i + rotaryDim / 2), or (2i, 2i + 1) when interleaved. Elements from rotaryDim on stay as they are.
 * https://arxiv.org/abs/2104.09864
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import type { FloatArray } from '../support/index.ts';

/** Tables of cosines and sines: one row of rotaryDim / 2 entries a position. */
export interface Rotary {
  readonly cos: ArrayLike<number>;
  readonly sin: ArrayLike<number>;
  /** Entries of a table row. */
  readonly half: number;
  /** Rows of the tables. */
  readonly positions: number;
  readonly interleaved: boolean;
}

/** cos, sin: [positions, rotaryDim / 2], or with more axes in front. */
export function rotaryTables(cos: Tensor, sin: Tensor, interleaved: boolean): Rotary {
  const half = cos.dims.at(-1)!;
  if (cos.dims.length < 2 || cos.dims.length !== sin.dims.length || cos.dims.some((d, i) => d !== sin.dims[i])) {
    fail('E_SHAPE', 'the tables of cosines and sines do not fit together', { found: `${describeShape(cos.dims)} and ${describeShape(sin.dims)}` });
  }
  return { cos: unpack(cos), sin: unpack(sin), half, positions: half === 0 ? 0 : cos.size / half, interleaved };
}

/** Refuses a head that is shorter than the pairs to turn. */
export function checkRotary(rotary: Rotary, headSize: number): void {
  if (rotary.half * 2 > headSize) {
    fail('E_SHAPE', 'the rotation is wider than a head', { expected: `at most ${headSize}`, found: String(rotary.half * 2) });
  }
}

/** Turns the head at `from` of x by the table row `position`, into y at `to`. */
export function rotateHead(
  y: FloatArray, to: number, x: ArrayLike<number>, from: number, headSize: number, rotary: Rotary, position: number,
): void {
  const { cos, sin, half, interleaved } = rotary;
  if (position < 0 || position >= rotary.positions) {
    fail('E_VALUE', 'a position is outside of the tables of cosines and sines', {
      expected: `[0, ${rotary.positions - 1}]`, found: String(position),
    });
  }
  const table = position * half;
  const step = interleaved ? 2 : 1;
  const partner = interleaved ? 1 : half;
  for (let i = 0; i < half; i++) {
    const x1 = x[from + i * step], x2 = x[from + i * step + partner];
    const c = cos[table + i], s = sin[table + i];
    y[to + i * step] = f32(f32(x1 * c) - f32(x2 * s));
    y[to + i * step + partner] = f32(f32(x1 * s) + f32(x2 * c));
  }
  for (let i = 2 * half; i < headSize; i++) y[to + i] = x[from + i];
}
