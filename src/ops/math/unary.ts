import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import { detShape } from './infer.ts';

export const abs = defineOp('Abs', {
  doc: 'y = |x|; the smallest signed integer stays itself.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { types: { T: 'ints uints floats' }, without: ['consumed_inputs'] },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: same,
});

export const neg = defineOp('Neg', {
  doc: 'y = -x; integers wrap.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { types: { T: 'ints floats' }, without: ['consumed_inputs'] },
    13: { types: { T: 'ints floats bfloat16' } },
  },
  infer: same,
});

export const ceil = defineOp('Ceil', {
  doc: 'y = the smallest integer not below x.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const floor = defineOp('Floor', {
  doc: 'y = the largest integer not above x.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const round = defineOp('Round', {
  doc: 'y = x rounded to the nearest integer, halves to the even one.',
  versions: {
    11: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sign = defineOp('Sign', {
  doc: 'y = 1, 0 or -1 as x is positive, zero or negative.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: same,
});

export const reciprocal = defineOp('Reciprocal', {
  doc: 'y = 1 / x.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sqrt = defineOp('Sqrt', {
  doc: 'y = x ^ 0.5; NaN below zero.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const exp = defineOp('Exp', {
  doc: 'y = e ^ x.',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const log = defineOp('Log', {
  doc: 'y = ln(x).',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const erf = defineOp('Erf', {
  doc: 'y = 2 / sqrt(pi) * integral of exp(-t^2) for t from 0 to x.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats' } },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sin = defineOp('Sin', {
  doc: 'y = sin(x), x in radians.',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const cos = defineOp('Cos', {
  doc: 'y = cos(x), x in radians.',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const tan = defineOp('Tan', {
  doc: 'y = tan(x), x in radians.',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const asin = defineOp('Asin', {
  doc: 'y = arcsin(x), in radians; NaN outside [-1, 1].',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const acos = defineOp('Acos', {
  doc: 'y = arccos(x), in radians; NaN outside [-1, 1].',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const atan = defineOp('Atan', {
  doc: 'y = arctan(x), in radians.',
  versions: {
    7: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sinh = defineOp('Sinh', {
  doc: 'y = (e^x - e^-x) / 2.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const cosh = defineOp('Cosh', {
  doc: 'y = (e^x + e^-x) / 2.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const tanh = defineOp('Tanh', {
  doc: 'y = (e^x - e^-x) / (e^x + e^-x).',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const asinh = defineOp('Asinh', {
  doc: 'y = the number whose hyperbolic sine is x.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const acosh = defineOp('Acosh', {
  doc: 'y = the non-negative number whose hyperbolic cosine is x.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const atanh = defineOp('Atanh', {
  doc: 'y = the number whose hyperbolic tangent is x.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const isNaN = defineOp('IsNaN', {
  doc: 'y = true where x is not a number.',
  versions: {
    9: { inputs: 'X:T1', outputs: 'Y:T2', types: { T1: 'floats', T2: 'bool' } },
    13: { types: { T1: 'floats bfloat16' } },
    20: { types: { T1: 'floats fp8 bfloat16' } },
  },
  infer: same,
});

export const isInf = defineOp('IsInf', {
  doc: 'y = true where x is infinite, of a sign that is asked for.',
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
  doc: 'y = the determinant of each matrix in the last two axes.',
  versions: {
    11: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: detShape,
});
