import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import { axisIn, refuseIn } from './geometry.ts';

export const gather = defineOp('Gather', {
  doc: 'y[..., i, ...] = x[..., indices[i], ...] along one axis.',
  versions: {
    1: {
      inputs: 'data:T indices:Tind',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const data = c.shape(0);
    const indices = c.shape(1);
    if (data === undefined) return [];
    const axis = axisIn(c.attrs.int('axis'), data.length, refuseIn(c));
    if (indices === undefined) return [];
    const content = data.length === 1 ? c.ints(0) : undefined;
    const length = data[axis];
    const at = c.ints(1)?.map((i) => {
      if (typeof i !== 'number' || typeof length !== 'number') return undefined;
      if (i < -length || i >= length) c.fail('an index is out of range', `[${-length}, ${length - 1}]`, String(i));
      return i < 0 ? i + length : i;
    });
    return [{
      shape: [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)],
      value: content === undefined ? undefined : at?.map((i) => (i === undefined ? undefined : content[i])),
    }];
  },
});

export const gatherElements = defineOp('GatherElements', {
  doc: 'y[i][j][k] = x[i][indices[i][j][k]][k] (for axis 1).',
  versions: {
    11: {
      inputs: 'data:T indices:Tind',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const data = c.shape(0);
    const indices = c.shape(1);
    if (data !== undefined) axisIn(c.attrs.int('axis'), data.length, refuseIn(c));
    if (data !== undefined && indices !== undefined && data.length !== indices.length) {
      c.fail('data and indices differ in rank', `rank ${data.length}`, `rank ${indices.length}`);
    }
    return [{ shape: indices }];
  },
});

export const gatherND = defineOp('GatherND', {
  doc: 'Slices of the input at index tuples: y[b, i, ...] = x[b, indices[b, i], ...].',
  versions: {
    11: { inputs: 'data:T indices:Int64', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    12: { attributes: { batch_dims: 'int=0' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const data = c.shape(0);
    const indices = c.shape(1);
    const depth = indices?.at(-1);
    if (data === undefined || indices === undefined || typeof depth !== 'number') return [];
    const batch = c.version.since < 12 ? 0 : c.attrs.int('batch_dims');
    if (batch + depth > data.length || batch >= indices.length) {
      c.fail('index tuples are longer than the data has axes', `at most ${data.length - batch}`, String(depth));
    }
    return [{ shape: [...indices.slice(0, -1), ...data.slice(batch + depth)] }];
  },
});

export const scatter = defineOp('Scatter', {
  doc: 'ScatterElements of opset 9 and 10.',
  versions: {
    9: {
      inputs: 'data:T indices:Tind updates:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    11: { deprecated: true },
  },
  infer: same,
});

export const scatterElements = defineOp('ScatterElements', {
  doc: 'A copy of data in which y[i][indices[i][j][k]][k] is replaced by (or combined with) updates[i][j][k] (for axis 1).',
  versions: {
    11: {
      inputs: 'data:T indices:Tind updates:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    16: { attributes: { reduction: 'string=none' } },
    18: {},
  },
  infer: same,
});

export const scatterND = defineOp('ScatterND', {
  doc: 'A copy of data in which the slices at index tuples are replaced by (or combined with) updates.',
  versions: {
    11: { inputs: 'data:T indices:Int64 updates:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    16: { attributes: { reduction: 'string=none' } },
    18: {},
  },
  infer: same,
});

export const tensorScatter = defineOp('TensorScatter', {
  doc: 'A copy of the cache in which update is written along an axis, for each batch row from its own position on.',
  versions: {
    24: {
      inputs: 'past_cache:T update:T write_indices?:Int64',
      outputs: 'present_cache:T',
      types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string', Int64: 'int64' },
      attributes: { axis: 'int=-2', mode: 'string=linear' },
    },
  },
  infer: same,
});
