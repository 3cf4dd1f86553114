import { broadcastStrides } from './strides.ts';

/**
 * An element-wise walk over an output and its broadcast operands, split into straight rows: operand `k` moves by
 * `steps[k]` (0 or 1) from one element of a row to the next.
 */
export interface Rows {
  /** Elements of a row. */
  readonly length: number;
  readonly steps: readonly number[];
  /** Calls `visit` for each row, in row-major order, with its offset in the output and in each operand. */
  each(visit: (at: number, offsets: readonly number[]) => void): void;
}

/**
 * The rows of `out` with `operands` broadcast to it. Neighbouring axes that every operand walks evenly are joined: equal
 * shapes and scalars give a single row, a bias along the last axis one row for each repetition.
 *
 *     out [2, 3, 4], operands [2, 3, 4] and [3, 1]: 6 rows of 4, steps 1 and 0
 */
export function broadcastRows(out: readonly number[], ...operands: readonly (readonly number[])[]): Rows {
  const strides = operands.map((dims) => broadcastStrides(dims, out));
  const sizes: number[] = []; // joined axes, the innermost first
  const moves: number[][] = []; // moves[axis][operand]
  for (let axis = out.length - 1; axis >= 0; axis--) {
    if (out[axis] === 1) continue;
    const move = strides.map((s) => s[axis]);
    const last = sizes.length - 1;
    if (last >= 0 && move.every((m, k) => m === moves[last][k] * sizes[last])) {
      sizes[last] *= out[axis];
    } else {
      sizes.push(out[axis]);
      moves.push(move);
    }
  }
  const length = sizes[0] ?? 1;
  const rows = sizes.slice(1).reduce((product, size) => product * size, length === 0 ? 0 : 1);
  return {
    length,
    steps: moves[0] ?? operands.map(() => 0),
    each(visit) {
      const at = sizes.map(() => 0);
      const offsets = operands.map(() => 0);
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
