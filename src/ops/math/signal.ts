import { defineOp } from '../define.ts';

export const dft = defineOp('DFT', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'input:T1 dft_length?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats bfloat16', T2: 'int32 int64' },
      attributes: { axis: 'int=1', inverse: 'int=0', onesided: 'int=0' },
    },
    20: { inputs: 'input:T1 dft_length?:T2 axis?:Int64', types: { Int64: 'int64' }, without: ['axis'] },
  },
});

export const stft = defineOp('STFT', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'signal:T1 frame_step:T2 window?:T1 frame_length?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats bfloat16', T2: 'int32 int64' },
      attributes: { onesided: 'int=1' },
    },
  },
});

export const blackmanWindow = defineOp('BlackmanWindow', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
});

export const hannWindow = defineOp('HannWindow', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
});

export const hammingWindow = defineOp('HammingWindow', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
});

export const melWeightMatrix = defineOp('MelWeightMatrix', {
  doc: 'TODO',
  versions: {
    17: {
      inputs: 'num_mel_bins:T1 dft_length:T1 sample_rate:T1 lower_edge_hertz:T2 upper_edge_hertz:T2',
      outputs: 'output:T3',
      types: { T1: 'int32 int64', T2: 'floats bfloat16', T3: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1' },
    },
  },
});
