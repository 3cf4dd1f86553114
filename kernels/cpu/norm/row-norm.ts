import { fail } from '../../../src/errors.ts';
import { broadcastStrides, describeShape, sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { walk, type FloatArray, type Step } from '../support/index.ts';
import { momentsOf } from './moments.ts';

/** A scale or bias as it applies to rows: element i of row r is `values[r * row + i]`. */
export interface RowParameter {
  readonly values: ArrayLike<number>;
  /** 0 when every row uses the same elements. */
  readonly row: number;
}

/** A parameter broadcast to `dims`, whose axes from `axis` on form a row. */
export function rowParameter(parameter: Tensor, dims: readonly number[], axis: number): RowParameter {
  const rowDims = dims.slice(axis);
  const length = sizeOf(rowDims);
  const own = parameter.dims.slice(-rowDims.length);
  const leading = parameter.size === length && own.length === rowDims.length && own.every((d, i) => d === rowDims[i]);
  const values = unpack(parameter);
  if (leading) return { values, row: 0 };
  const offset = dims.length - parameter.dims.length;
  if (offset < 0 || parameter.dims.some((d, i) => d !== 1 && d !== dims[offset + i])) {
    fail('E_SHAPE', 'the scale or bias does not broadcast to the input', {
      expected: describeShape(dims), found: describeShape(parameter.dims),
    });
  }
  const expanded = new Float64Array(sizeOf(dims));
  walk(dims, [broadcastStrides(parameter.dims, dims)], (i, from) => (expanded[i] = values[from]));
  return { values: expanded, row: length };
}

export interface RowNorm {
  /** Elements of a row. */
  readonly length: number;
  readonly epsilon: number;
  /** True to subtract the mean (layer normalization), false to keep it (RMS normalization). */
  readonly centered: boolean;
  readonly scale: RowParameter;
  readonly bias?: RowParameter | undefined;
  readonly step: Step;
  /** Rounding of the normalized element before it is scaled. */
  readonly stage?: Step | undefined;
}

/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + bias for each row of x. Tells `saved` the mean and the
 * inverse deviation of each row.
 */
export function normalizeRows(
  x: ArrayLike<number>, y: FloatArray, norm: RowNorm, saved: (row: number, mean: number, inverse: number) => void = () => {},
): void {
  const { length, epsilon, centered, scale, bias, step, stage } = norm;
  const rows = length === 0 ? 0 : y.length / length;
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const { mean, deviation } = momentsOf(x, start, length, epsilon, centered, step);
    for (let i = 0; i < length; i++) {
      let value = step(step(x[start + i] - mean) / deviation);
      if (stage !== undefined) value = stage(value);
      value = step(value * scale.values[row * scale.row + i]);
      y[start + i] = bias === undefined ? value : step(value + bias.values[row * bias.row + i]);
    }
    saved(row, mean, step(1 / deviation));
  }
}
