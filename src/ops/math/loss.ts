import { defineOp } from '../define.ts';

export const negativeLogLikelihoodLoss = defineOp('NegativeLogLikelihoodLoss', {
  doc: 'TODO',
  versions: {
    12: {
      inputs: 'input:T target:Tind weight?:T',
      outputs: 'loss:T',
      types: { T: 'floats', Tind: 'int32 int64' },
      attributes: { ignore_index: 'int', reduction: 'string=mean' },
    },
    13: {},
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const softmaxCrossEntropyLoss = defineOp('SoftmaxCrossEntropyLoss', {
  doc: 'TODO',
  versions: {
    12: {
      inputs: 'scores:T labels:Tind weights?:T',
      outputs: 'output:T log_prob?:T',
      types: { T: 'floats', Tind: 'int32 int64' },
      attributes: { ignore_index: 'int', reduction: 'string=mean' },
    },
    13: { types: { T: 'floats bfloat16' } },
  },
});
