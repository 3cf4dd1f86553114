/** Scales and zero points that are one value for a whole tensor. */
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { CodeParameters } from '../../../src/ops/quantization/lookup-table.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';

/** The refusal of inputs that are not known to be one value; absent ones pass. */
export function single(node: PlacedNode, ...indices: readonly number[]): true | string {
  const wrong = indices.find((i) => node.node.inputs[i] !== undefined && !(node.inputShape(i)?.every((d) => d === 1) ?? false));
  return wrong === undefined || `input ${wrong} is not known to be one value`;
}

/** That value; 0 for an absent one. */
export const value = (t: Tensor | undefined): number => (t === undefined ? 0 : (t.data as NumberArray)[0]);

export const parameters = (scale: Tensor, zero: Tensor | undefined): CodeParameters => ({ scale: value(scale), zero: value(zero) });
