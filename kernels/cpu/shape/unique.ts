/**
 * The distinct elements of x (flattened), or its distinct slices along `axis`: sorted, or in order of first occurrence;
 * with the first positions, the place of each input among them, and how often each occurs.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { splitAt, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { blockMover, emitRaw } from '../support/index.ts';
import { orderOf, type Order } from './order.ts';

export const unique = implement(contracts.unique, ({ attrs }) => ([x]: [Tensor], ctx) => {
  const axis = attrs.has('axis') ? axisIn(attrs.int('axis'), x.dims.length, refuseShape) : undefined;
  const { outer, length, inner } = axis === undefined ? { outer: 1, length: x.size, inner: 1 } : splitAt(x.dims, axis);
  const { first, inverse, counts } = group(length, sliceOrder(x, outer, length, inner), attrs.int('sorted') !== 0);
  const found = first.length;
  const y = ctx.output(0, x.type, axis === undefined ? [found] : x.dims.map((d, i) => (i === axis ? found : d)));
  if (y.size > 0) {
    const move = blockMover(y, x);
    for (let o = 0; o < outer; o++) {
      first.forEach((at, n) => move((o * found + n) * inner, (o * length + at) * inner, inner));
    }
  }
  return [y, list(ctx, 1, first), list(ctx, 2, inverse), list(ctx, 3, counts)];
});

function list(ctx: KernelContext, index: number, values: Float64Array): Tensor | undefined {
  return ctx.wants(index) ? emitRaw(ctx, index, 'int64', BigInt64Array.from(values as unknown as number[], BigInt), [values.length]) : undefined;
}

/** Compares slices of x: [outer, length, inner] along the middle axis, element by element. */
function sliceOrder(x: Tensor, outer: number, length: number, inner: number): Order {
  const compare = orderOf(x);
  if (outer === 1 && inner === 1) return compare;
  if (x.size === 0) return () => 0;
  return (a, b) => {
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const order = compare((o * length + a) * inner + i, (o * length + b) * inner + i);
        if (order !== 0) return order;
      }
    }
    return 0;
  };
}

/** Groups 0 ... length - 1 by equality: first members, group of each, group sizes. */
function group(length: number, compare: Order, sorted: boolean): { first: Float64Array; inverse: Float64Array; counts: Float64Array } {
  const order = Float64Array.from({ length }, (_, i) => i).sort((i, j) => compare(i, j) || i - j);
  const starts: number[] = []; // places in `order` where a group starts; the first member has the lowest index
  for (let i = 0; i < length; i++) if (i === 0 || compare(order[i - 1], order[i]) !== 0) starts.push(i);
  const ranks = starts.map((_, g) => g);
  if (!sorted) ranks.sort((a, b) => order[starts[a]] - order[starts[b]]);
  const inverse = new Float64Array(length);
  ranks.forEach((g, rank) => {
    for (let i = starts[g]; i < (starts[g + 1] ?? length); i++) inverse[order[i]] = rank;
  });
  return {
    first: Float64Array.from(ranks, (g) => order[starts[g]]), inverse,
    counts: Float64Array.from(ranks, (g) => (starts[g + 1] ?? length) - starts[g]),
  };
}
