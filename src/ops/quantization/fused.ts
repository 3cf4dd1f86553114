import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { mayEqual, refuseAttribute, requireInt, requireOneOf, requirePerTensor, requireRank, requireShape, requireVector, shapeText } from './checks.ts';

const times = (d: Dim, factor: number): Dim => (typeof d === 'number' ? d * factor : undefined);

const inferQAttention: InferFunction = (c) => {
  requirePerTensor(c, 3, 6);
  requireRank(c, 0, 3);
  requireRank(c, 1, 2);
  requireRank(c, 8, 5);
  const heads = requireInt(c, 'num_heads', 1, 2 ** 31 - 1);
  const x = c.shape(0), w = c.shape(1);
  if (!mayEqual(x?.[2], w?.[0])) c.fail('the input does not fit the weights', `[B, S, ${String(w?.[0])}]`, shapeText(x!));
  const width = w?.[1];
  if (typeof width === 'number' && width % (3 * heads) !== 0) c.fail('the weights do not divide into heads', `a multiple of ${3 * heads} columns`, String(width));
  requireShape(c, 2, [width]);
  for (const i of [4, 7]) requireVector(c, i, width, 'column of the weights');
  const hidden = typeof width === 'number' ? width / 3 : undefined;
  const past = c.input(8) === undefined ? 0 : c.shape(8)?.[3];
  const rows = x?.[1];
  const total = typeof past === 'number' && typeof rows === 'number' ? past + rows : past === 0 ? rows : undefined;
  return [
    { shape: x && [x[0], rows, hidden] },
    { shape: x && [2, x[0], heads, total, hidden === undefined ? undefined : hidden / heads] },
  ];
};

const inferQEmbed: InferFunction = (c) => {
  requirePerTensor(c, ...Array.from({ length: 10 }, (_, i) => 8 + i));
  for (const i of [0, 1, 2, 3, 4, 7]) requireRank(c, i, 2);
  const ids = c.shape(0), hidden = c.shape(2)?.[1];
  for (const i of [5, 6]) requireShape(c, i, [hidden]);
  if (ids !== undefined) for (const i of [1, 7]) requireShape(c, i, ids);
  return [{ shape: ids && [...ids, hidden] }, { shape: ids && [ids[0]] }];
};

const inferDynamicLSTM: InferFunction = (c) => {
  const direction = c.attrs.string('direction');
  if (!['forward', 'reverse', 'bidirectional'].includes(direction)) refuseAttribute('direction', 'forward, reverse or bidirectional', direction);
  for (const i of [0, 1, 2]) requireRank(c, i, 3);
  const directions = direction === 'bidirectional' ? 2 : 1;
  const x = c.shape(0), r = c.shape(2);
  const hidden: Dim = c.attrs.has('hidden_size') ? requireInt(c, 'hidden_size', 1, 2 ** 31 - 1) : r?.[1];
  const gates = times(hidden, 4);
  requireShape(c, 1, [directions, x?.[2], gates]);
  requireShape(c, 2, [directions, hidden, gates]);
  requireShape(c, 3, [directions, times(hidden, 8)]);
  requireShape(c, 4, [x?.[1]]);
  const state = [directions, x?.[1], hidden];
  for (const i of [5, 6]) requireShape(c, i, state);
  requireShape(c, 7, [directions, times(hidden, 3)]);
  for (const i of [8, 9, 10, 11]) requireShape(c, i, [directions], [directions, gates]);
  return [{ shape: x && [x[0], directions, x[1], hidden] }, { shape: state }, { shape: state }];
};

const ACTIVATIONS = ['relu', 'gelu', 'silu', 'swiglu', 'identity'];

// Rows of the first layer are twice as many when swiglu finds both of its operands there.
function checkExperts(c: InferContext): void {
  const type = c.attrs.string('activation_type');
  if (!ACTIVATIONS.includes(type)) refuseAttribute('activation_type', ACTIVATIONS.join(', '), type);
  const fusion = requireOneOf(c, 'swiglu_fusion', [0, 1, 2]);
  requireOneOf(c, 'use_sparse_mixer', [0]);
  const k = requireInt(c, 'k', 1, 2 ** 31 - 1);
  requireRank(c, 0, 2, 3);
  requireRank(c, 1, 2);
  const experts = c.shape(1)?.[1];
  if (typeof experts === 'number' && k > experts) refuseAttribute('k', `at most ${experts}, the number of experts`, String(k));
  const gate = c.op.type === 'MoE' ? 6 : 8;
  if (type === 'swiglu' && fusion === 0 && c.inputCount <= gate) refuseAttribute('swiglu_fusion', '1 or 2, or fc3 weights', '0 without fc3');
}

const inferMoE: InferFunction = (c) => {
  checkExperts(c);
  return [{ shape: c.shape(0) }];
};

const inferQMoE: InferFunction = (c) => {
  checkExperts(c);
  requireOneOf(c, 'expert_weight_bits', [2, 4, 8]);
  const size = c.attrs.has('block_size') ? requireInt(c, 'block_size', 0, 2 ** 30) : 0;
  if (size !== 0 && (size < 16 || (size & (size - 1)) !== 0)) refuseAttribute('block_size', '0 or a power of two of at least 16', String(size));
  requireOneOf(c, 'weights_prepacked', [-1, 0]);
  return [{ shape: c.shape(0) }];
};

export const qAttention = defineOp('QAttention', {
  doc: 'Attention over [q | k | v] = (input - input_zero_point) * (weight - weight_zero_point) * input_scale * weight_scale + bias.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input:T1 weight:T2 bias:T3 input_scale:T3 weight_scale:T3 mask_index?:T4 input_zero_point?:T1 weight_zero_point?:T2 past?:T3',
      outputs: 'output:T3 present?:T3',
      types: { T1: 'int8 uint8', T2: 'int8 uint8', T3: 'float16 float32', T4: 'int32' },
      attributes: { do_rotary: 'int', mask_filter_value: 'float', num_heads: 'int!', past_present_share_buffer: 'int', scale: 'float', unidirectional: 'int=0' },
    },
  },
  infer: inferQAttention,
});

export const qEmbedLayerNormalization = defineOp('QEmbedLayerNormalization', {
  doc: 'layernorm_out = layer normalization of the sum of dequantized word, position and segment embeddings; mask_index_out counts the ones of each mask row.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input_ids:T1 segment_ids?:T1 word_embedding_quant:T2 position_embedding_quant:T2 segment_embedding?:T2 gamma_quant:T2 beta_quant:T2 mask?:T1 word_embedding_scale:T position_embedding_scale:T segment_embedding_scale?:T gamma_scale:T beta_scale:T word_embedding_zero_point:T2 position_embedding_zero_point:T2 segment_embedding_zero_point?:T2 gamma_zero_point:T2 beta_zero_point:T2',
      outputs: 'layernorm_out:T mask_index_out:T1',
      types: { T1: 'int32', T2: 'int8 uint8', T: 'float32' },
      attributes: { epsilon: 'float=1e-12' },
    },
  },
  infer: inferQEmbed,
});

export const dynamicQuantizeLSTM = defineOp('DynamicQuantizeLSTM', {
  doc: 'LSTM with quantized W and R (input-major), whose inputs and hidden states are quantized to uint8 while it runs.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'X:T W:T2 R:T2 B?:T sequence_lens?:T1 initial_h?:T initial_c?:T P?:T W_scale:T W_zero_point:T2 R_scale:T R_zero_point:T2',
      outputs: 'Y?:T Y_h?:T Y_c?:T',
      types: { T: 'float32', T1: 'int32', T2: 'int8 uint8' },
      attributes: { activation_alpha: 'floats', activation_beta: 'floats', activations: 'strings', clip: 'float', direction: 'string=forward', hidden_size: 'int', input_forget: 'int=0' },
    },
  },
  infer: inferDynamicLSTM,
});

export const qMoE = defineOp('QMoE', {
  doc: 'output = sum over the k experts a token is routed to of weight * fc2(activation(fc1(input)) * fc3(input)), with quantized expert weights.',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input:T router_probs:T fc1_experts_weights:T1 fc1_scales?:T2 fc1_experts_bias?:T fc2_experts_weights:T1 fc2_scales?:T2 fc2_experts_bias?:T fc3_experts_weights?:T1 fc3_scales?:T2 fc3_experts_bias?:T fc1_zero_points?:T1 fc2_zero_points?:T1 fc3_zero_points?:T1 router_weights?:T fc1_global_scale?:T4 fc2_global_scale?:T4 fc1_act_scale?:T4 fc2_act_scale?:T4 fc1_act_block_scale?:T2 fc2_act_block_scale?:T2',
      outputs: 'output:T',
      types: { T: 'bfloat16 float16 float32', T1: 'float8e4m3fn uint8', T2: 'bfloat16 float16 float32 float8e4m3fn float8e8m0', T4: 'float32' },
      attributes: { activation_alpha: 'float=1', activation_beta: 'float=0', activation_type: 'string=relu', block_size: 'int', expert_weight_bits: 'int=4', k: 'int=1', normalize_routing_weights: 'int=0', quant_type: 'string=int', swiglu_fusion: 'int=0', swiglu_limit: 'float', use_sparse_mixer: 'int=0', weights_prepacked: 'int=-1' },
    },
  },
  infer: inferQMoE,
});

export const moE = defineOp('MoE', {
  doc: 'output = sum over the k experts a token is routed to of weight * fc2(activation(fc1(input)) * fc3(input)).',
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input:T router_probs:T fc1_experts_weights:T fc1_experts_bias?:T fc2_experts_weights:T fc2_experts_bias?:T fc3_experts_weights?:T fc3_experts_bias?:T',
      outputs: 'output:T',
      types: { T: 'bfloat16 float16 float32' },
      attributes: { activation_alpha: 'float=1', activation_beta: 'float=0', activation_type: 'string=relu', k: 'int=1', normalize_routing_weights: 'int=0', swiglu_fusion: 'int=0', swiglu_limit: 'float', use_sparse_mixer: 'int=0' },
    },
  },
  infer: inferMoE,
});
