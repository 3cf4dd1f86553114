import { defineOp } from '../define.ts';

export const qLinearConv = defineOp('QLinearConv', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'x:T1 x_scale:Float x_zero_point:T1 w:T2 w_scale:Float w_zero_point:T2 y_scale:Float y_zero_point:T3 B?:T4',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int8 uint8', T4: 'int32', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});

export const convInteger = defineOp('ConvInteger', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'x:T1 w:T2 x_zero_point?:T1 w_zero_point?:T2',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int32' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});

export const msQLinearConv = defineOp('QLinearConv', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 x_scale:Float x_zero_point:T1 w:T2 w_scale:Float w_zero_point:T2 y_scale:Float y_zero_point:T3 B?:T4',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int8 uint8', T4: 'int32', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', channels_last: 'int=0', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});
