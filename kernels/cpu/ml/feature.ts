/** Operators on features, element by element or row by row. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, sizeOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, emit, mover } from '../support/index.ts';
import { bigInt, bigInts, floatsOf, intsOf, numbersOf, rowsOf } from './inputs.ts';

/** Z[..., j] = X[..., Y[j]]: picks features; a vector counts as a single row. */
export const arrayFeatureExtractor = implement(contracts.arrayFeatureExtractor, () => ([x, y]: [Tensor, Tensor], ctx) => {
  const width = x.dims.at(-1) ?? 1; // x: [..., width]
  const picks = toInts(y);
  for (const pick of picks) {
    if (pick < 0 || pick >= width) {
      fail('E_VALUE', 'a feature index is out of range', { arg: { kind: 'input', name: 'Y' }, expected: `[0, ${width - 1}]`, found: String(pick) });
    }
  }
  const rows = width === 0 ? 0 : x.size / width;
  const z = ctx.output(0, x.type, x.dims.length <= 1 ? [1, picks.length] : [...x.dims.slice(0, -1), picks.length]);
  const move = mover(z, x);
  for (let row = 0; row < rows; row++) picks.forEach((pick, j) => move(row * picks.length + j, 1, row * width + pick, 1, 1));
  return [z];
});

/** y = 1 where x > threshold, 0 elsewhere, in x's type. */
export const binarizer = implement(contracts.binarizer, ({ attrs }) => {
  const threshold = f32(attrs.float('threshold'));
  return ([x]: [Tensor], ctx) => {
    const values = numbersOf(x);
    return [emit(ctx, 0, x.type, Uint8Array.from({ length: x.size }, (_, i) => (values[i] > threshold ? 1 : 0)), x.dims)];
  };
});

/** The columns of all inputs side by side; each input gives as many as `inputdimensions` says, zeros where it has fewer. */
export const featureVectorizer = implement(contracts.featureVectorizer, (placed) => {
  const given = intsOf(placed, 'inputdimensions');
  return (inputs: readonly Tensor[], ctx) => {
    const shapes = inputs.map(rowsOf);
    const { rows } = shapes[0];
    const widths = shapes.map((s, i) => given[i] ?? s.width);
    const total = widths.reduce((a, b) => a + b, 0);
    const y = ctx.output(0, 'float32', [rows, total]);
    const out = y.data as Float32Array;
    let from = 0;
    inputs.forEach((x, k) => {
      if (shapes[k].rows !== rows) {
        fail('E_SHAPE', 'the inputs have different numbers of rows', { expected: String(rows), found: describeShape(x.dims) });
      }
      const values = numbersOf(x);
      for (let row = 0; row < rows; row++) {
        for (let c = 0; c < widths[k]; c++) out[row * total + from + c] = c < shapes[k].width ? values[row * shapes[k].width + c] : 0;
      }
      from += widths[k];
    });
    return [y];
  };
});

/** Entry i of a list with one entry for all features or one a feature. */
function perFeature<T>(list: readonly T[], width: number, name: string): (column: number) => T {
  if (list.length !== 1 && list.length !== width) {
    fail('E_SHAPE', `${name} must have one entry, or one a feature`, {
      arg: { kind: 'attribute', name }, expected: `1 or ${width}`, found: String(list.length),
    });
  }
  return list.length === 1 ? () => list[0] : (column) => list[column];
}

/** Puts the imputed value in place of the replaced one, column by column; NaN stands for itself. */
export const imputer = implement(contracts.imputer, (placed) => {
  const floats = floatsOf(placed, 'imputed_value_floats').map(f32);
  const ints = bigInts(placed, 'imputed_value_int64s');
  const wantedFloat = f32(placed.attrs.float('replaced_value_float'));
  const wantedInt = bigInt(placed, 'replaced_value_int64', 0n);
  return ([x]: [Tensor], ctx) => {
    const { width } = rowsOf(x);
    const y = ctx.output(0, x.type, x.dims);
    mover(y, x)(0, 1, 0, 1, x.size);
    if (y.data instanceof BigInt64Array) replace(y.data, perFeature(ints, width, 'imputed_value_int64s'), width, (v) => v === wantedInt);
    else if (y.data instanceof Int32Array) {
      const values = perFeature(ints, width, 'imputed_value_int64s');
      replace(y.data, (c) => Number(values(c)), width, (v) => v === Number(wantedInt));
    } else {
      const missing = Number.isNaN(wantedFloat) ? Number.isNaN : (v: number) => v === wantedFloat;
      replace(y.data as Float32Array, perFeature(floats, width, 'imputed_value_floats'), width, missing);
    }
    return [y];
  };
});

function replace<T>(data: { length: number; [i: number]: T }, valueOf: (column: number) => T, width: number, missing: (v: T) => boolean): void {
  for (let i = 0; i < data.length; i++) if (missing(data[i])) data[i] = valueOf(i % width);
}

/** y = (x - offset) * scale, with one offset and scale for all features or one a feature. */
export const scaler = implement(contracts.scaler, (placed) => {
  const offsets = floatsOf(placed, 'offset').map(f32), scales = floatsOf(placed, 'scale').map(f32);
  return ([x]: [Tensor], ctx) => {
    const { width } = rowsOf(x);
    const offset = perFeature(offsets.length === 0 ? [0] : offsets, width, 'offset');
    const scale = perFeature(scales.length === 0 ? [1] : scales, width, 'scale');
    const values = numbersOf(x);
    const scaled = Float32Array.from({ length: x.size }, (_, i) => f32(f32(f32(values[i]) - offset(i % width)) * scale(i % width)));
    return [emit(ctx, 0, 'float32', scaled, x.dims)];
  };
});

type Norm = (row: Float32Array) => number;

/** The divisor of a row. */
const NORMS: Readonly<Record<string, Norm>> = {
  MAX: (row) => row.reduce((a, b) => Math.max(a, b), -Infinity),
  L1: (row) => row.reduce((a, b) => f32(a + Math.abs(b)), 0),
  L2: (row) => f32(Math.sqrt(row.reduce((a, b) => f32(a + f32(b * b)), 0))),
};

/** y = x / norm(row): the largest element, the sum of magnitudes, or the length. A divisor of zero leaves the row as it is. */
export const normalizer = implement(contracts.normalizer, ({ attrs }) => {
  const norm = choose(NORMS, attrs.string('norm'), 'norm');
  return ([x]: [Tensor], ctx: KernelContext) => {
    const { rows, width } = rowsOf(x);
    const y = Float32Array.from(numbersOf(x));
    for (let row = 0; row < rows; row++) {
      const line = y.subarray(row * width, (row + 1) * width);
      const divisor = norm(line);
      if (divisor !== 0) for (let i = 0; i < width; i++) line[i] /= divisor;
    }
    return [emit(ctx, 0, 'float32', y, x.dims)];
  };
});

/** y[..., j] = 1 where x equals category j. An unknown category gives zeros, or is refused when `zeros` is 0. */
export const oneHotEncoder = implement(contracts.oneHotEncoder, (placed) => {
  const strings = placed.attrs.has('cats_strings') ? placed.attrs.strings('cats_strings') : [];
  const ints = intsOf(placed, 'cats_int64s');
  const zeros = placed.attrs.int('zeros') !== 0;
  const categories = new Map<string | number, number>((strings.length > 0 ? strings : ints).map((c, i) => [c, i]));
  const count = Math.max(strings.length, ints.length);
  return ([x]: [Tensor], ctx) => {
    const y = ctx.output(0, 'float32', [...x.dims, count]);
    const out = (y.data as Float32Array).fill(0);
    // Only integers name categories: fractions are cut off.
    const values = x.type === 'string' ? (x.data as string[]) : Array.from(numbersOf(x), Math.trunc);
    for (let i = 0; i < sizeOf(x.dims); i++) {
      const at = categories.get(values[i]);
      if (at !== undefined) out[i * count + at] = 1;
      else if (!zeros) fail('E_VALUE', 'an unknown category', { expected: 'one of the categories', found: JSON.stringify(values[i]) });
    }
    return [y];
  };
});
