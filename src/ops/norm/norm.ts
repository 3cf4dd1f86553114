import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import { inferBatch, inferEmbed, inferGroups, inferLayer, inferSkip } from './infer.ts';

export const batchNormalization = defineOp('BatchNormalization', {
  doc: 'y = (x - mean) / sqrt(var + epsilon) * scale + B for each channel (axis 1); in training mode mean and var come from the batch and feed the running ones.',
  infer: inferBatch,
  versions: {
    1: {
      inputs: 'X:T scale:T B:T mean:T var:T',
      outputs: 'Y:T mean?:T var?:T saved_mean?:T saved_var?:T',
      types: { T: 'floats' },
      attributes: { consumed_inputs: 'ints!', epsilon: 'float=1e-05', is_test: 'int=0', momentum: 'float=0.9', spatial: 'int=1' },
    },
    6: { without: ['consumed_inputs'] },
    7: { without: ['is_test'] },
    9: { without: ['spatial'] },
    14: {
      inputs: 'X:T scale:T B:T input_mean:U input_var:U',
      outputs: 'Y:T running_mean?:U running_var?:U',
      types: { T: 'floats bfloat16', U: 'floats bfloat16' },
      attributes: { training_mode: 'int=0' },
    },
    15: {
      inputs: 'X:T scale:T1 B:T1 input_mean:T2 input_var:T2',
      outputs: 'Y:T running_mean?:T2 running_var?:T2',
      types: { T1: 'floats bfloat16', T2: 'floats bfloat16' },
    },
  },
});

export const instanceNormalization = defineOp('InstanceNormalization', {
  doc: 'y = (x - mean) / sqrt(variance + epsilon) * scale + B, with mean and variance of each channel of each sample.',
  infer: inferGroups,
  versions: {
    1: {
      inputs: 'input:T scale:T B:T',
      outputs: 'output:T',
      types: { T: 'floats' },
      attributes: { consumed_inputs: 'ints', epsilon: 'float=1e-05' },
    },
    6: { without: ['consumed_inputs'] },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const groupNormalization = defineOp('GroupNormalization', {
  doc: 'y = (x - mean) / sqrt(variance + epsilon) * scale + bias, with mean and variance of each of num_groups groups of channels of each sample.',
  infer: inferGroups,
  versions: {
    // Deprecated in favour of 21 since its scale and bias are per group, but exporters wrote it and onnxruntime runs it.
    18: {
      inputs: 'X:T scale:T bias:T',
      outputs: 'Y:T',
      types: { T: 'floats bfloat16' },
      attributes: { epsilon: 'float=1e-05', num_groups: 'int!' },
    },
    21: { attributes: { stash_type: 'int=1' } },
  },
});

export const layerNormalization = defineOp('LayerNormalization', {
  doc: 'y = (x - mean) / sqrt(variance + epsilon) * Scale + B over the axes from `axis` on; also gives mean and 1 / sqrt(variance + epsilon).',
  infer: inferLayer({ mean: 1, inverse: 2 }),
  versions: {
    // Not in the specification before 17, but onnxruntime has it for older opsets too, and models it saves carry it.
    1: {
      inputs: 'X:T Scale:T B?:T',
      outputs: 'Y:T Mean?:U InvStdDev?:U',
      types: { T: 'floats bfloat16', U: 'bfloat16 float32' },
      attributes: { axis: 'int=-1', epsilon: 'float=1e-05', stash_type: 'int=1' },
    },
    17: {},
  },
});

export const rmsNormalization = defineOp('RMSNormalization', {
  doc: 'y = x / sqrt(mean(x^2) + epsilon) * scale over the axes from `axis` on.',
  infer: inferLayer({}),
  versions: {
    23: {
      inputs: 'X:T scale:V',
      outputs: 'Y:V',
      types: { T: 'floats bfloat16', V: 'floats bfloat16' },
      attributes: { axis: 'int=-1', epsilon: 'float=1e-05', stash_type: 'int=1' },
    },
  },
});

export const lrn = defineOp('LRN', {
  doc: 'y[c] = x[c] / (bias + alpha / size * sum of x[i]^2)^beta over a window of `size` channels around c.',
  infer: (c) => {
    if (c.attrs.int('size') < 1) c.fail('the window needs at least one channel', 'size >= 1', String(c.attrs.int('size')));
    return same(c);
  },
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { alpha: 'float=0.0001', beta: 'float=0.75', bias: 'float=1', size: 'int!' },
    },
    13: { types: { T: 'floats bfloat16' } },
  },
});

export const lpNormalization = defineOp('LpNormalization', {
  doc: 'y = x / (sum of |x|^p along `axis`)^(1/p); lines of zeros stay zero.',
  infer: same,
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=-1', p: 'int=2' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const meanVarianceNormalization = defineOp('MeanVarianceNormalization', {
  doc: 'y = (x - mean) / (sqrt(variance) + 1e-9), with mean and variance over `axes`.',
  infer: same,
  versions: {
    9: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { axes: 'ints=0,2,3' } },
    13: { types: { T: 'floats bfloat16' } },
  },
});

export const simplifiedLayerNormalization = defineOp('SimplifiedLayerNormalization', {
  doc: 'y = x / sqrt(mean(x^2) + epsilon) * scale over the axes from `axis` on; also gives 1 / sqrt(mean(x^2) + epsilon).',
  infer: inferLayer({ inverse: 1 }),
  versions: {
    1: {
      inputs: 'X:T scale:V',
      outputs: 'Y:V inv_std_var?:U',
      types: { T: 'floats bfloat16', U: 'float32 float64', V: 'floats bfloat16' },
      attributes: { axis: 'int=-1', epsilon: 'float=1e-05', stash_type: 'int=1' },
    },
  },
});

export const skipLayerNormalization = defineOp('SkipLayerNormalization', {
  doc: 's = input + skip + bias; y = (s - mean) / sqrt(variance + epsilon) * gamma + beta over the last axis; also gives mean, 1 / sqrt(variance + epsilon) and s.',
  domain: 'com.microsoft',
  infer: inferSkip,
  versions: {
    1: {
      inputs: 'input:T skip:T gamma:T beta?:T bias?:T',
      outputs: 'output:T mean?:U inv_std_var?:U input_skip_bias_sum?:T',
      types: { T: 'bfloat16 float16 float32', U: 'float32' },
      attributes: { epsilon: 'float=1e-12' },
    },
  },
});

export const skipSimplifiedLayerNormalization = defineOp('SkipSimplifiedLayerNormalization', {
  doc: 's = input + skip + bias; y = s / sqrt(mean(s^2) + epsilon) * gamma over the last axis; also gives 1 / sqrt(mean(s^2) + epsilon) and s.',
  domain: 'com.microsoft',
  infer: inferSkip,
  versions: {
    1: {
      inputs: 'input:T skip:T gamma:T bias?:T',
      outputs: 'output:T mean?:U inv_std_var?:U input_skip_bias_sum?:T',
      types: { T: 'bfloat16 float16 float32', U: 'float32' },
      attributes: { epsilon: 'float=1e-12' },
    },
  },
});

export const embedLayerNormalization = defineOp('EmbedLayerNormalization', {
  doc: 's = word[input_ids] + position[position_ids] + segment[segment_ids]; y = layer normalization of s with gamma and beta; mask_index counts the ones of each mask row.',
  domain: 'com.microsoft',
  infer: inferEmbed,
  versions: {
    1: {
      inputs: 'input_ids:T1 segment_ids?:T1 word_embedding:T position_embedding:T segment_embedding?:T gamma:T beta:T mask?:T1 position_ids?:T1',
      outputs: 'output:T mask_index?:T1 embedding_sum?:T',
      types: { T1: 'int32', T: 'float16 float32' },
      attributes: { epsilon: 'float=1e-12', mask_index_type: 'int' },
    },
  },
});
