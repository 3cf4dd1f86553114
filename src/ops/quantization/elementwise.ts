import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const qLinearAdd = defineOp('QLinearAdd', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T A_scale:Float A_zero_point?:T B:T B_scale:Float B_zero_point?:T C_scale:Float C_zero_point?:T',
      outputs: 'C:T',
      types: { T: 'int8 uint8', Float: 'float32' },
    },
  },
});

export const qLinearMul = defineOp('QLinearMul', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T A_scale:Float A_zero_point?:T B:T B_scale:Float B_zero_point?:T C_scale:Float C_zero_point?:T',
      outputs: 'C:T',
      types: { T: 'int8 uint8', Float: 'float32' },
    },
  },
});

export const qLinearSigmoid = defineOp('QLinearSigmoid', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T X_scale:Float X_zero_point?:T Y_scale:Float Y_zero_point?:T', outputs: 'Y:T', types: { T: 'int8 uint8', Float: 'float32' } },
  },
  infer: same,
});

export const qLinearLeakyRelu = defineOp('QLinearLeakyRelu', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T X_scale:Float X_zero_point?:T Y_scale:Float Y_zero_point?:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { alpha: 'float=0.01' },
    },
  },
  infer: same,
});

export const qLinearSoftmax = defineOp('QLinearSoftmax', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T X_scale:Float x_zero_point?:T y_scale:Float y_zero_point:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { axis: 'int=-1', opset: 'int!' },
    },
  },
  infer: same,
});

export const qLinearConcat = defineOp('QLinearConcat', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'Y_scale:TF Y_zero_point:T8 inputs**:TV',
      outputs: 'Y:T8',
      types: { T8: 'int8 uint8', TF: 'float32', TV: 'float32 int8 uint8' },
      attributes: { axis: 'int!' },
    },
  },
});

export const qLinearWhere = defineOp('QLinearWhere', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'condition:B X:T x_scale:TF x_zero_point:T Y:T y_scale:TF y_zero_point:T z_scale:TF z_zero_point:T',
      outputs: 'Z:T',
      types: { B: 'bool', TF: 'float32', T: 'int8 uint8' },
    },
  },
});

export const mulInteger = defineOp('MulInteger', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T A_zero_point?:T B:T B_zero_point?:T', outputs: 'C:T1', types: { T: 'int8 uint8', T1: 'int32' } },
  },
});
