import { broadcastStrides } from '../../../src/tensor/index.ts';

/**
 * A walk over all indices of a shape, split into straight rows: from one element of a row to the next, operand `k`
 * moves by `steps[k]`.
 */
export interface Rows {
  /** Elements of a row. */
  readonly length: number;
  readonly steps: readonly number[];
  /** Calls `visit` for each row, in row-major order, with the index of its first element and each operand's offset. */
  each(visit: (at: number, offsets: readonly number[]) => void): void;
}

/**
 * The rows of an element-wise walk over `out` with `operands` broadcast to it; steps are 0 or 1. Equal shapes and
 * scalars give a single row, a bias along the last axis one row for each repetition.
 *
 *     out [2, 3, 4], operands [2, 3, 4] and [3, 1]: 6 rows of 4, steps 1 and 0
 */
export function broadcastRows(out: readonly number[], ...operands: readonly (readonly number[])[]): Rows {
  return stridedRows(out, operands.map((dims) => broadcastStrides(dims, out)));
}

/** The rows of a walk over `dims`, with each operand's strides. Neighbouring axes that every operand walks evenly are joined. */
export function stridedRows(dims: readonly number[], strides: readonly (readonly number[])[]): Rows {
  const sizes: number[] = []; // joined axes, the innermost first
  const moves: number[][] = []; // moves[axis][operand]
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    if (dims[axis] === 1) continue;
    const move = strides.map((s) => s[axis]);
    const last = sizes.length - 1;
    if (last >= 0 && move.every((m, k) => m === moves[last][k] * sizes[last])) {
      sizes[last] *= dims[axis];
    } else {
      sizes.push(dims[axis]);
      moves.push(move);
    }
  }
  const length = sizes[0] ?? 1;
  const rows = sizes.slice(1).reduce((product, size) => product * size, length === 0 ? 0 : 1);
  return {
    length,
    steps: moves[0] ?? strides.map(() => 0),
    each(visit) {
      const at = sizes.map(() => 0);
      const offsets = strides.map(() => 0);
      for (let row = 0; row < rows; row++) {
        visit(row * length, offsets);
        for (let axis = 1; axis < sizes.length; axis++) {
          const wraps = ++at[axis] === sizes[axis];
          for (let k = 0; k < offsets.length; k++) offsets[k] += wraps ? moves[axis][k] * (1 - sizes[axis]) : moves[axis][k];
          if (!wraps) break;
          at[axis] = 0;
        }
      }
    },
  };
}
