import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { broadcastShapes } from '../infer.ts';
import { productShape } from '../math/infer-matmul.ts';
import { isPerTensor, mayEqual, nameOf, requirePerTensor, requireRank, requireSameShape, requireShape, requireVector, shapeText } from './checks.ts';

const last = (shape: readonly Dim[] | undefined, fromEnd = 1): Dim => shape?.[shape.length - fromEnd];

// Parameters of the rows of `a` ([M] or [batch..., M, 1]) or of the columns of `b` ([N] or [batch..., 1, N]), or one value.
function requireLines(c: InferContext, parameter: number, operand: number, lines: 'rows' | 'columns'): void {
  const shape = c.shape(parameter), of = c.shape(operand);
  if (shape === undefined || of === undefined || isPerTensor(shape) || shape.every((d) => d === 1)) return;
  const count = lines === 'rows' ? (of.length > 1 ? last(of, 2) : 1) : of.length > 1 ? last(of) : 1;
  if (shape.length === 1 && mayEqual(shape[0], count)) return;
  const full = [...of.slice(0, -2), ...(lines === 'rows' ? [count, 1] : [1, count])];
  if (shape.length === full.length && shape.every((d, i) => mayEqual(d, full[i]))) return;
  c.fail(`${nameOf(c, parameter)} must be one value, or one for each of the ${lines}`, `[], ${shapeText([count])} or ${shapeText(full)}`, shapeText(shape));
}

// Rows have the parameters `a`, columns the parameters `b`: positions of the inputs, with scale before zero point.
const inferProduct = (a: number, b: number, aParameters: readonly number[], bParameters: readonly number[]): InferFunction => (c) => {
  for (const i of aParameters) requireLines(c, i, a, 'rows');
  for (const i of bParameters) requireLines(c, i, b, 'columns');
  return [productShape(c, c.shape(a), c.shape(b))];
};

export const qLinearMatMul = defineOp('QLinearMatMul', {
  doc: 'y = saturate(rint(sum over k of (a - a_zero_point) * (b - b_zero_point) * (a_scale * b_scale) / y_scale) + y_zero_point).',
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
  infer: (c) => {
    requirePerTensor(c, 6, 7);
    return inferProduct(0, 3, [1, 2], [4, 5])(c);
  },
});

export const matMulInteger = defineOp('MatMulInteger', {
  doc: 'Y = the int32 sum over k of (A[m, k] - a_zero_point[m]) * (B[k, n] - b_zero_point[n]).',
  versions: {
    10: { inputs: 'A:T1 B:T2 a_zero_point?:T1 b_zero_point?:T2', outputs: 'Y:T3', types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'int32' } },
  },
  infer: inferProduct(0, 1, [2], [3]),
});

export const qGemm = defineOp('QGemm', {
  doc: "Y = saturate(rint((C + (A' - a_zero_point) * (B' - b_zero_point)) * alpha * a_scale * b_scale / y_scale) + y_zero_point), or float32 without y_scale.",
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:TA a_scale:T a_zero_point:TA B:TB b_scale:T b_zero_point:TB C?:TC y_scale?:T y_zero_point?:TYZ',
      outputs: 'Y:TY',
      types: { T: 'float32', TA: 'int8 uint8', TB: 'int8 uint8', TC: 'int32', TYZ: 'int8 uint8', TY: 'float32 int8 uint8' },
      attributes: { alpha: 'float=1', transA: 'int=0', transB: 'int=0' },
    },
  },
  infer: (c) => {
    requirePerTensor(c, 1, 2, 7, 8);
    requireRank(c, 0, 2);
    requireRank(c, 3, 2);
    requireSameShape(c, 4, 5);
    const a = c.shape(0), b = c.shape(3);
    const [m, k] = c.attrs.int('transA') === 0 ? [a?.[0], a?.[1]] : [a?.[1], a?.[0]];
    const [depth, n] = c.attrs.int('transB') === 0 ? [b?.[0], b?.[1]] : [b?.[1], b?.[0]];
    if (!mayEqual(k, depth)) c.fail('the inner dimensions of A and B differ', String(k), String(depth));
    requireVector(c, 4, n, 'column of B');
    const bias = c.shape(6);
    if (bias !== undefined && (bias.length > 2 || broadcastShapes(c, bias, [m, n])?.some((d, i) => !mayEqual(d, [m, n][i])))) {
      c.fail('C must broadcast to [M, N]', shapeText([m, n]), shapeText(bias));
    }
    return [{ dtype: c.input(7) === undefined ? 'float32' : c.dtype(0), shape: [m, n] }];
  },
});

export const dynamicQuantizeMatMul = defineOp('DynamicQuantizeMatMul', {
  doc: 'Y = (A quantized dynamically to uint8, less its zero point) * (B - b_zero_point), scaled back to float, plus bias.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T1 B:T2 b_scale:T1 b_zero_point?:T2 bias?:T1', outputs: 'Y:T1', types: { T1: 'float32', T2: 'int8 uint8' } },
  },
  infer: (c) => {
    const b = c.shape(1);
    if (b !== undefined) requireShape(c, 4, [last(b)]);
    return inferProduct(0, 1, [], [2, 3])(c);
  },
});

export const matMulIntegerToFloat = defineOp('MatMulIntegerToFloat', {
  doc: 'Y = (A - a_zero_point) * (B - b_zero_point) * (a_scale * b_scale) + bias, in float.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 a_scale:T3 b_scale:T3 a_zero_point?:T1 b_zero_point?:T2 bias?:T3',
      outputs: 'Y:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'float16 float32' },
    },
  },
  infer: (c) => {
    const b = c.shape(1);
    if (b !== undefined) requireShape(c, 6, [last(b)]);
    return inferProduct(0, 1, [2, 4], [3, 5])(c);
  },
});

export const matMulInteger16 = defineOp('MatMulInteger16', {
  doc: 'Y = the 32-bit sum over k of A[m, k] * B[k, n], for 16-bit integers.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T1 B:T2', outputs: 'Y:T3', types: { T1: 'int16 uint16', T2: 'int16 uint16', T3: 'int32 uint32' } },
  },
  infer: (c) => {
    const unsigned = c.dtype(0) === 'uint16' && c.dtype(1) === 'uint16';
    return [{ ...productShape(c, c.shape(0), c.shape(1)), dtype: unsigned ? 'uint32' : 'int32' }];
  },
});
