import { defineOp } from '../define.ts';
import { product } from './dims.ts';
import { axisIn, refuseIn } from './geometry.ts';

export const oneHot = defineOp('OneHot', {
  doc: 'values[1] where an index says so along a new axis of length depth, values[0] elsewhere.',
  versions: {
    9: {
      inputs: 'indices:T1 depth:T2 values:T3',
      outputs: 'output:T3',
      types: { T1: 'ints uints floats', T2: 'ints uints floats', T3: 'ints uints floats complex bool string' },
      attributes: { axis: 'int=-1' },
    },
    11: {},
    28: { types: { T3: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const axis = axisIn(c.attrs.int('axis'), dims.length + 1, refuseIn(c));
    return [{ shape: [...dims.slice(0, axis), c.ints(1)?.[0], ...dims.slice(axis)] }];
  },
});

export const nonZero = defineOp('NonZero', {
  doc: 'Indices of the elements that are not zero, [rank, count], in row-major order.',
  versions: {
    9: { inputs: 'X:T', outputs: 'Y:Int64', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => [{ shape: [c.shape(0)?.length, undefined] }],
});

export const topK = defineOp('TopK', {
  doc: 'The k largest (or smallest) elements along an axis and their indices; among equals the lower index first.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Values:T Indices:I', types: { T: 'floats', I: 'int64' }, attributes: { axis: 'int=-1', k: 'int!' } },
    10: { inputs: 'X:T K:Int64', types: { Int64: 'int64' }, without: ['k'] },
    11: { types: { T: 'ints uints floats' }, attributes: { largest: 'int=1', sorted: 'int=1' } },
    24: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const axis = axisIn(c.attrs.int('axis'), dims.length, refuseIn(c));
    const k = c.version.since < 10 ? c.attrs.int('k') : c.ints(1)?.[0];
    const length = dims[axis];
    if (typeof k === 'number' && (k < 0 || (typeof length === 'number' && k > length))) {
      c.fail('k does not fit the axis', `0 to ${length ?? 'its length'}`, String(k));
    }
    const shape = dims.map((d, i) => (i === axis ? k : d));
    return [{ shape }, { shape }];
  },
});

export const unique = defineOp('Unique', {
  doc: 'The distinct elements (or slices along an axis), with first positions, inverse mapping and counts.',
  versions: {
    11: {
      inputs: 'X:T',
      outputs: 'Y:T indices?:Int64 inverse_indices?:Int64 counts?:Int64',
      types: { T: 'ints uints floats complex bool string', Int64: 'int64' },
      attributes: { axis: 'int', sorted: 'int=1' },
    },
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    const list = { shape: [undefined] };
    if (!c.attrs.has('axis')) return [list, list, { shape: dims === undefined ? [undefined] : [product(dims)] }, list];
    if (dims === undefined) return [undefined, list, list, list];
    const axis = axisIn(c.attrs.int('axis'), dims.length, refuseIn(c));
    return [{ shape: dims.map((d, i) => (i === axis ? undefined : d)) }, list, { shape: [dims[axis]] }, list];
  },
});

export const compress = defineOp('Compress', {
  doc: 'The slices along an axis (or the elements) whose condition is true.',
  versions: {
    9: {
      inputs: 'input:T condition:T1',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', T1: 'bool' },
      attributes: { axis: 'int' },
    },
    11: {},
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (!c.attrs.has('axis')) return [{ shape: [undefined] }];
    if (dims === undefined) return [];
    const axis = axisIn(c.attrs.int('axis'), dims.length, refuseIn(c));
    return [{ shape: dims.map((d, i) => (i === axis ? undefined : d)) }];
  },
});
