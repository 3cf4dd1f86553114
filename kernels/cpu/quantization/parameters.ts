/** Scales and zero points: how they are read, and which of them belongs to which element. */
import { fail } from '../../../src/errors.ts';
import { splitAt, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { frontAxis } from '../support/index.ts';

/** The one value of a per-tensor parameter; `otherwise` stands for an absent one. */
export function single(parameter: Tensor | undefined, name: string, otherwise = 0): number {
  if (parameter === undefined) return otherwise;
  if (parameter.size !== 1) fail('E_SHAPE', `${name} must be one value`, { arg: { kind: 'input', name }, found: `[${parameter.dims.join(', ')}]` });
  return unpack(parameter)[0];
}

/** `count` values of a parameter: one of its own for each row, column or channel, or the same one for all. */
export function vector(parameter: Tensor | undefined, count: number, name: string, otherwise = 0): NumberArray {
  if (parameter === undefined) return new Float64Array(count).fill(otherwise);
  if (parameter.size !== count && parameter.size !== 1) {
    fail('E_SHAPE', `${name} must be one value, or one for each row, column or channel`, {
      arg: { kind: 'input', name }, expected: `1 or ${count} values`, found: `[${parameter.dims.join(', ')}]`,
    });
  }
  const values = unpack(parameter);
  return parameter.size === count ? values : new Float64Array(count).fill(values[0]);
}

/**
 * A tensor as [outer, length, inner] around the quantization axis, and the parameter of element (o, k, i):
 * number `o * outerStep + floor(k / block) * blockStep + i * innerStep`.
 */
export interface ParameterLayout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly block: number;
  readonly outerStep: number;
  readonly blockStep: number;
  readonly innerStep: number;
}

/**
 * Layout of the parameters of a tensor: one value; a vector along `axis`; or, with a block size, one value for each block
 * along `axis`, the last block possibly short.
 */
export function parameterLayout(dims: readonly number[], scale: Tensor, zeroPoint: Tensor | undefined, axis: number, block: number): ParameterLayout {
  if (zeroPoint !== undefined && zeroPoint.size !== scale.size) {
    fail('E_SHAPE', 'scale and zero point must have the same shape', { expected: `[${scale.dims.join(', ')}]`, found: `[${zeroPoint.dims.join(', ')}]` });
  }
  const size = dims.reduce((product, d) => product * d, 1);
  if (scale.dims.length === 0 || (scale.dims.length === 1 && scale.dims[0] === 1)) {
    return { outer: 1, length: 1, inner: size, block: 1, outerStep: 0, blockStep: 0, innerStep: 0 };
  }
  const at = frontAxis(axis, dims.length);
  const { outer, length, inner } = splitAt(dims, at);
  const expected = block === 0 ? [length] : dims.map((d, i) => (i === at ? Math.ceil(d / block) : d));
  if (scale.dims.length !== expected.length || scale.dims.some((d, i) => d !== expected[i])) {
    fail('E_SHAPE', 'scale does not fit the quantized axis', { expected: `[${expected.join(', ')}]`, found: `[${scale.dims.join(', ')}]` });
  }
  if (block === 0) return { outer, length, inner, block: 1, outerStep: 0, blockStep: 1, innerStep: 0 };
  return { outer, length, inner, block, outerStep: Math.ceil(length / block) * inner, blockStep: inner, innerStep: 1 };
}
