import { inferConv } from '../conv/infer.ts';
import { defineOp, type InferFunction } from '../define.ts';
import { requirePerTensor, requireSameShape, requireShape, requireVector } from './checks.ts';

const qLinearShape = inferConv({ x: 0, w: 3, channelsLast: (c) => c.attrs.has('channels_last') && c.attrs.int('channels_last') !== 0 });

const inferQLinearConv: InferFunction = (c) => {
  requirePerTensor(c, 1, 2, 6, 7);
  requireSameShape(c, 4, 5);
  const m = c.shape(3)?.[0];
  requireVector(c, 4, m, 'output channel');
  requireShape(c, 8, [m]);
  return qLinearShape(c);
};

const integerShape = inferConv();

const inferConvInteger: InferFunction = (c) => {
  requirePerTensor(c, 2);
  requireVector(c, 3, c.shape(1)?.[0], 'output channel');
  return integerShape(c);
};

export const qLinearConv = defineOp('QLinearConv', {
  doc: 'y = saturate(rint((conv(x - x_zero_point, w - w_zero_point) + B) * (x_scale * w_scale) / y_scale) + y_zero_point), the sums in int32.',
  versions: {
    10: {
      inputs: 'x:T1 x_scale:Float x_zero_point:T1 w:T2 w_scale:Float w_zero_point:T2 y_scale:Float y_zero_point:T3 B?:T4',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int8 uint8', T4: 'int32', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
  infer: inferQLinearConv,
});

export const convInteger = defineOp('ConvInteger', {
  doc: 'y = conv(x - x_zero_point, w - w_zero_point) in int32; the padding of x holds x_zero_point.',
  versions: {
    10: {
      inputs: 'x:T1 w:T2 x_zero_point?:T1 w_zero_point?:T2',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int32' },
      attributes: { auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
  infer: inferConvInteger,
});

export const msQLinearConv = defineOp('QLinearConv', {
  doc: 'QLinearConv that may also take and give channels last: x [N, spatial..., C], y [N, out..., M].',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 x_scale:Float x_zero_point:T1 w:T2 w_scale:Float w_zero_point:T2 y_scale:Float y_zero_point:T3 B?:T4',
      outputs: 'y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int8 uint8', T4: 'int32', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', channels_last: 'int=0', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
  infer: inferQLinearConv,
});
