import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const cast = defineOp('Cast', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats bool', T2: 'ints uints floats bool' },
      attributes: { to: 'string!' },
    },
    6: { attributes: { to: 'int!' } },
    9: { types: { T1: 'ints uints floats bool string', T2: 'ints uints floats bool string' } },
    13: { types: { T1: 'ints uints floats bfloat16 bool string', T2: 'ints uints floats bfloat16 bool string' } },
    19: {
      types: { T1: 'ints uints floats fp8 bfloat16 bool string', T2: 'ints uints floats fp8 bfloat16 bool string' },
      attributes: { saturate: 'int=1' },
    },
    21: { types: { T1: 'ints uints floats fp8 int4s bfloat16 bool string', T2: 'ints uints floats fp8 int4s bfloat16 bool string' } },
    23: {
      types: { T1: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 string', T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 string' },
    },
    24: {
      types: { T1: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string', T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' },
      attributes: { round_mode: 'string=up' },
    },
    25: {
      types: { T1: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string', T2: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' },
    },
    28: {
      types: { T1: 'ints uints floats fp8 fp6 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string', T2: 'ints uints floats fp8 fp6 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' },
    },
  },
  infer: same,
});

export const castLike = defineOp('CastLike', {
  doc: 'TODO',
  versions: {
    15: {
      inputs: 'input:T1 target_type:T2',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats bfloat16 bool string', T2: 'ints uints floats bfloat16 bool string' },
    },
    19: {
      types: { T1: 'ints uints floats fp8 bfloat16 bool string', T2: 'ints uints floats fp8 bfloat16 bool string' },
      attributes: { saturate: 'int=1' },
    },
    21: { types: { T1: 'ints uints floats fp8 int4s bfloat16 bool string', T2: 'ints uints floats fp8 int4s bfloat16 bool string' } },
    23: {
      types: { T1: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 string', T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 string' },
    },
    24: {
      types: { T1: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string', T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' },
      attributes: { round_mode: 'string=up' },
    },
    25: {
      types: { T1: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string', T2: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' },
    },
  },
  infer: same,
});

export const bitCast = defineOp('BitCast', {
  doc: 'TODO',
  versions: {
    26: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0', T2: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0' },
      attributes: { to: 'int!' },
    },
  },
});
