import { defineOp } from '../define.ts';

export const constant = defineOp('Constant', {
  doc: 'TODO',
  versions: {
    1: { inputs: '', outputs: 'output:T', types: { T: 'floats' }, attributes: { value: 'tensor!' } },
    9: { types: { T: 'ints uints floats complex bool string' } },
    11: { attributes: { sparse_value: 'sparse_tensor', value: 'tensor' } },
    12: {
      attributes: { value_float: 'float', value_floats: 'floats', value_int: 'int', value_ints: 'ints', value_string: 'string', value_strings: 'strings' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const constantOfShape = defineOp('ConstantOfShape', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T1', outputs: 'output:T2', types: { T1: 'int64', T2: 'ints uints floats bool' }, attributes: { value: 'tensor' } },
    20: { types: { T2: 'ints uints floats fp8 bfloat16 bool' } },
    21: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool' } },
    23: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1' } },
    24: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0' } },
    25: { types: { T2: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0' } },
  },
});

export const shape = defineOp('Shape', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'shape:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    15: { attributes: { end: 'int', start: 'int=0' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const size = defineOp('Size', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'size:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const range = defineOp('Range', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'start:T limit:T delta:T', outputs: 'output:T', types: { T: 'float32 float64 int16 int32 int64' } },
    27: { types: { T: 'floats bfloat16 int16 int32 int64' }, attributes: { stash_type: 'int=1' } },
  },
});

export const eyeLike = defineOp('EyeLike', {
  doc: 'TODO',
  versions: {
    9: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats bool', T2: 'ints uints floats bool' },
      attributes: { dtype: 'int', k: 'int=0' },
    },
    22: { types: { T1: 'ints uints floats bfloat16 bool', T2: 'ints uints floats bfloat16 bool' } },
  },
});

export const oneHot = defineOp('OneHot', {
  doc: 'TODO',
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
});

export const nonZero = defineOp('NonZero', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'X:T', outputs: 'Y:Int64', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const topK = defineOp('TopK', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Values:T Indices:I', types: { T: 'floats', I: 'int64' }, attributes: { axis: 'int=-1', k: 'int!' } },
    10: { inputs: 'X:T K:Int64', types: { Int64: 'int64' }, without: ['k'] },
    11: { types: { T: 'ints uints floats' }, attributes: { largest: 'int=1', sorted: 'int=1' } },
    24: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const unique = defineOp('Unique', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'X:T',
      outputs: 'Y:T indices?:Int64 inverse_indices?:Int64 counts?:Int64',
      types: { T: 'ints uints floats complex bool string', Int64: 'int64' },
      attributes: { axis: 'int', sorted: 'int=1' },
    },
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});
