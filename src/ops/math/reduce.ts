import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import { argReduction, reduction } from './infer.ts';

export const reduceSum = defineOp('ReduceSum', {
  doc: 'reduced = the sum over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: {
      inputs: 'data:T axes?:Int64',
      types: { T: 'floats bfloat16 int32 int64 uint32 uint64', Int64: 'int64' },
      attributes: { noop_with_empty_axes: 'int=0' },
      without: ['axes'],
    },
  },
  infer: reduction((values) => values.reduce((a, b) => a + b, 0)),
});

export const reduceMean = defineOp('ReduceMean', {
  doc: 'reduced = the mean over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
  infer: reduction(),
});

export const reduceMax = defineOp('ReduceMax', {
  doc: 'reduced = the largest element over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    12: { types: { T: 'floats int32 int64 int8 uint32 uint64 uint8' } },
    13: { types: { T: 'floats bfloat16 int32 int64 int8 uint32 uint64 uint8' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    20: { types: { T: 'floats bfloat16 bool int32 int64 int8 uint32 uint64 uint8' } },
  },
  infer: reduction((values) => Math.max(...values)),
});

export const reduceMin = defineOp('ReduceMin', {
  doc: 'reduced = the smallest element over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    12: { types: { T: 'floats int32 int64 int8 uint32 uint64 uint8' } },
    13: { types: { T: 'floats bfloat16 int32 int64 int8 uint32 uint64 uint8' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    20: { types: { T: 'floats bfloat16 bool int32 int64 int8 uint32 uint64 uint8' } },
  },
  infer: reduction((values) => Math.min(...values)),
});

export const reduceProd = defineOp('ReduceProd', {
  doc: 'reduced = the product over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
  infer: reduction((values) => values.reduce((a, b) => a * b, 1)),
});

export const reduceL1 = defineOp('ReduceL1', {
  doc: 'reduced = the sum of |x| over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
  infer: reduction(),
});

export const reduceL2 = defineOp('ReduceL2', {
  doc: 'reduced = the square root of the sum of x^2 over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
  infer: reduction(),
});

export const reduceLogSum = defineOp('ReduceLogSum', {
  doc: 'reduced = ln of the sum over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    28: { types: { T: 'floats bfloat16' } },
  },
  infer: reduction(),
});

export const reduceLogSumExp = defineOp('ReduceLogSumExp', {
  doc: 'reduced = ln of the sum of e^x over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    28: { types: { T: 'floats bfloat16' } },
  },
  infer: reduction(),
});

export const reduceSumSquare = defineOp('ReduceSumSquare', {
  doc: 'reduced = the sum of x^2 over the axes.',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
  infer: reduction(),
});

export const argMax = defineOp('ArgMax', {
  doc: 'reduced = the index of the largest element along the axis, the first one unless select_last_index.',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'reduced:Int64',
      types: { T: 'ints uints floats', Int64: 'int64' },
      attributes: { axis: 'int=0', keepdims: 'int=1' },
    },
    11: {},
    12: { attributes: { select_last_index: 'int=0' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: argReduction,
});

export const argMin = defineOp('ArgMin', {
  doc: 'reduced = the index of the smallest element along the axis, the first one unless select_last_index.',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'reduced:Int64',
      types: { T: 'ints uints floats', Int64: 'int64' },
      attributes: { axis: 'int=0', keepdims: 'int=1' },
    },
    11: {},
    12: { attributes: { select_last_index: 'int=0' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: argReduction,
});

export const cumSum = defineOp('CumSum', {
  doc: 'y[i] = x[0] + ... + x[i] along the axis; exclusive leaves out x[i], reverse starts at the end.',
  versions: {
    11: {
      inputs: 'x:T axis:T2',
      outputs: 'y:T',
      types: { T: 'float32 float64 int32 int64 uint32 uint64', T2: 'int32 int64' },
      attributes: { exclusive: 'int=0', reverse: 'int=0' },
    },
    14: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
  },
  infer: same,
});

export const cumProd = defineOp('CumProd', {
  doc: 'y[i] = x[0] * ... * x[i] along the axis; exclusive leaves out x[i], reverse starts at the end.',
  versions: {
    26: {
      inputs: 'x:T axis:T2',
      outputs: 'y:T',
      types: { T: 'floats bfloat16 int32 int64 uint32 uint64', T2: 'int32 int64' },
      attributes: { exclusive: 'int=0', reverse: 'int=0' },
    },
  },
  infer: same,
});
