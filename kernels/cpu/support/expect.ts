import { fail } from '../../../src/errors.ts';
import type { Tensor } from '../../../src/tensor/index.ts';

/** Throws `E_SHAPE` when a given input does not have exactly these dimensions; a missing optional one passes. */
export function expectDims(name: string, t: Tensor | undefined, dims: readonly number[]): void {
  if (t === undefined || (t.dims.length === dims.length && t.dims.every((d, i) => d === dims[i]))) return;
  fail('E_SHAPE', `${name} has the wrong shape`, {
    arg: { kind: 'input', name }, expected: `[${dims.join(', ')}]`, found: `[${t.dims.join(', ')}]`,
  });
}
