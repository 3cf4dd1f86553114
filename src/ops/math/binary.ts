import { defineOp } from '../define.ts';
import { broadcast } from '../infer.ts';
import { arithmetic, equalShapes, legacyBroadcast } from './infer.ts';

export const add = defineOp('Add', {
  doc: 'c = a + b; integers wrap.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' }, infer: legacyBroadcast },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'], infer: arithmetic((a, b) => a + b, { left: 0, right: 0 }) },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const sub = defineOp('Sub', {
  doc: 'c = a - b; integers wrap.',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' }, infer: legacyBroadcast },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'], infer: arithmetic((a, b) => a - b, { right: 0 }) },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const mul = defineOp('Mul', {
  doc: 'c = a * b; integers wrap.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' }, infer: legacyBroadcast },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'], infer: arithmetic((a, b) => a * b, { left: 1, right: 1 }) },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const div = defineOp('Div', {
  doc: 'c = a / b; integers truncate towards zero, and refuse a zero divisor.',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0', consumed_inputs: 'ints' }, infer: legacyBroadcast },
    6: { types: { T: 'floats int32 int64 uint32 uint64' }, without: ['consumed_inputs'] },
    7: { without: ['axis', 'broadcast'], infer: arithmetic((a, b) => (b === 0 ? NaN : Math.trunc(a / b)), { right: 1 }) },
    13: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
    14: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const pow = defineOp('Pow', {
  doc: 'z = x ^ y, in the type of x.',
  versions: {
    1: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'floats' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
    12: { inputs: 'X:T Y:T1', types: { T: 'floats int32 int64', T1: 'ints uints floats' } },
    13: { types: { T: 'floats bfloat16 int32 int64' } },
    15: { types: { T1: 'ints uints floats bfloat16' } },
  },
});

export const mod = defineOp('Mod', {
  doc: 'c = a - b * floor(a / b), of the sign of b; with fmod a - b * trunc(a / b), of the sign of a.',
  versions: {
    10: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints floats' }, attributes: { fmod: 'int=0' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
    28: {},
  },
  infer: arithmetic((a, b) => (b === 0 || a < 0 || b < 0 ? NaN : a % b)),
});

export const max = defineOp('Max', {
  doc: 'max = the largest of all inputs, element by element; NaN wins.',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'max:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' }, infer: equalShapes },
    6: { without: ['consumed_inputs'] },
    8: { infer: arithmetic(Math.max) },
    12: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const min = defineOp('Min', {
  doc: 'min = the smallest of all inputs, element by element; NaN wins.',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'min:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' }, infer: equalShapes },
    6: { without: ['consumed_inputs'] },
    8: { infer: arithmetic(Math.min) },
    12: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const sum = defineOp('Sum', {
  doc: 'sum = the sum of all inputs, element by element.',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'sum:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' }, infer: equalShapes },
    6: { without: ['consumed_inputs'] },
    8: { infer: broadcast },
    13: { types: { T: 'floats bfloat16' } },
  },
});

export const mean = defineOp('Mean', {
  doc: 'mean = the sum of all inputs divided by their number, element by element.',
  versions: {
    1: { inputs: 'data_0*:T', outputs: 'mean:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' }, infer: equalShapes },
    6: { without: ['consumed_inputs'] },
    8: { infer: broadcast },
    13: { types: { T: 'floats bfloat16' } },
  },
});
