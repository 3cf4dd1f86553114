import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const relu = defineOp('Relu', {
  doc: 'y = max(x, 0).',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
    14: { types: { T: 'ints floats bfloat16' } },
  },
  infer: same,
});

export const leakyRelu = defineOp('LeakyRelu', {
  doc: 'y = x where x >= 0, alpha * x elsewhere.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { alpha: 'float=0.01', consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    16: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const pRelu = defineOp('PRelu', {
  doc: 'y = x where x >= 0, slope * x elsewhere; slope broadcasts to x.',
  versions: {
    1: { inputs: 'X:T slope:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    7: {},
    9: { types: { T: 'floats int32 int64 uint32 uint64' } },
    16: { types: { T: 'floats bfloat16 int32 int64 uint32 uint64' } },
  },
  infer: same,
});

export const elu = defineOp('Elu', {
  doc: 'y = x where x >= 0, alpha * (e^x - 1) elsewhere.',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { alpha: 'float=1', consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const selu = defineOp('Selu', {
  doc: 'y = gamma * x where x > 0, gamma * alpha * (e^x - 1) elsewhere.',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { alpha: 'float=1.6732', consumed_inputs: 'ints', gamma: 'float=1.0507' },
    },
    6: { attributes: { alpha: 'float=1.6732632', gamma: 'float=1.050701' }, without: ['consumed_inputs'] },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const celu = defineOp('Celu', {
  doc: 'y = max(0, x) + min(0, alpha * (e^(x / alpha) - 1)).',
  versions: {
    12: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'float32' }, attributes: { alpha: 'float=1' } },
    28: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const sigmoid = defineOp('Sigmoid', {
  doc: 'y = 1 / (1 + e^-x).',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const hardSigmoid = defineOp('HardSigmoid', {
  doc: 'y = max(0, min(1, alpha * x + beta)).',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { alpha: 'float=0.2', beta: 'float=0.5', consumed_inputs: 'ints' } },
    6: { without: ['consumed_inputs'] },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const hardSwish = defineOp('HardSwish', {
  doc: 'y = x * max(0, min(1, x / 6 + 0.5)).',
  versions: {
    14: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const softplus = defineOp('Softplus', {
  doc: 'y = ln(e^x + 1).',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const softsign = defineOp('Softsign', {
  doc: 'y = x / (1 + |x|).',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const thresholdedRelu = defineOp('ThresholdedRelu', {
  doc: 'y = x where x > alpha, 0 elsewhere.',
  versions: {
    10: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { alpha: 'float=1' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const shrink = defineOp('Shrink', {
  doc: 'y = x + bias where x < -lambd, x - bias where x > lambd, 0 between.',
  versions: {
    9: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats' }, attributes: { bias: 'float=0', lambd: 'float=0.5' } },
  },
  infer: same,
});

export const mish = defineOp('Mish', {
  doc: 'y = x * tanh(ln(e^x + 1)).',
  versions: {
    18: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const swish = defineOp('Swish', {
  doc: 'y = x / (1 + e^(-alpha * x)).',
  versions: {
    24: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats bfloat16' }, attributes: { alpha: 'float=1' } },
  },
  infer: same,
});

export const gelu = defineOp('Gelu', {
  doc: 'y = x / 2 * (1 + erf(x / sqrt(2))), or its tanh approximation.',
  versions: {
    20: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats bfloat16' }, attributes: { approximate: 'string=none' } },
  },
  infer: same,
});

export const swiGLU = defineOp('SwiGLU', {
  doc: 'y = swish(a) * b, with swish(a) = a / (1 + e^(-alpha * a)).',
  versions: {
    28: { inputs: 'A:T B:T', outputs: 'Y:T', types: { T: 'floats bfloat16' }, attributes: { alpha: 'float=1' } },
  },
  infer: same,
});

export const clip = defineOp('Clip', {
  doc: "y = min(max(x, min), max); a missing bound is the type's finite extreme.",
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { consumed_inputs: 'ints', max: 'float', min: 'float' } },
    6: { attributes: { max: 'float=3.4028235e+38', min: 'float=-3.4028235e+38' }, without: ['consumed_inputs'] },
    11: { inputs: 'input:T min?:T max?:T', without: ['max', 'min'] },
    12: { types: { T: 'ints uints floats' } },
    13: { types: { T: 'ints uints floats bfloat16' } },
  },
  infer: same,
});

export const msGelu = defineOp('Gelu', {
  doc: 'y = x / 2 * (1 + erf(x / sqrt(2))).',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const biasGelu = defineOp('BiasGelu', {
  doc: 'c = gelu(a + b), the erf form, with b along the last axis.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'A:T B:T', outputs: 'C:T', types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const fastGelu = defineOp('FastGelu', {
  doc: 'y = gelu(x + bias) in the tanh approximation, the optional bias along the last axis.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T bias?:T', outputs: 'Y:T', types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const quickGelu = defineOp('QuickGelu', {
  doc: 'y = x / (1 + e^(-alpha * x)).',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats bfloat16' }, attributes: { alpha: 'float=1.702' } },
  },
  infer: same,
});
