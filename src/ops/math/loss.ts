import { defineOp } from '../define.ts';
import { lossShape } from './infer.ts';

export const negativeLogLikelihoodLoss = defineOp('NegativeLogLikelihoodLoss', {
  doc: 'loss[n, d] = -weight[t] * input[n, t, d] with t = target[n, d], then summed or averaged by weight.',
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
  infer: lossShape,
});

export const softmaxCrossEntropyLoss = defineOp('SoftmaxCrossEntropyLoss', {
  doc: 'output = the negative log likelihood loss of log_prob = log_softmax(scores) along axis 1.',
  versions: {
    12: {
      inputs: 'scores:T labels:Tind weights?:T',
      outputs: 'output:T log_prob?:T',
      types: { T: 'floats', Tind: 'int32 int64' },
      attributes: { ignore_index: 'int', reduction: 'string=mean' },
    },
    13: { types: { T: 'floats bfloat16' } },
  },
  infer: lossShape,
});
