import { inferGlobalPool, inferPool } from '../conv/infer.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { normalizeAxis } from '../infer.ts';
import { requirePerTensor } from './checks.ts';

const channelsLast = (c: InferContext): boolean => c.attrs.int('channels_last') !== 0;

const perTensor = (infer: InferFunction): InferFunction => (c) => {
  requirePerTensor(c, 1, 2, 3, 4);
  return infer(c);
};

// `axes` are reduced to 1, or dropped without keepdims; an empty list means all of them.
const reduce: InferFunction = (c) => {
  const shape = c.shape(0);
  if (shape === undefined) return [{}];
  const given = c.attrs.ints('axes').map((axis) => normalizeAxis(c, axis, shape.length));
  const isReduced = (axis: number) => given.length === 0 || given.includes(axis);
  return [{ shape: c.attrs.int('keepdims') !== 0 ? shape.map((d, i) => (isReduced(i) ? 1 : d)) : shape.filter((_, i) => !isReduced(i)) }];
};

export const qLinearAveragePool = defineOp('QLinearAveragePool', {
  doc: 'Y = quantize(mean of the window of dequantized X), padding counted when count_include_pad is 1.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T x_scale:Float x_zero_point?:T y_scale:Float y_zero_point?:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { auto_pad: 'string=NOTSET', ceil_mode: 'int=0', channels_last: 'int=0', count_include_pad: 'int=0', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
  },
  infer: perTensor(inferPool(channelsLast)),
});

export const qLinearGlobalAveragePool = defineOp('QLinearGlobalAveragePool', {
  doc: 'Y = saturate(rint(sum(X - x_zero_point) * (x_scale / (y_scale * count))) + y_zero_point) over each channel.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T x_scale:Float x_zero_point:T y_scale:Float y_zero_point:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { channels_last: 'int=0' },
    },
  },
  infer: perTensor(inferGlobalPool(channelsLast)),
});

export const qLinearReduceMean = defineOp('QLinearReduceMean', {
  doc: 'reduced = saturate(rint(sum(data - data_zero_point) * (data_scale / (reduced_scale * count))) + reduced_zero_point) over axes.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'data:T data_scale:Float data_zero_point?:T reduced_scale:Float reduced_zero_point?:T',
      outputs: 'reduced:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { axes: 'ints!', keepdims: 'int!' },
    },
  },
  infer: perTensor(reduce),
});

export const reduceSumInteger = defineOp('ReduceSumInteger', {
  doc: 'reduced = the 32-bit sum of data over axes: int32 for int8, uint32 for uint8.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'data:T1', outputs: 'reduced:T2', types: { T1: 'int8 uint8', T2: 'int32 uint32' }, attributes: { axes: 'ints!', keepdims: 'int!' } },
  },
  infer: (c) => {
    const dtype = c.dtype(0) === undefined ? undefined : c.dtype(0) === 'int8' ? 'int32' : 'uint32';
    return [{ ...reduce(c)[0], dtype }];
  },
});
