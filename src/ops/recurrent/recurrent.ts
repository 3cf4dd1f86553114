import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';

/** Y [steps, directions, batch, hidden] and the last states [directions, batch, hidden]; layout 1 puts batch first. */
const inferRecurrent = (gates: number, states: number): InferFunction => (c) => {
  const x = c.shape(0), w = c.shape(1), r = c.shape(2);
  for (const [name, shape] of Object.entries({ X: x, W: w, R: r })) {
    if (shape !== undefined && shape.length !== 3) c.fail(`${name} must have three axes`, 'rank 3', `rank ${shape.length}`);
  }
  const batchFirst = c.attrs.has('layout') && c.attrs.int('layout') === 1;
  const [steps, batch] = batchFirst ? [x?.[1], x?.[0]] : [x?.[0], x?.[1]];
  const directions = c.attrs.string('direction') === 'bidirectional' ? 2 : 1;
  const hidden: Dim = c.attrs.has('hidden_size') ? c.attrs.int('hidden_size') : r?.[2];
  expectDim(c, 'W', 0, w?.[0], directions);
  expectDim(c, 'R', 0, r?.[0], directions);
  if (typeof hidden === 'number') {
    expectDim(c, 'W', 1, w?.[1], gates * hidden);
    expectDim(c, 'R', 1, r?.[1], gates * hidden);
    expectDim(c, 'R', 2, r?.[2], hidden);
  }
  if (typeof x?.[2] === 'number') expectDim(c, 'W', 2, w?.[2], x[2]);
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const y = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  return [{ shape: y }, ...new Array(states).fill({ shape: state })];
};

function expectDim(c: InferContext, name: string, axis: number, found: Dim, expected: number): void {
  if (typeof found === 'number' && found !== expected) c.fail(`axis ${axis} of ${name} has the wrong size`, String(expected), String(found));
}

export const rnn = defineOp('RNN', {
  doc: 'H = f(X W^T + H R^T + Wb + Rb) for each step of a sequence, forward, in reverse, or both.',
  infer: inferRecurrent(1, 1),
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T',
      outputs: 'Y?:T Y_h?:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: {
        activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings=Tanh,Tanh',
        clip: 'float', direction: 'string=forward', hidden_size: 'int', output_sequence: 'int=0',
      },
    },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const gru = defineOp('GRU', {
  doc: 'H = (1 - z) h + z H with update gate z, reset gate r and h = g(X Wh^T + (r H) Rh^T + Wbh + Rbh) for each step.',
  infer: inferRecurrent(3, 1),
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T',
      outputs: 'Y?:T Y_h:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: {
        activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings',
        // The first schema misspells its default direction.
        clip: 'float', direction: 'string=forward', hidden_size: 'int', output_sequence: 'int=0',
      },
    },
    3: { outputs: 'Y?:T Y_h?:T', attributes: { direction: 'string=forward', linear_before_reset: 'int=0' } },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const lstm = defineOp('LSTM', {
  doc: 'C = f C + i c and H = o h(C) with gates i, o, f and candidate c = g(X Wc^T + H Rc^T + Wbc + Rbc) for each step.',
  infer: inferRecurrent(4, 2),
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T initial_c?:T P?:T',
      outputs: 'Y?:T Y_h?:T Y_c?:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: {
        activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings',
        clip: 'float', direction: 'string=forward', hidden_size: 'int', input_forget: 'int=0', output_sequence: 'int=0',
      },
    },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});
