import { defineOp } from '../define.ts';

export const maxPool = defineOp('MaxPool', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { auto_pad: 'string=NOTSET', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
    8: { outputs: 'Y:T Indices?:I', types: { I: 'int64' }, attributes: { storage_order: 'int=0' } },
    10: { attributes: { ceil_mode: 'int=0', dilations: 'ints' } },
    11: {},
    12: { types: { T: 'floats int8 uint8' } },
    22: { types: { T: 'floats bfloat16 int8 uint8' } },
  },
});

export const averagePool = defineOp('AveragePool', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { auto_pad: 'string=NOTSET', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
    7: { attributes: { count_include_pad: 'int=0' } },
    10: { attributes: { ceil_mode: 'int=0' } },
    11: {},
    19: { attributes: { dilations: 'ints' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const lpPool = defineOp('LpPool', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { auto_pad: 'string=NOTSET', kernel_shape: 'ints', p: 'float=2', pads: 'ints', strides: 'ints' },
    },
    2: { attributes: { kernel_shape: 'ints!', p: 'int=2' } },
    11: {},
    18: { attributes: { ceil_mode: 'int=0', dilations: 'ints' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalAveragePool = defineOp('GlobalAveragePool', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalMaxPool = defineOp('GlobalMaxPool', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalLpPool = defineOp('GlobalLpPool', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { p: 'float=2' } },
    2: { attributes: { p: 'int=2' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const maxUnpool = defineOp('MaxUnpool', {
  doc: 'TODO',
  versions: {
    9: {
      inputs: 'X:T1 I:T2 output_shape?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats', T2: 'int64' },
      attributes: { kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
    11: {},
    22: { types: { T1: 'floats bfloat16' } },
  },
});

export const maxRoiPool = defineOp('MaxRoiPool', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T rois:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { pooled_shape: 'ints!', spatial_scale: 'float=1' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const roiAlign = defineOp('RoiAlign', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'X:T1 rois:T1 batch_indices:T2',
      outputs: 'Y:T1',
      types: { T1: 'floats', T2: 'int64' },
      attributes: { mode: 'string=avg', output_height: 'int=1', output_width: 'int=1', sampling_ratio: 'int=0', spatial_scale: 'float=1' },
    },
    16: { attributes: { coordinate_transformation_mode: 'string=half_pixel' } },
    22: { types: { T1: 'floats bfloat16' } },
  },
});

export const nhwcMaxPool = defineOp('NhwcMaxPool', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T',
      outputs: 'y:T',
      types: { T: 'int8 uint8' },
      attributes: { auto_pad: 'string=NOTSET', ceil_mode: 'int=0', dilations: 'ints', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
  },
});
