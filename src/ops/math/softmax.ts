import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const softmax = defineOp('Softmax', {
  doc: 'y = e^x / sum(e^x) along the axis.',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});

export const logSoftmax = defineOp('LogSoftmax', {
  doc: 'y = x - ln(sum(e^x)) along the axis.',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});

export const hardmax = defineOp('Hardmax', {
  doc: 'y = 1 at the first largest element along the axis, 0 elsewhere.',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});
