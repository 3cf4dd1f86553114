import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const abs = defineOp('Abs', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { types: { T: 'ints uints floats' }, without: ['consumed_inputs'] },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: same,
});

export const neg = defineOp('Neg', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { types: { T: 'ints floats' }, without: ['consumed_inputs'] },
    13: { types: { T: 'ints floats bfloat16' } },
  },
  infer: same,
});

export const ceil = defineOp('Ceil', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const floor = defineOp('Floor', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const round = defineOp('Round', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sign = defineOp('Sign', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: same,
});

export const reciprocal = defineOp('Reciprocal', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sqrt = defineOp('Sqrt', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const exp = defineOp('Exp', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const log = defineOp('Log', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const erf = defineOp('Erf', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats' } },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sin = defineOp('Sin', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const cos = defineOp('Cos', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const tan = defineOp('Tan', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const asin = defineOp('Asin', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const acos = defineOp('Acos', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const atan = defineOp('Atan', {
  doc: 'TODO',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sinh = defineOp('Sinh', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const cosh = defineOp('Cosh', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const tanh = defineOp('Tanh', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const asinh = defineOp('Asinh', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const acosh = defineOp('Acosh', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const atanh = defineOp('Atanh', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const isNaN = defineOp('IsNaN', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'X:T1', outputs: 'Y:T2', types: { T1: 'floats', T2: 'bool' } },
    13: { types: { T1: 'floats bfloat16' } },
    20: { types: { T1: 'floats fp8 bfloat16' } },
  },
  infer: same,
});

export const isInf = defineOp('IsInf', {
  doc: 'TODO',
  versions: {
    10: {
      inputs: 'X:T1',
      outputs: 'Y:T2',
      types: { T1: 'float32 float64', T2: 'bool' },
      attributes: { detect_negative: 'int=1', detect_positive: 'int=1' },
    },
    20: { types: { T1: 'floats fp8 bfloat16' } },
  },
  infer: same,
});

export const det = defineOp('Det', {
  doc: 'TODO',
  versions: {
    11: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});
