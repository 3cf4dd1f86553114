import { defineOp } from '../define.ts';

export const qLinearAveragePool = defineOp('QLinearAveragePool', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T x_scale:Float x_zero_point?:T y_scale:Float y_zero_point?:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', ceil_mode: 'int=0', channels_last: 'int=0', count_include_pad: 'int=0', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
  },
});

export const qLinearGlobalAveragePool = defineOp('QLinearGlobalAveragePool', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T x_scale:Float x_zero_point:T y_scale:Float y_zero_point:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { channels_last: 'int=0' },
    },
  },
});

export const qLinearReduceMean = defineOp('QLinearReduceMean', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'data:T data_scale:Float data_zero_point?:T reduced_scale:Float reduced_zero_point?:T',
      outputs: 'reduced:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { axes: 'ints!', keepdims: 'int!' },
    },
  },
});

export const reduceSumInteger = defineOp('ReduceSumInteger', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'data:T1', outputs: 'reduced:T2', types: { T1: 'int8 uint8', T2: 'int32 uint32' }, attributes: { axes: 'ints!', keepdims: 'int!' } },
  },
});
