import { defineOp } from '../define.ts';

export const resize = defineOp('Resize', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'X:T scales:Float',
      outputs: 'Y:T',
      types: { T: 'ints uints floats complex bool string', Float: 'float32' },
      attributes: { mode: 'string=nearest' },
    },
    11: {
      inputs: 'X:T1 roi:T2 scales:Float sizes?:Int64',
      outputs: 'Y:T1',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats', Int64: 'int64' },
      attributes: { coordinate_transformation_mode: 'string=half_pixel', cubic_coeff_a: 'float=-0.75', exclude_outside: 'int=0', extrapolation_value: 'float=0', nearest_mode: 'string=round_prefer_floor' },
    },
    13: { inputs: 'X:T1 roi?:T2 scales?:Float sizes?:Int64', types: { T1: 'ints uints floats complex bfloat16 bool string' } },
    18: { attributes: { antialias: 'int=0', axes: 'ints', keep_aspect_ratio_policy: 'string=stretch' } },
    19: {},
  },
});

export const upsample = defineOp('Upsample', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats bool int32 int64' },
      attributes: { height_scale: 'float!', mode: 'string=nearest', width_scale: 'float!' },
    },
    7: { types: { T: 'ints uints floats complex bool string' }, attributes: { scales: 'floats!' }, without: ['height_scale', 'width_scale'] },
    9: { inputs: 'X:T scales:Float', types: { Float: 'float32' }, without: ['scales'] },
    10: { deprecated: true },
  },
});

export const gridSample = defineOp('GridSample', {
  doc: 'TODO',
  versions: {
    16: {
      inputs: 'X:T1 grid:T2',
      outputs: 'Y:T1',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { align_corners: 'int=0', mode: 'string=bilinear', padding_mode: 'string=zeros' },
    },
    20: { attributes: { mode: 'string=linear' } },
    22: { types: { T1: 'ints uints floats complex bfloat16 bool string', T2: 'floats bfloat16' } },
  },
});

export const affineGrid = defineOp('AffineGrid', {
  doc: 'TODO',
  versions: {
    20: { inputs: 'theta:T1 size:T2', outputs: 'grid:T1', types: { T1: 'floats bfloat16', T2: 'int64' }, attributes: { align_corners: 'int=0' } },
  },
});
