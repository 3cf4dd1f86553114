import { defineOp } from '../define.ts';
import { broadcast } from '../infer.ts';

export const add = defineOp('Add', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' } },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'] },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const sub = defineOp('Sub', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' } },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'] },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const mul = defineOp('Mul', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' } },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'] },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const div = defineOp('Div', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' } },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'] },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const pow = defineOp('Pow', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
    12: { inputs: 'X:T Y:T1', types: { T: 'floats int32 int64', T1: 'ints uints floats' } },
    13: { types: { T: 'floats bfloat16 int32 int64' } },
    15: { types: { T1: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const mod = defineOp('Mod', {
  doc: 'TODO',
  versions: {
    10: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints floats' }, attributes: { fmod: 'int=0' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
    28: {},
  },
  infer: broadcast,
});

export const max = defineOp('Max', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'max:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    8: {},
    12: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const min = defineOp('Min', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'min:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    8: {},
    12: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const sum = defineOp('Sum', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'sum:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    8: {},
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: broadcast,
});

export const mean = defineOp('Mean', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'mean:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    8: {},
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: broadcast,
});
