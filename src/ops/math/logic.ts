import { defineOp } from '../define.ts';
import { broadcast, same } from '../infer.ts';

export const andOp = defineOp('And', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
  },
  infer: broadcast,
});

export const orOp = defineOp('Or', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
  },
  infer: broadcast,
});

export const xorOp = defineOp('Xor', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
  },
  infer: broadcast,
});

export const notOp = defineOp('Not', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'bool' } },
  },
  infer: same,
});

export const equal = defineOp('Equal', {
  doc: 'TODO',
  commutative: true,
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'bool int32 int64', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
    11: { types: { T: 'ints uints floats bool' } },
    13: { types: { T: 'ints uints floats bfloat16 bool' } },
    19: { types: { T: 'ints uints floats bfloat16 bool string' } },
  },
  infer: broadcast,
});

export const greater = defineOp('Greater', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'floats', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
    9: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const greaterOrEqual = defineOp('GreaterOrEqual', {
  doc: 'TODO',
  versions: {
    12: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'ints uints floats', T1: 'bool' } },
    16: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const less = defineOp('Less', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'floats', T1: 'bool' }, attributes: { axis: 'int', broadcast: 'int=0' } },
    7: { without: ['axis', 'broadcast'] },
    9: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const lessOrEqual = defineOp('LessOrEqual', {
  doc: 'TODO',
  versions: {
    12: { inputs: 'A:T B:T', outputs: 'C:T1', types: { T: 'ints uints floats', T1: 'bool' } },
    16: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: broadcast,
});

export const bitwiseAnd = defineOp('BitwiseAnd', {
  doc: 'TODO',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseOr = defineOp('BitwiseOr', {
  doc: 'TODO',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseXor = defineOp('BitwiseXor', {
  doc: 'TODO',
  commutative: true,
  versions: {
    18: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const bitwiseNot = defineOp('BitwiseNot', {
  doc: 'TODO',
  versions: {
    18: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'ints uints' } },
  },
  infer: same,
});

export const bitShift = defineOp('BitShift', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'X:T Y:T', outputs: 'Z:T', types: { T: 'uints' }, attributes: { direction: 'string!' } },
    28: { types: { T: 'ints uints' } },
  },
  infer: broadcast,
});

export const where = defineOp('Where', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'condition:B X:T Y:T', outputs: 'output:T', types: { B: 'bool', T: 'ints uints floats complex bool string' } },
    16: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: broadcast,
});
