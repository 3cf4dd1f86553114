import { defineOp, type InferContext, type Inferred } from '../define.ts';
import { flattenDims, refuseIn, reshapeDims, squeezeDims, unsqueezeDims } from '../shape/geometry.ts';

/** Ranks beyond this are not believed from the length of an unknown shape vector. */
const MAX_RANK = 64;

/** A view keeps the elements, so shape-like content passes through. */
const viewAs = (c: InferContext, shape: Inferred['shape']): Inferred[] => [{ shape, value: c.ints(0) }];

/** Axes of Squeeze and Unsqueeze: an attribute before opset 13, then an input; undefined when not known yet. */
function axesOf(c: InferContext): readonly number[] | undefined | 'unknown' {
  if (c.version.since < 13) return c.attrs.has('axes') ? c.attrs.ints('axes') : undefined;
  if (c.input(1) === undefined && c.inputCount < 2) return undefined;
  const axes = c.ints(1);
  return axes?.every((a) => typeof a === 'number') ? (axes as number[]) : 'unknown';
}

export const reshape = defineOp('Reshape', {
  doc: 'The same elements under another shape: 0 copies a dimension (unless allowzero), one -1 takes what is left.',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'reshaped:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints', shape: 'ints' } },
    5: { inputs: 'data:T shape:Int64', types: { T: 'ints uints floats complex bool string', Int64: 'int64' }, without: ['consumed_inputs', 'shape'] },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    14: { attributes: { allowzero: 'int=0' } },
    19: { types: { T: 'ints uints floats complex fp8 bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    const target = c.version.since < 5 ? (c.attrs.has('shape') ? c.attrs.ints('shape') : []) : c.ints(1);
    const allowZero = c.version.since >= 14 && c.attrs.int('allowzero') !== 0;
    if (target === undefined) {
      const rank = c.shape(1)?.[0]; // [rank] of an unknown target still tells the rank
      return viewAs(c, typeof rank === 'number' && rank <= MAX_RANK ? new Array<undefined>(rank).fill(undefined) : undefined);
    }
    if (dims !== undefined) return viewAs(c, reshapeDims(dims, target, allowZero, refuseIn(c)));
    return viewAs(c, target.map((d) => (d === -1 || (d === 0 && !allowZero) ? undefined : d)));
  },
});

export const squeeze = defineOp('Squeeze', {
  doc: 'Removes the given axes of length 1, or all of them.',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'squeezed:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axes: 'ints' } },
    11: {},
    13: { inputs: 'data:T axes?:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['axes'] },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    const axes = axesOf(c);
    return viewAs(c, dims === undefined || axes === 'unknown' ? undefined : squeezeDims(dims, axes, refuseIn(c)));
  },
});

export const unsqueeze = defineOp('Unsqueeze', {
  doc: 'Inserts axes of length 1, counted in the result.',
  view: true,
  versions: {
    1: { inputs: 'data:T', outputs: 'expanded:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axes: 'ints!' } },
    11: {},
    13: { inputs: 'data:T axes:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['axes'] },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    const axes = axesOf(c);
    return viewAs(c, dims === undefined || axes === 'unknown' || axes === undefined ? undefined : unsqueezeDims(dims, axes, refuseIn(c)));
  },
});

export const flatten = defineOp('Flatten', {
  doc: 'A matrix [d_0 * ... * d_(axis-1), d_axis * ... * d_(n-1)] of the same elements.',
  view: true,
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    9: { types: { T: 'ints uints floats complex bool string' } },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    return viewAs(c, dims === undefined ? [undefined, undefined] : flattenDims(dims, c.attrs.int('axis'), refuseIn(c)));
  },
});

export const identity = defineOp('Identity', {
  doc: 'y = x, for tensors, sequences and optionals.',
  view: true,
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    14: {
      inputs: 'input:V',
      outputs: 'output:V',
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bool string)' },
    },
    16: {
      types: { V: 'ints uints floats complex bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    19: {
      types: { V: 'ints uints floats complex fp8 bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    21: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    23: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    24: {
      types: { V: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
    25: {
      types: { V: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string seq(ints uints floats complex bool string) optional(ints uints floats complex bool string seq(ints uints floats complex bool string))' },
    },
  },
  infer: (c) => [{ type: c.input(0), value: c.ints(0) }],
});

export const expandDims = defineOp('ExpandDims', {
  doc: 'Inserts one axis of length 1 at a position given as a tensor.',
  domain: 'com.microsoft',
  view: true,
  versions: {
    1: { inputs: 'X:T axis:Int32', outputs: 'Y:T', types: { T: 'ints uints floats complex bool string', Int32: 'int32' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    const axis = c.ints(1)?.[0];
    return viewAs(c, dims === undefined || typeof axis !== 'number' ? undefined : unsqueezeDims(dims, [axis], refuseIn(c)));
  },
});
