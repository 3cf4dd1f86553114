import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const transpose = defineOp('Transpose', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data:T', outputs: 'transposed:T', types: { T: 'ints uints floats complex bool string' }, attributes: { perm: 'ints' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const concat = defineOp('Concat', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'inputs*:T', outputs: 'concat_result:T', types: { T: 'floats' }, attributes: { axis: 'int' } },
    4: { types: { T: 'ints uints floats complex bool string' }, attributes: { axis: 'int!' } },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const split = defineOp('Split', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T split?:T', outputs: 'outputs...*:T', types: { T: 'floats' }, attributes: { axis: 'int', split: 'ints' } },
    2: { inputs: 'input:T', outputs: 'outputs*:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axis: 'int=0' } },
    11: {},
    13: { inputs: 'input:T split?:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['split'] },
    18: { attributes: { num_outputs: 'int' } },
  },
});

export const slice = defineOp('Slice', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string' },
      attributes: { axes: 'ints', ends: 'ints!', starts: 'ints!' },
    },
    10: { inputs: 'data:T starts:Tind ends:Tind axes?:Tind steps?:Tind', types: { Tind: 'int32 int64' }, without: ['axes', 'ends', 'starts'] },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const pad = defineOp('Pad', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'output:T',
      types: { T: 'floats' },
      attributes: { mode: 'string=constant', paddings: 'ints!', value: 'float=0' },
    },
    2: { attributes: { pads: 'ints!' }, without: ['paddings'] },
    11: { inputs: 'data:T pads:Int64 constant_value?:T', types: { T: 'ints uints floats', Int64: 'int64' }, without: ['pads', 'value'] },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    18: { inputs: 'data:T pads:Int64 constant_value?:T axes?:Tind', types: { Tind: 'int32 int64' } },
    19: {},
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
});

export const expand = defineOp('Expand', {
  doc: 'TODO',
  versions: {
    8: { inputs: 'input:T shape:Int64', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const tile = defineOp('Tile', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T tiles:T axis:T', outputs: 'output:T', types: { T: 'floats' } },
    6: { inputs: 'input:T repeats:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const gather = defineOp('Gather', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'data:T indices:Tind',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const gatherElements = defineOp('GatherElements', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'data:T indices:Tind',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const gatherND = defineOp('GatherND', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'data:T indices:Int64', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    12: { attributes: { batch_dims: 'int=0' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const scatter = defineOp('Scatter', {
  doc: 'TODO',
  versions: {
    9: {
      inputs: 'data:T indices:Tind updates:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    11: { deprecated: true },
  },
  infer: same,
});

export const scatterElements = defineOp('ScatterElements', {
  doc: 'TODO',
  versions: {
    11: {
      inputs: 'data:T indices:Tind updates:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', Tind: 'int32 int64' },
      attributes: { axis: 'int=0' },
    },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    16: { attributes: { reduction: 'string=none' } },
    18: {},
  },
  infer: same,
});

export const scatterND = defineOp('ScatterND', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'data:T indices:Int64 updates:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    16: { attributes: { reduction: 'string=none' } },
    18: {},
  },
  infer: same,
});

export const tensorScatter = defineOp('TensorScatter', {
  doc: 'TODO',
  versions: {
    24: {
      inputs: 'past_cache:T update:T write_indices?:Int64',
      outputs: 'present_cache:T',
      types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string', Int64: 'int64' },
      attributes: { axis: 'int=-2', mode: 'string=linear' },
    },
  },
  infer: same,
});

export const compress = defineOp('Compress', {
  doc: 'TODO',
  versions: {
    9: {
      inputs: 'input:T condition:T1',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', T1: 'bool' },
      attributes: { axis: 'int' },
    },
    11: {},
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
});

export const reverseSequence = defineOp('ReverseSequence', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'input:T sequence_lens:Int64',
      outputs: 'Y:T',
      types: { T: 'ints uints floats complex bool string', Int64: 'int64' },
      attributes: { batch_axis: 'int=1', time_axis: 'int=0' },
    },
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: same,
});

export const depthToSpace = defineOp('DepthToSpace', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' }, attributes: { blocksize: 'int!' } },
    11: { attributes: { mode: 'string=DCR' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    28: {},
  },
});

export const spaceToDepth = defineOp('SpaceToDepth', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' }, attributes: { blocksize: 'int!' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    28: { attributes: { mode: 'string=DCR' } },
  },
});

export const trilu = defineOp('Trilu', {
  doc: 'TODO',
  versions: {
    14: {
      inputs: 'input:T k?:Int64',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' },
      attributes: { upper: 'int=1' },
    },
  },
  infer: same,
});

export const centerCropPad = defineOp('CenterCropPad', {
  doc: 'TODO',
  versions: {
    18: {
      inputs: 'input_data:T shape:Tind',
      outputs: 'output_data:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Tind: 'int32 int64' },
      attributes: { axes: 'ints' },
    },
  },
});

export const msTrilu = defineOp('Trilu', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T k?:Int64', outputs: 'Y:T', types: { T: 'ints uints floats bfloat16 bool', Int64: 'int64' }, attributes: { upper: 'int=1' } },
  },
  infer: same,
});
