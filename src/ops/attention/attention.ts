import { defineOp } from '../define.ts';
import { same } from '../infer.ts';
import {
  inferAttention, inferCausalConv, inferFlex, inferGroupQuery, inferLinearAttention, inferMsAttention, inferMultiHead,
} from './infer.ts';

export const attention = defineOp('Attention', {
  doc: 'Y = softmax(softcap((Q * sqrt(scale)) . (K * sqrt(scale))) + mask) . V for each head, over past and new keys, causal or within a window if asked.',
  infer: inferAttention,
  versions: {
    23: {
      inputs: 'Q:T1 K:T1 V:T2 attn_mask?:U past_key?:T1 past_value?:T2',
      outputs: 'Y:T1 present_key?:T1 present_value?:T2 qk_matmul_output?:T1',
      types: { T1: 'floats bfloat16', T2: 'floats bfloat16', U: 'ints uints floats bfloat16 bool' },
      attributes: { is_causal: 'int=0', kv_num_heads: 'int', q_num_heads: 'int', qk_matmul_output_mode: 'int=0', scale: 'float', softcap: 'float=0', softmax_precision: 'int' },
    },
    24: { inputs: 'Q:T1 K:T1 V:T2 attn_mask?:U past_key?:T1 past_value?:T2 nonpad_kv_seqlen?:Int64', types: { Int64: 'int64' } },
    25: { attributes: { left_window_size: 'int=-1', right_window_size: 'int=-1' } },
  },
});

export const flexAttention = defineOp('FlexAttention', {
  doc: 'Y = prob_mod(softmax(score_mod((Q * sqrt(scale)) . (K * sqrt(scale))))) . V, with both modifiers given as subgraphs.',
  domain: 'ai.onnx.preview',
  infer: inferFlex,
  versions: {
    1: {
      inputs: 'Q:T1 K:T1 V:T1',
      outputs: 'Y:T1',
      types: { T1: 'floats bfloat16' },
      attributes: { prob_mod: 'graph', scale: 'float', score_mod: 'graph', softmax_precision: 'int' },
    },
  },
});

export const rotaryEmbedding = defineOp('RotaryEmbedding', {
  doc: "Turns pairs of each head's elements by their position's angle: (x1 * cos - x2 * sin, x1 * sin + x2 * cos).",
  versions: {
    23: {
      inputs: 'X:T cos_cache:T sin_cache:T position_ids?:M',
      outputs: 'Y:T',
      types: { T: 'bfloat16 float16 float32', M: 'int64' },
      attributes: { interleaved: 'int=0', num_heads: 'int', rotary_embedding_dim: 'int=0' },
    },
  },
  infer: same,
});

export const linearAttention = defineOp('LinearAttention', {
  doc: 'A state S that each token updates (S = exp(decay) * S + k v^T, with v corrected by what S holds for k) and reads (output = scale * S^T q).',
  infer: inferLinearAttention,
  versions: {
    27: {
      inputs: 'query:T key:T value:T past_state?:S decay?:T beta?:T',
      outputs: 'output:T present_state:S',
      types: { T: 'bfloat16 float16 float32', S: 'bfloat16 float16 float32' },
      attributes: { chunk_size: 'int=64', kv_num_heads: 'int!', q_num_heads: 'int!', scale: 'float=0', update_rule: 'string=gated_delta' },
    },
  },
});

export const causalConvWithState = defineOp('CausalConvWithState', {
  doc: 'y[c, t] = act(bias[c] + sum over k of x[c, t + k - (K - 1)] * weight[c, 0, k]), with entries before the start taken from past_state.',
  infer: inferCausalConv,
  versions: {
    27: {
      inputs: 'input:T weight:T bias?:T past_state?:T',
      outputs: 'output:T present_state:T',
      types: { T: 'bfloat16 float16 float32' },
      attributes: { activation: 'string=none' },
    },
  },
});

export const msAttention = defineOp('Attention', {
  doc: 'Attention over [q | k | v] = input . weights + bias, with padding masks and a past of keys and values.',
  domain: 'com.microsoft',
  infer: inferMsAttention,
  versions: {
    1: {
      inputs: 'input:T weights:T bias?:T mask_index?:M past?:T attention_bias?:T past_sequence_length?:M',
      outputs: 'output:T present?:T',
      types: { T: 'bfloat16 float16 float32', M: 'int32' },
      attributes: { do_rotary: 'int', mask_filter_value: 'float', num_heads: 'int!', past_present_share_buffer: 'int', qkv_hidden_sizes: 'ints', rotary_embedding_dim: 'int', scale: 'float', unidirectional: 'int=0' },
    },
  },
});

export const multiHeadAttention = defineOp('MultiHeadAttention', {
  doc: 'Attention over projected query, key and value (+ bias), with padding masks, an additive bias and a past of keys and values.',
  domain: 'com.microsoft',
  infer: inferMultiHead,
  versions: {
    1: {
      inputs: 'query:T key?:T value?:T bias?:T key_padding_mask?:M attention_bias?:T past_key?:T past_value?:T past_sequence_length?:M cache_indirection?:M',
      outputs: 'output:T present_key?:T present_value?:T qk?:QK',
      types: { T: 'bfloat16 float16 float32', QK: 'bfloat16 float16 float32', M: 'int32' },
      attributes: { mask_filter_value: 'float', num_heads: 'int!', scale: 'float', unidirectional: 'int=0' },
    },
  },
});

export const groupQueryAttention = defineOp('GroupQueryAttention', {
  doc: 'Attention with fewer key and value heads than query heads, over a cache of keys and values that may be quantized, with rotary positions and a sliding window.',
  domain: 'com.microsoft',
  infer: inferGroupQuery,
  extends: { 1: 3, 2: 4 }, // present_key: past_key, present_value: past_value
  versions: {
    1: {
      inputs: 'query:T key?:T value?:T past_key?:T_CACHE past_value?:T_CACHE seqlens_k:M total_sequence_length:M cos_cache?:T sin_cache?:T position_ids?:Int64 attention_bias?:T head_sink?:T k_scale?:T_KV_SCALE v_scale?:T_KV_SCALE q_norm_weight?:T k_norm_weight?:T',
      outputs: 'output:T present_key?:T_CACHE present_value?:T_CACHE output_qk?:T',
      types: { T: 'bfloat16 float16 float32', T_CACHE: 'bfloat16 float16 float32 float8e4m3fn int8 uint8', T_KV_SCALE: 'float32', M: 'int32', Int64: 'int64' },
      attributes: { causal: 'int=1', do_rotary: 'int', k_quant_type: 'string=NONE', kv_cache_bit_width: 'int', kv_num_heads: 'int!', local_window_size: 'int=-1', num_heads: 'int!', qk_norm_epsilon: 'float=1e-06', qk_output: 'int=0', rotary_interleaved: 'int', scale: 'float', sliding_window_cache: 'int=0', smooth_softmax: 'int=-1', softcap: 'float', v_quant_type: 'string=NONE' },
    },
  },
});

export const msRotaryEmbedding = defineOp('RotaryEmbedding', {
  doc: "Turns pairs of each head's elements by their position's angle: (x1 * cos - x2 * sin, x1 * sin + x2 * cos).",
  domain: 'com.microsoft',
  versions: {
    1: {
      inputs: 'input:T position_ids:M cos_cache:T sin_cache:T',
      outputs: 'output:T',
      types: { T: 'bfloat16 float16 float32', M: 'int64' },
      attributes: { interleaved: 'int', is_packed_batching: 'int', num_heads: 'int', rotary_embedding_dim: 'int', scale: 'float' },
    },
  },
  infer: same,
});
