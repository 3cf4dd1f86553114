/** Where elements lie: strides of row-major tensors, and shapes read through broadcasting. */
import { fail } from '../errors.ts';

/** Row-major strides in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  for (let i = dims.length - 1, step = 1; i >= 0; step *= dims[i--]!) strides[i] = step;
  return strides;
}

/** The shape all shapes broadcast to. Throws `E_SHAPE` when they do not. */
export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let dim = 1;
    for (const s of shapes) {
      const own = s[i - rank + s.length] ?? 1;
      if (own === 1) continue;
      if (dim !== 1 && own !== dim) fail('E_SHAPE', 'shapes do not broadcast', { found: shapes.map((t) => `[${t.join(', ')}]`).join(' and ') });
      dim = own;
    }
    return dim;
  });
}

/** Strides of a shape read through broadcasting to `out`: 0 on axes that repeat. */
export function broadcastStrides(dims: readonly number[], out: readonly number[]): number[] {
  const own = stridesOf(dims);
  return out.map((_, i) => {
    const at = i - out.length + dims.length;
    return at < 0 || dims[at] === 1 ? 0 : own[at]!;
  });
}

/** Sizes before, at and after an axis: a tensor as [outer, length, inner]. */
export function splitAt(dims: readonly number[], axis: number): { outer: number; length: number; inner: number } {
  let outer = 1, inner = 1;
  for (let i = 0; i < axis; i++) outer *= dims[i]!;
  for (let i = axis + 1; i < dims.length; i++) inner *= dims[i]!;
  return { outer, length: dims[axis]!, inner };
}

/** Axes to walk along, and the strides of each operand along them. */
export interface Walk {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of size 1 and merges those that no operand tells apart: most walks become one or two axes. */
export function collapse(dims: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const outDims: number[] = [];
  const out: number[][] = strides.map(() => []);
  dims.forEach((d, i) => {
    if (d === 1) return;
    const last = outDims.length - 1;
    if (last >= 0 && strides.every((s, k) => out[k]![last] === s[i]! * d)) {
      outDims[last]! *= d;
      strides.forEach((s, k) => { out[k]![last] = s[i]!; });
    } else {
      outDims.push(d);
      strides.forEach((s, k) => out[k]!.push(s[i]!));
    }
  });
  return { dims: outDims, strides: out };
}
