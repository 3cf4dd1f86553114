import { defineOp } from '../define.ts';

export const qLinearMatMul = defineOp('QLinearMatMul', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'a:T1 a_scale:Float a_zero_point:T1 b:T2 b_scale:Float b_zero_point:T2 y_scale:Float y_zero_point:T3',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int8 uint8', Float: 'float32' },
    },
    21: {
      inputs: 'a:T1 a_scale:TS a_zero_point:T1 b:T2 b_scale:TS b_zero_point:T2 y_scale:TS y_zero_point:T3',
      types: { TS: 'bfloat16 float16 float32', T1: 'fp8 int8 uint8', T2: 'fp8 int8 uint8', T3: 'fp8 int8 uint8' },
    },
  },
});

export const matMulInteger = defineOp('MatMulInteger', {
  doc: 'TODO',
  versions: {
    10: { inputs: 'A:T1 B:T2 a_zero_point?:T1 b_zero_point?:T2', outputs: 'Y:T3', types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int32' } },
  },
});

export const qGemm = defineOp('QGemm', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:TA a_scale:T a_zero_point:TA B:TB b_scale:T b_zero_point:TB C?:TC y_scale?:T y_zero_point?:TYZ',
      outputs: 'Y:TY',
      types: { T: 'float32', TA: 'int8 uint8', TB: 'int8 uint8', TC: 'int32', TYZ: 'int8 uint8', TY: 'float32 int8 uint8' },
      attributes: { alpha: 'float=1', transA: 'int=0', transB: 'int=0' },
    },
  },
});

export const dynamicQuantizeMatMul = defineOp('DynamicQuantizeMatMul', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T1 B:T2 b_scale:T1 b_zero_point?:T2 bias?:T1', outputs: 'Y:T1', types: { T1: 'float32', T2: 'int8 uint8' } },
  },
});

export const matMulIntegerToFloat = defineOp('MatMulIntegerToFloat', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 a_scale:T3 b_scale:T3 a_zero_point?:T1 b_zero_point?:T2 bias?:T3',
      outputs: 'Y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'float16 float32' },
    },
  },
});

export const matMulInteger16 = defineOp('MatMulInteger16', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T1 B:T2', outputs: 'Y:T3', types: { T1: 'int16 uint16', T2: 'int16 uint16', T3: 'int32 uint32' } },
  },
});
