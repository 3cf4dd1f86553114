import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const batchNormalization = defineOp('BatchNormalization', {
  doc: 'TODO',
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
  doc: 'TODO',
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
  doc: 'TODO',
  versions: {
    18: {
      inputs: 'X:T scale:T bias:T',
      outputs: 'Y:T',
      types: { T: 'floats bfloat16' },
      attributes: { epsilon: 'float=1e-05', num_groups: 'int!' },
      deprecated: true,
    },
    21: { attributes: { stash_type: 'int=1' } },
  },
});

export const layerNormalization = defineOp('LayerNormalization', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'X:T Scale:T B?:T',
      outputs: 'Y:T Mean?:U InvStdDev?:U',
      types: { T: 'floats bfloat16', U: 'bfloat16 float32' },
      attributes: { axis: 'int=-1', epsilon: 'float=1e-05', stash_type: 'int=1' },
    },
  },
});

export const rmsNormalization = defineOp('RMSNormalization', {
  doc: 'TODO',
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
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { alpha: 'float=0.0001', beta: 'float=0.75', bias: 'float=1', size: 'int!' },
    },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const lpNormalization = defineOp('LpNormalization', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=-1', p: 'int=2' } },
    22: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const meanVarianceNormalization = defineOp('MeanVarianceNormalization', {
  doc: 'TODO',
  versions: {
    9: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { axes: 'ints=0,2,3' } },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: same,
});

export const simplifiedLayerNormalization = defineOp('SimplifiedLayerNormalization', {
  doc: 'TODO',
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
  doc: 'TODO',
  domain: 'com.microsoft',
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
  doc: 'TODO',
  domain: 'com.microsoft',
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
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input_ids:T1 segment_ids?:T1 word_embedding:T position_embedding:T segment_embedding?:T gamma:T beta:T mask?:T1 position_ids?:T1',
      outputs: 'output:T mask_index?:T1 embedding_sum?:T',
      types: { T1: 'int32', T: 'float16 float32' },
      attributes: { epsilon: 'float=1e-12', mask_index_type: 'int' },
    },
  },
});
