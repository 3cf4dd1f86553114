import { defineOp } from '../define.ts';

export const conv = defineOp('Conv', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T W:T B?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
    11: {},
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const convTranspose = defineOp('ConvTranspose', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T W:T B?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', output_padding: 'ints', output_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
    11: {},
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const deformConv = defineOp('DeformConv', {
  doc: 'TODO',
  versions: {
    19: {
      inputs: 'X:T W:T offset:T B?:T mask?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { dilations: 'ints', group: 'int=1', kernel_shape: 'ints', offset_group: 'int=1', pads: 'ints', strides: 'ints' },
    },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const col2Im = defineOp('Col2Im', {
  doc: 'TODO',
  versions: {
    18: {
      inputs: 'input:T image_shape:Int64 block_shape:Int64',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' },
      attributes: { dilations: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});

export const fusedConv = defineOp('FusedConv', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T W:T B?:T Z?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { activation: 'string', activation_params: 'floats', auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});

export const nhwcFusedConv = defineOp('NhwcFusedConv', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T W:T B?:T Z?:T',
      outputs: 'Y:T',
      types: { T: 'float16 float32' },
      attributes: { activation: 'string', activation_params: 'floats', auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});
