import { fail } from '../../errors.ts';
import { dtypeFromOnnx, type DType } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { normalizeAxis, same } from '../infer.ts';
import { isPerTensor, mayEqual, refuseAttribute, requireInt, requireSameShape, shapeText } from './checks.ts';

// Scale and zero point: one value, a vector along `axis`, or one value for each block of `block_size` along `axis`.
function checkParameters(c: InferContext): void {
  requireSameShape(c, 1, 2);
  const x = c.shape(0), scale = c.shape(1);
  const block = c.attrs.has('block_size') ? requireInt(c, 'block_size', 0, 2 ** 31 - 1) : 0;
  if (x === undefined || scale === undefined || isPerTensor(scale)) return;
  const axis = normalizeAxis(c, c.attrs.has('axis') ? c.attrs.int('axis') : 1, x.length);
  if (block === 0) {
    if (scale.length !== 1 || !mayEqual(scale[0], x[axis])) {
      c.fail('scale must be one value, or a vector along the axis', `[] or ${shapeText([x[axis]])}`, shapeText(scale));
    }
    return;
  }
  const blocks = x.map((d, i) => (i !== axis ? d : typeof d === 'number' ? Math.ceil(d / block) : undefined));
  if (scale.length !== x.length || !scale.every((d, i) => mayEqual(d, blocks[i]))) {
    c.fail(`scale must have one value for each block of ${block} along axis ${axis}`, shapeText(blocks), shapeText(scale));
  }
}

/** The element type an attribute names, or undefined for 0. Refuses types the formal `variable` does not allow. */
function typeAttribute(c: InferContext, name: string, allowed: ReadonlySet<DType> | undefined): DType | undefined {
  const code = c.attrs.has(name) ? c.attrs.int(name) : 0;
  if (code === 0) return undefined;
  const dtype = dtypeFromOnnx(code);
  if (dtype === undefined || !(allowed?.has(dtype) ?? true)) {
    refuseAttribute(name, `0 or the number of one of ${[...(allowed ?? [])].join(', ')}`, dtype ?? String(code));
  }
  return dtype;
}

const outputTypes = (c: InferContext) => c.version.types.get(c.version.outputs[0].type)?.tensors;
const PRECISIONS: ReadonlySet<DType> = new Set(['float32', 'float16', 'bfloat16']);

// The type of y is that of the zero point; without one it is output_dtype, or uint8.
const inferQuantize: InferFunction = (c) => {
  checkParameters(c);
  typeAttribute(c, 'precision', PRECISIONS);
  const wanted = typeAttribute(c, 'output_dtype', outputTypes(c));
  const given = c.dtype(2);
  if (given !== undefined && wanted !== undefined && given !== wanted) {
    fail('E_TYPE', 'output_dtype contradicts the type of the zero point', { arg: { kind: 'attribute', name: 'output_dtype' }, expected: given, found: wanted });
  }
  return [{ dtype: given ?? wanted ?? 'uint8', shape: c.shape(0) }];
};

// The type of y is output_dtype, or that of the scale.
const inferDequantize: InferFunction = (c) => {
  checkParameters(c);
  const scale = c.dtype(1);
  const dtype = typeAttribute(c, 'output_dtype', outputTypes(c)) ?? scale;
  if (dtype === 'float8e8m0') {
    fail('E_ATTRIBUTE', 'output_dtype must be given when the scale is float8e8m0', { arg: { kind: 'attribute', name: 'output_dtype' }, expected: 'float32, float16 or bfloat16', found: 'none' });
  }
  return [{ dtype, shape: c.shape(0) }];
};

export const quantizeLinear = defineOp('QuantizeLinear', {
  doc: 'y = saturate(rint(x / y_scale) + y_zero_point), with parameters per tensor, along an axis, or per block of an axis.',
  versions: {
    10: { inputs: 'x:T1 y_scale:Float y_zero_point?:T2', outputs: 'y:T2', types: { T1: 'float32 int32', T2: 'int8 uint8', Float: 'float32' } },
    13: { attributes: { axis: 'int=1' } },
    19: {
      inputs: 'x:T1 y_scale:T1 y_zero_point?:T2',
      types: { T1: 'bfloat16 float16 float32 int32', T2: 'fp8 int8 uint8' },
      attributes: { saturate: 'int=1' },
    },
    21: { types: { T2: 'fp8 int4s int16 int8 uint16 uint8' }, attributes: { block_size: 'int=0', output_dtype: 'int=0' } },
    23: {
      inputs: 'x:T1 y_scale:T2 y_zero_point?:T3',
      outputs: 'y:T3',
      types: { T2: 'bfloat16 float16 float32 int32', T3: 'fp8 int4s float4e2m1 int16 int8 uint16 uint8' },
      attributes: { precision: 'int=0' },
    },
    24: { types: { T2: 'bfloat16 float16 float32 float8e8m0 int32' } },
    25: { types: { T3: 'fp8 int4s int2s float4e2m1 int16 int8 uint16 uint8' } },
    28: { types: { T3: 'fp8 fp6 int4s int2s float4e2m1 int16 int8 uint16 uint8' } },
  },
  infer: inferQuantize,
});

export const dequantizeLinear = defineOp('DequantizeLinear', {
  doc: 'y = (x - x_zero_point) * x_scale, with parameters per tensor, along an axis, or per block of an axis.',
  versions: {
    10: { inputs: 'x:T x_scale:Float x_zero_point?:T', outputs: 'y:Float', types: { T: 'int32 int8 uint8', Float: 'float32' } },
    13: { attributes: { axis: 'int=1' } },
    19: { inputs: 'x:T1 x_scale:T2 x_zero_point?:T1', outputs: 'y:T2', types: { T1: 'fp8 int32 int8 uint8', T2: 'bfloat16 float16 float32' } },
    21: { types: { T1: 'fp8 int4s int16 int32 int8 uint16 uint8' }, attributes: { block_size: 'int=0' } },
    23: {
      outputs: 'y:T3',
      types: { T1: 'fp8 int4s float4e2m1 int16 int32 int8 uint16 uint8', T3: 'bfloat16 float16 float32' },
      attributes: { output_dtype: 'int=0' },
    },
    24: { types: { T2: 'bfloat16 float16 float32 float8e8m0' } },
    25: { types: { T1: 'fp8 int4s int2s float4e2m1 int16 int32 int8 uint16 uint8' } },
    28: { types: { T1: 'fp8 fp6 int4s int2s float4e2m1 int16 int32 int8 uint16 uint8' } },
  },
  infer: inferDequantize,
});

export const dynamicQuantizeLinear = defineOp('DynamicQuantizeLinear', {
  doc: 'y = x quantized to uint8 over the range of x and 0: y_scale = (max - min) / 255, y_zero_point = saturate(rint(-min / y_scale)).',
  versions: {
    11: { inputs: 'x:T1', outputs: 'y:T2 y_scale:Float y_zero_point:T2', types: { T1: 'float32', T2: 'uint8', Float: 'float32' } },
  },
  infer: (c) => [...same(c), { shape: [] }, { shape: [] }],
});

export const msQuantizeLinear = defineOp('QuantizeLinear', {
  doc: 'y = saturate(rint(x / y_scale) + y_zero_point), with parameters per tensor or, when axis is given, along it.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 y_scale:T1 y_zero_point?:T2',
      outputs: 'y:T2',
      types: { T1: 'float16 float32', T2: 'int4s int16 int8 uint16 uint8' },
      attributes: { axis: 'int' },
    },
  },
  infer: inferQuantize,
});

export const msDequantizeLinear = defineOp('DequantizeLinear', {
  doc: 'y = (x - x_zero_point) * x_scale, with parameters per tensor or, when axis is given, along it.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'x:T1 x_scale:T2 x_zero_point?:T1',
      outputs: 'y:T2',
      types: { T1: 'int4s int16 int32 int8 uint16 uint8', T2: 'float16 float32' },
      attributes: { axis: 'int' },
    },
  },
  infer: inferDequantize,
});
