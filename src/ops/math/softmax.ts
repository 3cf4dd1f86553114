import { defineOp } from '../define.ts';
import { same } from '../infer.ts';

export const softmax = defineOp('Softmax', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});

export const logSoftmax = defineOp('LogSoftmax', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});

export const hardmax = defineOp('Hardmax', {
  doc: 'TODO',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'floats' }, attributes: { axis: 'int=1' } },
    11: {},
    13: { types: { T: 'floats bfloat16' }, attributes: { axis: 'int=-1' } },
  },
  infer: same,
});
