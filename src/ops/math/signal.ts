import { defineOp } from '../define.ts';
import { dftShape, melShape, stftShape, windowShape } from './infer-signal.ts';

export const dft = defineOp('DFT', {
  doc: 'output[k] = sum over n of input[n] * e^(-2i pi k n / N) along the axis; inverse flips the sign and divides by N.',
  versions: {
    17: {
      inputs: 'input:T1 dft_length?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats bfloat16', T2: 'int32 int64' },
      attributes: { axis: 'int=1', inverse: 'int=0', onesided: 'int=0' },
    },
    20: { inputs: 'input:T1 dft_length?:T2 axis?:Int64', types: { Int64: 'int64' }, without: ['axis'] },
  },
  infer: dftShape,
});

export const stft = defineOp('STFT', {
  doc: 'output[b, f] = the DFT of the windowed frame of the signal that starts at f * frame_step.',
  versions: {
    17: {
      inputs: 'signal:T1 frame_step:T2 window?:T1 frame_length?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats bfloat16', T2: 'int32 int64' },
      attributes: { onesided: 'int=1' },
    },
  },
  infer: stftShape,
});

export const blackmanWindow = defineOp('BlackmanWindow', {
  doc: 'output[n] = 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N), with N = size, or size - 1 when not periodic.',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
  infer: windowShape,
});

export const hannWindow = defineOp('HannWindow', {
  doc: 'output[n] = 0.5 - 0.5 cos(2 pi n / N), with N = size, or size - 1 when not periodic.',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
  infer: windowShape,
});

export const hammingWindow = defineOp('HammingWindow', {
  doc: 'output[n] = 25/46 - 21/46 cos(2 pi n / N), with N = size, or size - 1 when not periodic.',
  versions: {
    17: {
      inputs: 'size:T1',
      outputs: 'output:T2',
      types: { T1: 'int32 int64', T2: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1', periodic: 'int=1' },
    },
  },
  infer: windowShape,
});

export const melWeightMatrix = defineOp('MelWeightMatrix', {
  doc: 'output[f, m] = the height of triangle m of the mel filter bank at spectrum bin f.',
  versions: {
    17: {
      inputs: 'num_mel_bins:T1 dft_length:T1 sample_rate:T1 lower_edge_hertz:T2 upper_edge_hertz:T2',
      outputs: 'output:T3',
      types: { T1: 'int32 int64', T2: 'floats bfloat16', T3: 'ints uints floats bfloat16' },
      attributes: { output_datatype: 'int=1' },
    },
  },
  infer: melShape,
});
