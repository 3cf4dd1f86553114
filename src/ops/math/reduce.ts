import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const reduceSum = defineOp('ReduceSum', {
  doc: 'TODO',
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
});

export const reduceMean = defineOp('ReduceMean', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
});

export const reduceMax = defineOp('ReduceMax', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    12: { types: { T: 'floats int32 int64 int8 uint32 uint64 uint8' } },
    13: { types: { T: 'floats bfloat16 int32 int64 int8 uint32 uint64 uint8' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    20: { types: { T: 'floats bfloat16 bool int32 int64 int8 uint32 uint64 uint8' } },
  },
});

export const reduceMin = defineOp('ReduceMin', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    12: { types: { T: 'floats int32 int64 int8 uint32 uint64 uint8' } },
    13: { types: { T: 'floats bfloat16 int32 int64 int8 uint32 uint64 uint8' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    20: { types: { T: 'floats bfloat16 bool int32 int64 int8 uint32 uint64 uint8' } },
  },
});

export const reduceProd = defineOp('ReduceProd', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
});

export const reduceL1 = defineOp('ReduceL1', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
});

export const reduceL2 = defineOp('ReduceL2', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
});

export const reduceLogSum = defineOp('ReduceLogSum', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    28: { types: { T: 'floats bfloat16' } },
  },
});

export const reduceLogSumExp = defineOp('ReduceLogSumExp', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
    28: { types: { T: 'floats bfloat16' } },
  },
});

export const reduceSumSquare = defineOp('ReduceSumSquare', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'reduced:T', types: { T: 'floats int32 int64 uint32 uint64' }, attributes: { axes: 'ints', keepdims: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    18: { inputs: 'data:T axes?:Int64', types: { Int64: 'int64' }, attributes: { noop_with_empty_axes: 'int=0' }, without: ['axes'] },
  },
});

export const argMax = defineOp('ArgMax', {
  doc: 'TODO',
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
});

export const argMin = defineOp('ArgMin', {
  doc: 'TODO',
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
});

export const cumSum = defineOp('CumSum', {
  doc: 'TODO',
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
  doc: 'TODO',
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
