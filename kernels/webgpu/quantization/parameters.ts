/** Scales and zero points: which of them belongs to which element, and single ones read on the host. */
import { fail } from '../../../src/errors.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { describeShape, sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';

/** The one value of a per-tensor parameter on the host; `otherwise` stands for an absent one. */
export function single(parameter: Tensor | undefined, name: string, otherwise = 0): number {
  if (parameter === undefined) return otherwise;
  if (parameter.size !== 1) fail('E_SHAPE', `${name} must be one value`, { arg: { kind: 'input', name }, found: describeShape(parameter.dims) });
  return unpack(parameter)[0];
}

/** Parameters of a shader that holds PARAMETER_AT. */
export const PARAMETER_PARAMS = ['length', 'inner', 'block', 'outerStep', 'blockStep', 'innerStep'];

/**
 * The number of the parameter of element `i`: a tensor is [outer, length, inner] around the quantization axis, and element (o, k, i) has
 * parameter o * outerStep + floor(k / block) * blockStep + i * innerStep.
 */
export const PARAMETER_AT = `
fn parameter_at(i: u32) -> u32 {
  let line = i / p.inner;
  return (line / p.length) * p.outerStep + (line % p.length) / p.block * p.blockStep + (i % p.inner) * p.innerStep;
}`;

/** Values for PARAMETER_PARAMS: one value for all; a vector along `axis`; or, with a block size, one for each block along it. */
export function parameterValues(dims: readonly number[], scale: Tensor, zeroPoint: Tensor | undefined, axis: number, block: number): number[] {
  if (zeroPoint !== undefined && zeroPoint.size !== scale.size) {
    fail('E_SHAPE', 'scale and zero point must have the same shape', { expected: describeShape(scale.dims), found: describeShape(zeroPoint.dims) });
  }
  if (scale.dims.length === 0 || (scale.dims.length === 1 && scale.dims[0] === 1)) return [1, Math.max(1, sizeOf(dims)), 1, 0, 0, 0];
  const at = axisIn(axis, dims.length, refuseShape);
  const length = dims[at], inner = sizeOf(dims.slice(at + 1));
  const expected = block === 0 ? [length] : dims.map((d, i) => (i === at ? Math.ceil(d / block) : d));
  if (scale.dims.length !== expected.length || scale.dims.some((d, i) => d !== expected[i])) {
    fail('E_SHAPE', 'scale does not fit the quantized axis', { expected: describeShape(expected), found: describeShape(scale.dims) });
  }
  return block === 0 ? [length, inner, 1, 0, 1, 0] : [length, inner, block, Math.ceil(length / block) * inner, inner, 1];
}
