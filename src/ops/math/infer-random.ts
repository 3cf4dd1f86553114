/** Shapes and types of random operators. */
import { dtypeFromOnnx, type DType } from '../../tensor/index.ts';
import type { InferContext, InferFunction } from '../define.ts';
import { show } from '../infer.ts';

/** The element type a `dtype` attribute names. Refuses numbers that stand for no type. */
export function dtypeAttribute(c: InferContext, name = 'dtype'): DType {
  return dtypeFromOnnx(c.attrs.int(name)) ?? c.fail(`${name} names no element type`, 'a TensorProto.DataType', String(c.attrs.int(name)));
}

/** Shape and type by attribute. */
export const filledShape: InferFunction = (c) => {
  const shape = c.attrs.ints('shape');
  if (shape.some((d) => d < 0)) c.fail('a dimension is negative', 'non-negative dimensions', `[${shape.map(show)}]`);
  return [{ shape, dtype: output(c, dtypeAttribute(c)) }];
};

/** Shape of the input; its type too, unless the attribute names another one. */
export const likeShape: InferFunction = (c) => {
  const dtype = c.attrs.has('dtype') ? dtypeAttribute(c) : c.dtype(0);
  return [{ shape: c.shape(0), dtype: dtype && output(c, dtype) }];
};

/** [batch, classes] -> [batch, samples] */
export const multinomialShape: InferFunction = (c) => {
  const shape = c.shape(0);
  if (shape !== undefined && shape.length !== 2) c.fail('logits must be a matrix', '[batch, classes]', `[${shape.map(show)}]`);
  if (c.attrs.int('sample_size') < 0) c.fail('sample_size is negative', 'at least 0', String(c.attrs.int('sample_size')));
  return [{ shape: [shape?.[0], c.attrs.int('sample_size')], dtype: output(c, dtypeAttribute(c)) }];
};

/** Data and mask have one shape. */
export const dropoutShape: InferFunction = (c) => [{ shape: c.shape(0) }, { shape: c.shape(0) }];

/** A type chosen by attribute must be one that output 0 may have. */
export function output(c: InferContext, dtype: DType): DType {
  const set = c.version.types.get(c.version.outputs[0].type)!;
  return set.tensors.has(dtype) ? dtype : c.fail('the operator does not make this element type', set.text, dtype);
}
