import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const reshape = defineOp('Reshape', {
  doc: 'TODO',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'reshaped:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints', shape: 'ints' } },
    5: { inputs: 'data:T shape:Int64', types: { T: 'ints uints floats complex bool string', Int64: 'int64' }, without: ['consumed_inputs', 'shape'] },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    14: { attributes: { allowzero: 'int=0' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const squeeze = defineOp('Squeeze', {
  doc: 'TODO',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'squeezed:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axes: 'ints' } },
    11: {},
    13: { inputs: 'data:T axes?:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['axes'] },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const unsqueeze = defineOp('Unsqueeze', {
  doc: 'TODO',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'expanded:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axes: 'ints!' } },
    11: {},
    13: { inputs: 'data:T axes:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['axes'] },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const flatten = defineOp('Flatten', {
  doc: 'TODO',
  view: true,
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    9: { types: { T: 'ints uints floats complex bool string' } },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const identity = defineOp('Identity', {
  doc: 'TODO',
  view: true,
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    14: {
      inputs: 'input:V',
      outputs: 'output:V',
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bool string)' },
    },
    16: {
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    19: {
      types: { V: 'ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    21: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    23: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    24: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    25: {
      types: { V: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
  },
  infer: same,
});

export const expandDims = defineOp('ExpandDims', {
  doc: 'TODO',
  domain: 'com.microsoft',
  view: true,
  versions: {
    1: { inputs: 'X:T axis:Int32', outputs: 'Y:T', types: { T: 'ints uints floats complex bool string', Int32: 'int32' } },
  },
});
