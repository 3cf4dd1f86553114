import type { Dim } from '../../tensor/index.ts';
import { defineOp } from '../define.ts';
import { intsOf, MAX_CONTENT, product } from './dims.ts';
import { dtypeAttribute } from './forms.ts';
import { shapeRange } from './geometry.ts';

export const constantOfShape = defineOp('ConstantOfShape', {
  doc: 'A tensor of the given shape with one value everywhere (float 0 by default).',
  versions: {
    9: { inputs: 'input:T1', outputs: 'output:T2', types: { T1: 'int64', T2: 'ints uints floats bool' }, attributes: { value: 'tensor' } },
    20: { types: { T2: 'ints uints floats fp8 bfloat16 bool' } },
    21: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool' } },
    23: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1' } },
    24: { types: { T2: 'ints uints floats fp8 int4s bfloat16 bool float4e2m1 float8e8m0' } },
    25: { types: { T2: 'ints uints floats fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0' } },
  },
  infer: (c) => {
    const value = c.attrs.has('value') ? c.attrs.tensor('value') : undefined;
    const rank = c.shape(0)?.[0];
    const shape = c.ints(0) ?? (typeof rank === 'number' && rank <= 64 ? new Array<undefined>(rank).fill(undefined) : undefined);
    const size = shape === undefined ? undefined : product(shape);
    const content = value === undefined ? undefined : intsOf(value);
    return [{
      dtype: value?.type ?? 'float32', shape,
      value: content?.length === 1 && typeof size === 'number' && size <= MAX_CONTENT ? new Array<Dim>(size).fill(content[0]) : undefined,
    }];
  },
});

export const shape = defineOp('Shape', {
  doc: 'The dimensions [d_start, ..., d_(end-1)] of the input.',
  versions: {
    1: { inputs: 'data:T', outputs: 'shape:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    15: { attributes: { end: 'int', start: 'int=0' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [{ shape: [undefined] }];
    const start = c.version.since < 15 ? 0 : c.attrs.int('start');
    const end = c.version.since < 15 || !c.attrs.has('end') ? undefined : c.attrs.int('end');
    const value = dims.slice(...shapeRange(dims.length, start, end));
    return [{ shape: [value.length], value }];
  },
});

export const size = defineOp('Size', {
  doc: 'The number of elements of the input.',
  versions: {
    1: { inputs: 'data:T', outputs: 'size:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    return [{ shape: [], value: dims === undefined ? undefined : [product(dims)] }];
  },
});

export const range = defineOp('Range', {
  doc: 'start, start + delta, start + 2 delta, ... up to and excluding limit.',
  versions: {
    11: { inputs: 'start:T limit:T delta:T', outputs: 'output:T', types: { T: 'float32 float64 int16 int32 int64' } },
    27: { types: { T: 'floats bfloat16 int16 int32 int64' }, attributes: { stash_type: 'int=1' } },
  },
  infer: (c) => {
    const [start, limit, delta] = [c.ints(0)?.[0], c.ints(1)?.[0], c.ints(2)?.[0]];
    if (typeof start !== 'number' || typeof delta !== 'number') return [{ shape: [undefined] }];
    if (delta === 0) c.fail('delta is 0', 'a step that is not 0', '0');
    // A range 0, 1, ..., n - 1 has n elements, whatever n is called.
    if (typeof limit !== 'number') return [{ shape: [start === 0 && delta === 1 ? limit : undefined] }];
    const length = Math.max(0, Math.ceil((limit - start) / delta));
    return [{ shape: [length], value: length <= MAX_CONTENT ? Array.from({ length }, (_, i) => start + i * delta) : undefined }];
  },
});

export const eyeLike = defineOp('EyeLike', {
  doc: 'A matrix of the input\'s shape with ones on diagonal k and zeros elsewhere.',
  versions: {
    9: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats bool', T2: 'ints uints floats bool' },
      attributes: { dtype: 'int', k: 'int=0' },
    },
    22: { types: { T1: 'ints uints floats bfloat16 bool', T2: 'ints uints floats bfloat16 bool' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims !== undefined && dims.length !== 2) c.fail('the input is not a matrix', 'rank 2', `rank ${dims.length}`);
    return [{ dtype: c.attrs.has('dtype') ? dtypeAttribute(c.attrs.int('dtype'), 'dtype') : c.dtype(0), shape: dims }];
  },
});
