import { defineOp } from '../define.ts';

export const matMulNBits = defineOp('MatMulNBits', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 scales:T1 zero_points?:T3 g_idx?:T4 bias?:T1',
      outputs: 'Y:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8', T3: 'bfloat16 float16 float32 uint8', T4: 'int32' },
      attributes: { K: 'int!', N: 'int!', accuracy_level: 'int=0', bits: 'int=4', block_size: 'int!', weight_prepacked: 'int=0' },
    },
  },
});

export const matMulBnb4 = defineOp('MatMulBnb4', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 absmax:T1',
      outputs: 'Y:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', N: 'int!', block_size: 'int!', quant_type: 'int!', training_mode: 'int=0', transB: 'int=1' },
    },
  },
});

export const matMulFpQ4 = defineOp('MatMulFpQ4', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 B:T2 B_shape:T3',
      outputs: 'Y:T1',
      types: { T1: 'float32', T2: 'uint8', T3: 'int64' },
      attributes: { blk_quant_type: 'int=1' },
    },
  },
});

export const gatherBlockQuantized = defineOp('GatherBlockQuantized', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'data:T1 indices:Tind scales:T2 zero_points?:T1',
      outputs: 'output:T2',
      types: { T1: 'int4s uint8', T2: 'bfloat16 float16 float32', Tind: 'int32 int64' },
      attributes: { bits: 'int=4', block_size: 'int=128', gather_axis: 'int=0', quantize_axis: 'int=1' },
    },
  },
});

export const matMulNBitsMlp = defineOp('MatMulNBitsMlp', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 skip?:T1 norm_scale?:T1 gate_B:T2 gate_scales:T1 gate_bias?:T1 up_B:T2 up_scales:T1 up_bias?:T1',
      outputs: 'Y:T1 input_skip_bias_sum?:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', N: 'int!', accuracy_level: 'int=0', activation: 'string!', bits: 'int=4', block_size: 'int!', epsilon: 'float=1e-05' },
    },
  },
});

export const matMulNBitsQkv = defineOp('MatMulNBitsQkv', {
  doc: 'TODO',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'A:T1 skip?:T1 norm_scale:T1 q_B:T2 q_scales:T1 q_bias?:T1 k_B:T2 k_scales:T1 k_bias?:T1 v_B:T2 v_scales:T1 v_bias?:T1',
      outputs: 'Q:T1 K:T1 V:T1 input_skip_bias_sum?:T1',
      types: { T1: 'bfloat16 float16 float32', T2: 'uint8' },
      attributes: { K: 'int!', Nkv: 'int!', Nq: 'int!', accuracy_level: 'int=0', bits: 'int=4', block_size: 'int!', epsilon: 'float=1e-06' },
    },
  },
});
