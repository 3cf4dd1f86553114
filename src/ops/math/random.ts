import { defineOp } from '../define.ts';
import { dropoutShape, filledShape, likeShape, multinomialShape } from './infer-random.ts';

export const randomNormal = defineOp('RandomNormal', {
  doc: 'output = random numbers of a normal distribution, of the shape given.',
  deterministic: false,
  versions: {
    1: {
      inputs: '',
      outputs: 'output:T',
      types: { T: 'floats' },
      attributes: { dtype: 'int=1', mean: 'float=0', scale: 'float=1', seed: 'float', shape: 'ints!' },
    },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: filledShape,
});

export const randomUniform = defineOp('RandomUniform', {
  doc: 'output = random numbers spread evenly over [low, high), of the shape given.',
  deterministic: false,
  versions: {
    1: {
      inputs: '',
      outputs: 'output:T',
      types: { T: 'floats' },
      attributes: { dtype: 'int=1', high: 'float=1', low: 'float=0', seed: 'float', shape: 'ints!' },
    },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: filledShape,
});

export const randomNormalLike = defineOp('RandomNormalLike', {
  doc: 'output = random numbers of a normal distribution, of the shape of the input.',
  deterministic: false,
  versions: {
    1: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { dtype: 'int', mean: 'float=0', scale: 'float=1', seed: 'float' },
    },
    22: { types: { T1: 'ints uints floats complex bfloat16 bool string', T2: 'floats bfloat16' } },
  },
  infer: likeShape,
});

export const randomUniformLike = defineOp('RandomUniformLike', {
  doc: 'output = random numbers spread evenly over [low, high), of the shape of the input.',
  deterministic: false,
  versions: {
    1: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { dtype: 'int', high: 'float=1', low: 'float=0', seed: 'float' },
    },
    22: { types: { T1: 'ints uints floats complex bfloat16 bool string', T2: 'floats bfloat16' } },
  },
  infer: likeShape,
});

export const bernoulli = defineOp('Bernoulli', {
  doc: 'output = 1 with the probability the input gives, 0 otherwise.',
  deterministic: false,
  versions: {
    15: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'floats', T2: 'ints uints floats bfloat16 bool' },
      attributes: { dtype: 'int', seed: 'float' },
    },
    22: { types: { T1: 'floats bfloat16' } },
  },
  infer: likeShape,
});

export const multinomial = defineOp('Multinomial', {
  doc: 'output[b, s] = a class drawn with probability proportional to e^input[b, class].',
  deterministic: false,
  versions: {
    7: {
      inputs: 'input:T1',
      outputs: 'output:T2',
      types: { T1: 'floats', T2: 'int32 int64' },
      attributes: { dtype: 'int=6', sample_size: 'int=1', seed: 'float' },
    },
    22: { types: { T1: 'floats bfloat16' } },
  },
  infer: multinomialShape,
});

export const dropout = defineOp('Dropout', {
  doc: 'output = data * mask / (1 - ratio), the mask true with probability 1 - ratio; the data itself outside training.',
  deterministic: false,
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'output:T mask?:T',
      types: { T: 'floats' },
      attributes: { consumed_inputs: 'ints', is_test: 'int=0', ratio: 'float=0.5' },
    },
    6: { without: ['consumed_inputs'] },
    7: { without: ['is_test'] },
    10: { outputs: 'output:T mask?:T1', types: { T1: 'bool' } },
    12: {
      inputs: 'data:T ratio?:T1 training_mode?:T2',
      outputs: 'output:T mask?:T2',
      types: { T1: 'floats', T2: 'bool' },
      attributes: { seed: 'int' },
      without: ['ratio'],
    },
    13: { types: { T: 'floats bfloat16' } },
    22: { types: { T: 'floats fp8 bfloat16', T1: 'floats fp8 bfloat16' } },
  },
  infer: dropoutShape,
});
