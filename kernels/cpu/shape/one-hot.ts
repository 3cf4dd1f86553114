/** OneHot and NonZero: indices to indicator and back. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, stridesOf, Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { convert, fillWith, mover } from '../support/index.ts';
import { integersOf } from '../support/indices.ts';

/** Elements of any numeric type as integers; fractions are cut off. */
function asIntegers(tensor: Tensor): Float64Array {
  const longs = new Tensor('int64', new BigInt64Array(tensor.size), tensor.dims);
  convert(longs, tensor);
  return integersOf(longs);
}

/** indices: [outer, inner] -> [outer, depth, inner]; an index outside [-depth, depth) switches nothing on. */
export const oneHot = implement(contracts.oneHot, ({ attrs }) => ([indices, depthTensor, values]: [Tensor, Tensor, Tensor], ctx) => {
  const axis = axisIn(attrs.int('axis'), indices.dims.length + 1, refuseShape);
  const depth = depthTensor.size === 1 ? asIntegers(depthTensor)[0] : refuseShape('depth is not one number', '1 element', String(depthTensor.size));
  if (depth < 0) fail('E_VALUE', 'depth is negative', { expected: '0 or more', found: String(depth) });
  if (values.size !== 2) refuseShape('values is not a pair', '[off, on]', `${values.size} elements`);
  const y = ctx.output(0, values.type, [...indices.dims.slice(0, axis), depth, ...indices.dims.slice(axis)]);
  fillWith(y, values, 0);
  const inner = sizeOf(indices.dims.slice(axis));
  const move = mover(y, values);
  asIntegers(indices).forEach((index, i) => {
    const at = index < 0 ? index + depth : index;
    if (at < 0 || at >= depth) return;
    move((Math.floor(i / inner) * depth + at) * inner + (i % inner), 1, 1, 1, 1);
  });
  return [y];
});

/** x: [d_0, ..., d_(r-1)] -> [r, count]: column n holds the index of the n-th element that is not zero. */
export const nonZero = implement(contracts.nonZero, () => ([x]: [Tensor], ctx) => {
  const flags = nonZeroFlags(x);
  const found: number[] = [];
  flags.forEach((flag, i) => {
    if (flag) found.push(i);
  });
  const rank = x.dims.length;
  const y = ctx.output(0, 'int64', [rank, found.length]);
  const out = y.data as BigInt64Array;
  stridesOf(x.dims).forEach((stride, axis) => {
    for (let n = 0; n < found.length; n++) out[axis * found.length + n] = BigInt(Math.floor(found[n] / stride) % x.dims[axis]);
  });
  return [y];
});

function nonZeroFlags(x: Tensor): Uint8Array {
  const flags = new Uint8Array(x.size);
  if (Array.isArray(x.data)) x.data.forEach((s, i) => (flags[i] = s === '' ? 0 : 1));
  else if (x.type === 'complex64' || x.type === 'complex128') {
    const parts = x.data as Float32Array;
    for (let i = 0; i < x.size; i++) flags[i] = parts[2 * i] !== 0 || parts[2 * i + 1] !== 0 ? 1 : 0;
  } else convert(new Tensor('bool', flags, x.dims), x);
  return flags;
}
