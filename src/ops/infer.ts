/** Shape inference that many contracts share. Unknown stays unknown; a contradiction is refused. */
import type { Dim } from '../tensor/index.ts';
import type { InferContext, InferFunction } from './define.ts';

/** Output 0 has the shape of input 0. */
export const same: InferFunction = (c) => [{ shape: c.shape(0) }];

/** Output 0 has the shape all inputs broadcast to. */
export const broadcast: InferFunction = (c) => {
  let shape = c.shape(0);
  for (let i = 1; i < c.inputCount; i++) shape = broadcastShapes(c, shape, c.shape(i));
  return [{ shape }];
};

/** NumPy-style broadcasting of two shapes. Refuses static dimensions that differ and are not 1. */
export function broadcastShapes(c: InferContext, a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): readonly Dim[] | undefined {
  if (a === undefined || b === undefined) return undefined;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = i < rank - a.length ? 1 : a[i - rank + a.length];
    const y = i < rank - b.length ? 1 : b[i - rank + b.length];
    if (x === 1) return y;
    if (y === 1 || x === y) return x;
    if (typeof x === 'number' && typeof y === 'number') {
      return c.fail('inputs do not broadcast', `dimensions that are equal or 1 on axis ${i}`, `[${a.map(show)}] and [${b.map(show)}]`);
    }
    // A known size wins over a symbol: it must equal it, or the symbol is 1.
    return typeof x === 'number' ? x : typeof y === 'number' ? y : undefined;
  });
}

/** An axis attribute in [-rank, rank) as an index from the front. */
export function normalizeAxis(c: InferContext, axis: number, rank: number, name = 'axis'): number {
  if (axis < -rank || axis >= rank) return c.fail(`${name} is out of range`, `[${-rank}, ${rank - 1}]`, String(axis));
  return axis < 0 ? axis + rank : axis;
}

export const show = (d: Dim): string => (d === undefined ? '?' : String(d));
