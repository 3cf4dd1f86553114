import { fail } from '../../../src/errors.ts';
import { sizeOf } from '../../../src/tensor/index.ts';

/** A broadcast operation as runs: each run is `length` elements, over which an operand moves by its step (0 or 1). */
export interface Runs {
  readonly dims: readonly number[];
  readonly length: number;
  readonly aStep: 0 | 1;
  readonly bStep: 0 | 1;
  /** Element offset of each run in both operands. */
  readonly runs: { readonly count: number; readonly a: Int32Array; readonly b: Int32Array };
}

const cache = new Map<string, Runs>();
const MAX_CACHED = 512;

/** All of two tensors of one shape. */
const ALL = { count: 1, a: Int32Array.of(0), b: Int32Array.of(0) };

/** Plans the runs of two shapes; shapes seen before are looked up. Throws `E_SHAPE` when they do not broadcast. */
export function planRuns(a: readonly number[], b: readonly number[]): Runs {
  if (a.length === b.length && a.every((d, i) => d === b[i])) return { dims: a, length: sizeOf(a), aStep: 1, bStep: 1, runs: ALL };
  const key = `${a.join()};${b.join()}`;
  let plan = cache.get(key);
  if (plan === undefined) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(key, (plan = makePlan(a, b)));
  }
  return plan;
}

function makePlan(a: readonly number[], b: readonly number[]): Runs {
  const rank = Math.max(a.length, b.length);
  const pad = (s: readonly number[]): number[] => [...new Array<number>(rank - s.length).fill(1), ...s];
  const [x, y] = [pad(a), pad(b)];
  const dims = x.map((d, i) => {
    if (d !== y[i] && d !== 1 && y[i] !== 1) fail('E_SHAPE', 'shapes do not broadcast', { found: `[${a.join(', ')}] and [${b.join(', ')}]` });
    return d === 1 ? y[i] : d;
  });
  // The inner run takes every trailing axis along which both operands keep the same kind of step.
  let axis = rank;
  let length = 1;
  let aStep: 0 | 1 | undefined, bStep: 0 | 1 | undefined;
  while (axis > 0) {
    const d = dims[axis - 1];
    if (d !== 1) {
      const sa = x[axis - 1] === 1 ? 0 : 1, sb = y[axis - 1] === 1 ? 0 : 1;
      if ((aStep ?? sa) !== sa || (bStep ?? sb) !== sb) break;
      aStep = sa;
      bStep = sb;
    }
    length *= d;
    axis--;
  }
  const outer = dims.slice(0, axis);
  const count = length === 0 ? 0 : outer.reduce((n, d) => n * d, 1);
  return {
    dims, length, aStep: aStep ?? 1, bStep: bStep ?? 1,
    runs: { count, a: offsets(x, outer, count), b: offsets(y, outer, count) },
  };
}

function offsets(shape: readonly number[], outer: readonly number[], count: number): Int32Array {
  const strides = new Array<number>(outer.length);
  let step = shape.slice(outer.length).reduce((n, d) => n * d, 1);
  for (let i = outer.length - 1; i >= 0; i--) {
    strides[i] = shape[i] === 1 ? 0 : step;
    step *= shape[i];
  }
  const at = new Array<number>(outer.length).fill(0);
  const result = new Int32Array(count);
  for (let r = 0, offset = 0; r < count; r++) {
    result[r] = offset;
    for (let i = outer.length - 1; i >= 0; i--) {
      offset += strides[i];
      if (++at[i] < outer[i]) break;
      offset -= strides[i] * outer[i];
      at[i] = 0;
    }
  }
  return result;
}
