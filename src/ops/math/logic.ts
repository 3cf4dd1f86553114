import { defineOp } from '../define.ts';
import { broadcast, same } from '../infer.ts';
import { equality, legacyBroadcast, selection } from './infer.ts';

export const andOp = defineOp('And', {
  doc: 'c = a and b.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
  },
});

export const orOp = defineOp('Or', {
  doc: 'c = a or b.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
  },
});

export const xorOp = defineOp('Xor', {
  doc: 'c = a differs from b.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
  },
});

export const notOp = defineOp('Not', {
  doc: 'y = not x.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'bool' } },
  },
  infer: same,
});

export const equal = defineOp('Equal', {
  doc: 'c = a equals b; NaN equals nothing.',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool int32 int64', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: equality },
    11: { types: { T: 'ints uints floats bool' } },
    13: { types: { T: 'ints uints floats bfloat16 bool' } },
    19: { types: { T: 'ints uints floats bfloat16 bool string' } },
  },
});

export const greater = defineOp('Greater', {
  doc: 'c = a > b.',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'floats', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
    9: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const greaterOrEqual = defineOp('GreaterOrEqual', {
  doc: 'c = a >= b.',
  versions: {
    12: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'ints uints floats', T1: 'bool' } },
    16: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const less = defineOp('Less', {
  doc: 'c = a < b.',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'floats', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' }, infer: legacyBroadcast },
    7: { without: ['axis', 'broadcast'], infer: broadcast },
    9: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
});

export const lessOrEqual = defineOp('LessOrEqual', {
  doc: 'c = a <= b.',
  versions: {
    12: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'ints uints floats', T1: 'bool' } },
    16: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const bitwiseAnd = defineOp('BitwiseAnd', {
  doc: 'c = the bits set in a and in b.',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseOr = defineOp('BitwiseOr', {
  doc: 'c = the bits set in a or in b.',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseXor = defineOp('BitwiseXor', {
  doc: 'c = the bits in which a and b differ.',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseNot = defineOp('BitwiseNot', {
  doc: 'y = x with every bit flipped.',
  versions: {
    18: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'ints uints' } },
  },
  infer: same,
});

export const bitShift = defineOp('BitShift', {
  doc: 'z = x shifted by y bits to the left or right; a shift by the width or more leaves no bit of x.',
  versions: {
    11: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'uints' }, attributes: { direction: 'string!' } },
    28: { types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const where = defineOp('Where', {
  doc: 'output = x where the condition holds, y elsewhere.',
  versions: {
    9: { inputs: 'condition:B X:T Y:T', outputs: 'output:T', types: { B: 'bool', T: 'ints uints floats complex bool string' } },
    16: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: selection,
});
