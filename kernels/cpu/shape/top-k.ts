/**
 * The k largest (or smallest) elements along an axis, in order, equal ones by lower index. Where `sorted` is 0 any order
 * is allowed; this one is kept. x: [outer, length, inner] -> values and indices [outer, k, inner].
 */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { splitAt, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { mover } from '../support/index.ts';
import { orderOf, type Order } from './order.ts';

export const topK = implement(contracts.topK, ({ attrs, version }) => ([x, count]: [Tensor, Tensor?], ctx) => {
  const axis = axisIn(attrs.int('axis'), x.dims.length, refuseShape);
  const largest = version.since < 11 || attrs.int('largest') !== 0;
  const k = count === undefined ? attrs.int('k') : toInts(count)[0];
  const { outer, length, inner } = splitAt(x.dims, axis);
  if (!(k >= 0 && k <= length)) fail('E_VALUE', 'k does not fit the axis', { expected: `0 to ${length}`, found: String(k) });
  const dims = x.dims.map((d, i) => (i === axis ? k : d));
  const values = ctx.output(0, x.type, dims);
  const indices = ctx.output(1, 'int64', dims);
  if (values.size === 0) return [values, indices];
  const move = mover(values, x);
  const compare = orderOf(x);
  // Elements of one row lie in index order, so that of two equal ones the first comes first.
  const before: Order = largest ? (i, j) => compare(j, i) || i - j : (i, j) => compare(i, j) || i - j;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      firstOf(k, length, start, inner, before).forEach((at, n) => {
        const to = (o * k + n) * inner + i;
        move(to, 1, at, 1, 1);
        (indices.data as BigInt64Array)[to] = BigInt((at - start) / inner);
      });
    }
  }
  return [values, indices];
});

/** The first k of the elements start, start + step, ... in the given order. */
function firstOf(k: number, length: number, start: number, step: number, before: Order): Float64Array {
  if (k * 4 > length) return Float64Array.from({ length }, (_, i) => start + i * step).sort(before).slice(0, k);
  // A heap of the k best so far, the worst on top: each further element is compared with that one only.
  const heap = Float64Array.from({ length: k }, (_, i) => start + i * step).sort((i, j) => before(j, i));
  for (let n = k; n < length; n++) {
    const at = start + n * step;
    if (before(at, heap[0]) >= 0) continue;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= k) break;
      if (child + 1 < k && before(heap[child + 1], heap[child]) > 0) child++;
      if (before(at, heap[child]) >= 0) break;
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = at;
  }
  return heap.sort(before);
}
