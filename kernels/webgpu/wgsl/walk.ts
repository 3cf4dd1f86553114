/** Strided walks: from an output index to an offset into each operand. */
import { fail } from '../../../src/errors.ts';

/** Axes and the strides of each operand along them, neighbours merged where all operands run on. */
export interface Walk {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of size 1 and merges those that no operand tells apart: most walks become one or two axes. */
export function collapse(dims: readonly number[], strides: readonly (readonly number[])[]): Walk {
  const outDims: number[] = [];
  const out: number[][] = strides.map(() => []);
  for (let i = 0; i < dims.length; i++) {
    if (dims[i] === 1) continue;
    const last = outDims.length - 1;
    if (last >= 0 && strides.every((s, k) => out[k][last] === s[i] * dims[i])) {
      outDims[last] *= dims[i];
      strides.forEach((s, k) => { out[k][last] = s[i]; });
    } else {
      outDims.push(dims[i]);
      strides.forEach((s, k) => out[k].push(s[i]));
    }
  }
  return { dims: outDims, strides: out };
}

/** Row-major strides in elements. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length);
  for (let i = dims.length - 1, step = 1; i >= 0; step *= dims[i--]) strides[i] = step;
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

/** Strides of `dims` read through broadcasting to `out`: 0 on axes that repeat. */
export function broadcastStrides(dims: readonly number[], out: readonly number[]): number[] {
  const own = stridesOf(dims);
  return out.map((_, i) => {
    const at = i - out.length + dims.length;
    return at < 0 || dims[at] === 1 ? 0 : own[at];
  });
}

/** The parameters of a walk over `rank` axes for operands of these names, and their values. */
export const walkParams = (rank: number, names: readonly string[]): string[] => (rank === 0 ? [] : [`d[${rank}]`, ...names.map((n) => `${n}_s[${rank}]`)]);
export const walkValues = ({ dims, strides }: Walk): number[] => [...dims, ...strides.flat()];

/** Statements that set `NAME_i` to the offset of output element `i` in each operand. */
export function walkCode(rank: number, names: readonly string[]): string {
  const lines = [`var r = i;`, ...names.map((n) => `var ${n}_i = 0u;`)];
  for (let axis = rank - 1; axis > 0; axis--) {
    lines.push(`{ let c = r % p.d_${axis}; r /= p.d_${axis}; ${names.map((n) => `${n}_i += c * p.${n}_s_${axis};`).join(' ')} }`);
  }
  if (rank > 0) lines.push(...names.map((n) => `${n}_i += r * p.${n}_s_0;`));
  return lines.join('\n  ');
}
