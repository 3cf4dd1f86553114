/** How kernels walk: axes merged until they fit the few that a kernel takes. */
import { fail } from '../../src/errors.ts';
import { collapse, type Walk } from '../../src/tensor/index.ts';

/** The same walk over exactly `axes` axes. Throws `E_LIMIT` when neighbouring axes do not merge that far. */
export function merge(dims: readonly number[], strides: readonly (readonly number[])[], axes: number): Walk {
  const walk = collapse(dims, strides);
  const missing = axes - walk.dims.length;
  if (missing < 0) fail('E_LIMIT', 'gpu.js kernels walk over fewer axes', { expected: `at most ${axes} that do not merge`, found: `[${dims.join(', ')}]` });
  return { dims: [...new Array<number>(missing).fill(1), ...walk.dims], strides: walk.strides.map((s) => [...new Array<number>(missing).fill(0), ...s]) };
}
