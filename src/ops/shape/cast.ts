import { dtypeInfo, type DType } from '../../tensor/index.ts';
import { defineOp, type InferContext, type Inferred } from '../define.ts';
import { castTarget } from './forms.ts';

// Shape-like integers stay known through casts between integer types.
const converted = (c: InferContext, dtype: DType | undefined): Inferred[] => [{
  dtype, shape: c.shape(0), value: dtype === 'int64' || dtype === 'int32' ? c.ints(0) : undefined,
}];

export const cast = defineOp('Cast', {
  doc: 'The same values in another element type: floats to integers truncate, narrowing rounds half to even.',
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
  infer: (c) => converted(c, castTarget(c.version, c.attrs)),
});

export const castLike = defineOp('CastLike', {
  doc: 'Cast to the element type of the second input.',
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
  infer: (c) => converted(c, c.dtype(1)),
});

export const bitCast = defineOp('BitCast', {
  doc: 'The same bits read as another element type of equal width.',
  versions: {
    26: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0', T2: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0' },
      attributes: { to: 'int!' },
    },
  },
  infer: (c) => {
    const from = c.dtype(0);
    const to = castTarget(c.version, c.attrs);
    if (from !== undefined && dtypeInfo(from).bits !== dtypeInfo(to).bits) {
      c.fail('the element types differ in width', `${dtypeInfo(from).bits} bits, as ${from}`, `${dtypeInfo(to).bits} bits for ${to}`);
    }
    return [{ dtype: to, shape: c.shape(0) }];
  },
});
