import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferFunction } from '../define.ts';
import { broadcastShapes, normalizeAxis, same } from '../infer.ts';
import { mayEqual, requireInt, requirePerTensor, requireRank, shapeText } from './checks.ts';

// Output 0 has the shape the tensors at `operands` broadcast to; the inputs at `single` are one value each.
const broadcastOf = (operands: readonly number[], single: readonly number[]): InferFunction => (c) => {
  requirePerTensor(c, ...single);
  let shape: readonly Dim[] | undefined = [];
  for (const i of operands) shape = broadcastShapes(c, shape, c.shape(i));
  return [{ shape }];
};

const sameOf = (...single: readonly number[]): InferFunction => (c) => {
  requirePerTensor(c, ...single);
  return same(c);
};

export const qLinearAdd = defineOp('QLinearAdd', {
  doc: 'C = saturate(rint((A - A_zero_point) * A_scale / C_scale + (B - B_zero_point) * B_scale / C_scale + C_zero_point)).',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T A_scale:Float A_zero_point?:T B:T B_scale:Float B_zero_point?:T C_scale:Float C_zero_point?:T',
      outputs: 'C:T',
      types: { T: 'int8 uint8', Float: 'float32' },
    },
  },
  infer: broadcastOf([0, 3], [1, 2, 4, 5, 6, 7]),
});

export const qLinearMul = defineOp('QLinearMul', {
  doc: 'C = saturate(rint((A - A_zero_point) * (B - B_zero_point) * (A_scale * B_scale / C_scale) + C_zero_point)).',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T A_scale:Float A_zero_point?:T B:T B_scale:Float B_zero_point?:T C_scale:Float C_zero_point?:T',
      outputs: 'C:T',
      types: { T: 'int8 uint8', Float: 'float32' },
    },
  },
  infer: broadcastOf([0, 3], [1, 2, 4, 5, 6, 7]),
});

export const qLinearSigmoid = defineOp('QLinearSigmoid', {
  doc: 'Y = quantize(1 / (1 + exp(-dequantize(X)))).',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T X_scale:Float X_zero_point?:T Y_scale:Float Y_zero_point?:T', outputs: 'Y:T', types: { T: 'int8 uint8', Float: 'float32' } },
  },
  infer: sameOf(1, 2, 3, 4),
});

export const qLinearLeakyRelu = defineOp('QLinearLeakyRelu', {
  doc: 'Y = quantize(x >= 0 ? x : alpha * x) for x = dequantize(X).',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T X_scale:Float X_zero_point?:T Y_scale:Float Y_zero_point?:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { alpha: 'float=0.01' },
    },
  },
  infer: sameOf(1, 2, 3, 4),
});

export const qLinearSoftmax = defineOp('QLinearSoftmax', {
  doc: 'Y = quantize(softmax(dequantize(X))) along axis; with opset below 13 the axis and all later ones form one row.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T X_scale:Float x_zero_point?:T y_scale:Float y_zero_point:T',
      outputs: 'Y:T',
      types: { T: 'int8 uint8', Float: 'float32' },
      attributes: { axis: 'int=-1', opset: 'int!' },
    },
  },
  infer: (c) => {
    requirePerTensor(c, 1, 2, 3, 4);
    requireInt(c, 'opset', 1, 2 ** 31 - 1);
    const x = c.shape(0);
    if (x !== undefined) normalizeAxis(c, c.attrs.int('axis'), x.length);
    return [{ shape: x }];
  },
});

export const qLinearConcat = defineOp('QLinearConcat', {
  doc: 'Y = the tensors concatenated along axis, each requantized to Y_scale and Y_zero_point; inputs are triples of tensor, scale, zero point.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'Y_scale:TF Y_zero_point:T8 inputs**:TV',
      outputs: 'Y:T8',
      types: { T8: 'int8 uint8', TF: 'float32', TV: 'float32 int8 uint8' },
      attributes: { axis: 'int!' },
    },
  },
  infer: (c) => {
    requirePerTensor(c, 0, 1);
    if (c.inputCount < 5 || (c.inputCount - 2) % 3 !== 0) c.fail('inputs come as triples of tensor, scale and zero point', '2 + 3n inputs', String(c.inputCount));
    const dims: Dim[][] = [];
    for (let i = 2; i < c.inputCount; i += 3) {
      requirePerTensor(c, i + 1, i + 2);
      const shape = c.shape(i);
      if (shape === undefined) return [{ dtype: c.dtype(1) }];
      if (dims.length > 0) requireRank(c, i, dims[0].length);
      dims.push([...shape]);
    }
    const axis = normalizeAxis(c, c.attrs.int('axis'), dims[0].length);
    const shape = dims[0].map((_, at) => {
      const along = dims.map((d) => d[at]);
      if (at === axis) return along.every((d) => typeof d === 'number') ? (along as number[]).reduce((a, b) => a + b, 0) : undefined;
      const known = along.find((d) => typeof d === 'number') ?? along[0];
      if (!along.every((d) => mayEqual(d, known))) c.fail('tensors may differ along the axis only', shapeText(dims[0]), dims.map(shapeText).join(', '));
      return known;
    });
    return [{ dtype: c.dtype(1), shape }];
  },
});

export const qLinearWhere = defineOp('QLinearWhere', {
  doc: 'Z = X where condition else Y, each requantized to z_scale and z_zero_point.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'condition:B X:T x_scale:TF x_zero_point:T Y:T y_scale:TF y_zero_point:T z_scale:TF z_zero_point:T',
      outputs: 'Z:T',
      types: { B: 'bool', TF: 'float32', T: 'int8 uint8' },
    },
  },
  infer: broadcastOf([0, 1, 4], [2, 3, 5, 6, 7, 8]),
});

export const mulInteger = defineOp('MulInteger', {
  doc: 'C = (A - A_zero_point) * (B - B_zero_point) in int32, broadcast.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T A_zero_point?:T B:T B_zero_point?:T', outputs: 'C:T1', types: { T: 'int8 uint8', T1: 'int32' } },
  },
  infer: broadcastOf([0, 2], [1, 3]),
});
