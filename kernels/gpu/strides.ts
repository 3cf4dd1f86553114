/** How kernels walk: axes merged until they fit the few that a kernel takes. */
import { fail } from '../../src/errors.ts';

export function stridesOf(dims: readonly number[]): number[] {
  const strides = new Array<number>(dims.length).fill(1);
  for (let i = dims.length - 2; i >= 0; i--) strides[i] = strides[i + 1] * dims[i + 1];
  return strides;
}

export function broadcastDims(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, i) => {
    let size = 1;
    for (const dims of shapes) {
      const d = dims[dims.length - rank + i] ?? 1;
      if (d === 1 || d === size) continue;
      if (size !== 1) fail('E_SHAPE', 'the shapes do not broadcast', { found: shapes.map((s) => `[${s.join(', ')}]`).join(' and ') });
      size = d;
    }
    return size;
  });
}

/** Strides of a tensor in an output it is broadcast to: 0 where it repeats. */
export function broadcastStrides(dims: readonly number[], out: readonly number[]): number[] {
  const own = stridesOf(dims);
  return out.map((_, i) => {
    const at = i - (out.length - dims.length);
    return at < 0 || dims[at] === 1 ? 0 : own[at];
  });
}

export interface Walk {
  readonly dims: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** The same walk over exactly `axes` axes. Throws `E_LIMIT` when neighbouring axes do not merge that far. */
export function merge(dims: readonly number[], strides: readonly (readonly number[])[], axes: number): Walk {
  const out: number[] = [];
  const steps: number[][] = strides.map(() => []);
  dims.forEach((d, i) => {
    if (d === 1) return;
    const last = out.length - 1;
    if (last >= 0 && strides.every((s, k) => steps[k][last] === s[i] * d)) {
      out[last] *= d;
      strides.forEach((s, k) => (steps[k][last] = s[i]));
    } else {
      out.push(d);
      strides.forEach((s, k) => steps[k].push(s[i]));
    }
  });
  if (out.length > axes) fail('E_LIMIT', 'gpu.js kernels walk over fewer axes', { expected: `at most ${axes} that do not merge`, found: `[${dims.join(', ')}]` });
  while (out.length < axes) {
    out.unshift(1);
    steps.forEach((s) => s.unshift(0));
  }
  return { dims: out, strides: steps };
}
