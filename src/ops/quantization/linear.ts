import { defineOp } from '../define.ts';

export const quantizeLinear = defineOp('QuantizeLinear', {
  doc: 'TODO',
  versions: {
    10: { inputs: 'x:T1 y_scale:Float y_zero_point?:T2', outputs: 'y:T2', types: { T1: 'float32 int32', T2: 'int8 uint8', Float: 'float32' } },
    13: { attributes: { axis: 'int=1' } },
    19: {
      inputs: 'x:T1 y_scale:T1 y_zero_point?:T2',
      types: { T1: 'bfloat16 float16 float32 int32', T2: 'fp8 int8 uint8' },
      attributes: { saturate: 'int=1' },
    },
    21: { types: { T2: 'fp8 int4s int16 int8 uint16 uint8' }, attributes: { block_size: 'int=0', output_dtype: 'int=0' } },
    23: {
      inputs: 'x:T1 y_scale:T2 y_zero_point?:T3',
      outputs: 'y:T3',
      types: { T2: 'bfloat16 float16 float32 int32', T3: 'fp8 int4s float4e2m1 int16 int8 uint16 uint8' },
      attributes: { precision: 'int=0' },
    },
    24: { types: { T2: 'bfloat16 float16 float32 float8e8m0 int32' } },
    25: { types: { T3: 'fp8 int4s int2s float4e2m1 int16 int8 uint16 uint8' } },
    28: { types: { T3: 'fp8 fp6 int4s int2s float4e2m1 int16 int8 uint16 uint8' } },
  },
});

export const dequantizeLinear = defineOp('DequantizeLinear', {
  doc: 'TODO',
  versions: {
    10: { inputs: 'x:T x_scale:Float x_zero_point?:T', outputs: 'y:Float', types: { T: 'int32 int8 uint8', Float: 'float32' } },
    13: { attributes: { axis: 'int=1' } },
    19: { inputs: 'x:T1 x_scale:T2 x_zero_point?:T1', outputs: 'y:T2', types: { T1: 'fp8 int32 int8 uint8', T2: 'bfloat16 float16 float32' } },
    21: { types: { T1: 'fp8 int4s int16 int32 int8 uint16 uint8' }, attributes: { block_size: 'int=0' } },
    23: {
      outputs: 'y:T3',
      types: { T1: 'fp8 int4s float4e2m1 int16 int32 int8 uint16 uint8', T3: 'bfloat16 float16 float32' },
      attributes: { output_dtype: 'int=0' },
    },
    24: { types: { T2: 'bfloat16 float16 float32 float8e8m0' } },
    25: { types: { T1: 'fp8 int4s int2s float4e2m1 int16 int32 int8 uint16 uint8' } },
    28: { types: { T1: 'fp8 fp6 int4s int2s float4e2m1 int16 int32 int8 uint16 uint8' } },
  },
});

export const dynamicQuantizeLinear = defineOp('DynamicQuantizeLinear', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'x:T1', outputs: 'y:T2 y_scale:Float y_zero_point:T2', types: { T1: 'float32', T2: 'uint8', Float: 'float32' } },
  },
});

export const msQuantizeLinear = defineOp('QuantizeLinear', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 y_scale:T1 y_zero_point?:T2',
      outputs: 'y:T2',
      types: { T1: 'float16 float32', T2: 'int4s int16 int8 uint16 uint8' },
      attributes: { axis: 'int' },
    },
  },
});

export const msDequantizeLinear = defineOp('DequantizeLinear', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 x_scale:T2 x_zero_point?:T1',
      outputs: 'y:T2',
      types: { T1: 'int4s int16 int32 int8 uint16 uint8', T2: 'float16 float32' },
      attributes: { axis: 'int' },
    },
  },
});
