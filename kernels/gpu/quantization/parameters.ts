/** Quantization parameters as kernels read them. */
import { fail } from '../../../src/errors.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';

/** Number `(o * blocks + floor(k / block)) * inner + i` of the parameters belongs to element (o, k, i) of [outer, axis, inner]. */
export interface ParameterWalk {
  readonly axis: number;
  readonly block: number;
  readonly blocks: number;
  readonly inner: number;
  /** Turns values in the order of the model into one for each place of the walk. */
  readonly spread: (values: ArrayLike<number>) => Float32Array;
}

/** The walk of one value, a vector along `axis`, or blocks of `block` along it. */
export function parameterWalk(dims: readonly number[], scale: Tensor, axis: number, block: number): ParameterWalk {
  const size = dims.reduce((s, d) => s * d, 1);
  const same = (values: ArrayLike<number>): Float32Array => Float32Array.from(values);
  if (scale.dims.length === 0 || (scale.dims.length === 1 && scale.dims[0] === 1)) return { axis: Math.max(1, size), block: Math.max(1, size), blocks: 1, inner: 1, spread: same };
  const at = axisIn(axis, dims.length, refuseShape);
  const inner = dims.slice(at + 1).reduce((s, d) => s * d, 1);
  const outer = dims.slice(0, at).reduce((s, d) => s * d, 1);
  const expected = block === 0 ? [dims[at]] : dims.map((d, i) => (i === at ? Math.ceil(d / block) : d));
  if (scale.dims.length !== expected.length || scale.dims.some((d, i) => d !== expected[i])) {
    fail('E_SHAPE', 'scale does not fit the quantized axis', { expected: `[${expected.join(', ')}]`, found: `[${scale.dims.join(', ')}]` });
  }
  if (block > 0) return { axis: dims[at], block, blocks: Math.ceil(dims[at] / block), inner, spread: same };
  // A vector: the same for all outer indices and repeated over inner ones, so that the walk is over one row of channels.
  return {
    axis: dims[at] * inner, block: inner, blocks: dims[at], inner: 1,
    spread: (values) => Float32Array.from({ length: outer * dims[at] }, (_, i) => values[i % dims[at]]),
  };
}

/** Values of a parameter, or `otherwise` for each of `count`. */
export const valuesOf = (t: Tensor | undefined, count: number, otherwise = 0): ArrayLike<number> => (t === undefined ? new Float32Array(count).fill(otherwise) : unpack(t));

/** The upper 12 bits of each float: what `round-divide` multiplies exactly. */
export function highParts(values: Float32Array): Float32Array {
  const bits = new Uint32Array(values.slice().buffer);
  return new Float32Array(bits.map((b) => b & 0xfffff000).buffer);
}
