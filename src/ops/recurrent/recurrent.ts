import { defineOp } from '../define.ts';

export const rnn = defineOp('RNN', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T',
      outputs: 'Y?:T Y_h?:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings=Tanh,Tanh', clip: 'float', direction: 'string=forward', hidden_size: 'int', output_sequence: 'int=0' },
    },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const gru = defineOp('GRU', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T',
      outputs: 'Y?:T Y_h:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string=foward', hidden_size: 'int', output_sequence: 'int=0' },
    },
    3: { outputs: 'Y?:T Y_h?:T', attributes: { direction: 'string=forward', linear_before_reset: 'int=0' } },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const lstm = defineOp('LSTM', {
  doc: 'TODO',
  versions: {
    1: {
      inputs: 'X:T W:T R:T B?:T sequence_lens?:T1 initial_h?:T initial_c?:T P?:T',
      outputs: 'Y?:T Y_h?:T Y_c?:T',
      types: { T: 'floats', T1: 'int32' },
      attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string=forward', hidden_size: 'int', input_forget: 'int=0', output_sequence: 'int=0' },
    },
    7: { without: ['output_sequence'] },
    14: { attributes: { layout: 'int=0' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});
