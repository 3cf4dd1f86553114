/** What a GroupQueryAttention node is asked to do: its attributes, and its inputs checked against each other. */
import { fail } from '../../errors.ts';
import { f32 } from '../../numeric/index.ts';
import type { Attrs } from '../define.ts';
import { toInts, type Tensor } from '../../tensor/index.ts';

export interface GqaOptions {
  readonly heads: number;
  readonly kvHeads: number;
  /** 0: 1 / sqrt(head size). */
  readonly scale: number;
  readonly softcap: number;
  readonly causal: boolean;
  /** Keys a query sees, itself included; -1: all. */
  readonly window: number;
  readonly rotary: boolean;
  readonly interleaved: boolean;
  readonly smoothSoftmax: boolean;
  /** What output 3 holds: the scores before (1) or after (2) softmax. */
  readonly qkOutput: number;
  /** Bits of a cached element; 0: the cache is not quantized. */
  readonly cacheBits: number;
  readonly keyQuantization: string;
  readonly valueQuantization: string;
  readonly slidingCache: boolean;
  readonly normEpsilon: number;
}

export function gqaOptions(attrs: Attrs): GqaOptions {
  const int = (name: string) => (attrs.has(name) ? attrs.int(name) : 0);
  const float = (name: string) => (attrs.has(name) ? f32(attrs.float(name)) : 0);
  const options: GqaOptions = {
    heads: attrs.int('num_heads'), kvHeads: attrs.int('kv_num_heads'), scale: float('scale'), softcap: float('softcap'),
    causal: attrs.int('causal') !== 0, window: attrs.int('local_window_size'), rotary: int('do_rotary') !== 0,
    interleaved: int('rotary_interleaved') !== 0, smoothSoftmax: attrs.int('smooth_softmax') === 1, qkOutput: attrs.int('qk_output'),
    cacheBits: int('kv_cache_bit_width'), keyQuantization: attrs.string('k_quant_type'), valueQuantization: attrs.string('v_quant_type'),
    slidingCache: attrs.int('sliding_window_cache') !== 0, normEpsilon: f32(attrs.float('qk_norm_epsilon')),
  };
  check(options);
  return options;
}

function check(o: GqaOptions): void {
  const refuse = (name: string, summary: string, found: string | number): never =>
    fail('E_ATTRIBUTE', summary, { arg: { kind: 'attribute', name }, found: String(found) });
  if (o.heads < 1 || o.kvHeads < 1 || o.heads % o.kvHeads !== 0) refuse('kv_num_heads', 'num_heads must be a multiple of kv_num_heads', `${o.heads} and ${o.kvHeads}`);
  if (!o.causal && o.window !== -1) refuse('local_window_size', 'a window needs causal = 1', o.window);
  if (o.slidingCache && o.window < 1) refuse('sliding_window_cache', 'a sliding cache needs a local_window_size', o.window);
  if (o.qkOutput < 0 || o.qkOutput > 2) refuse('qk_output', 'qk_output must be 0, 1 or 2', o.qkOutput);
  for (const [name, value] of [['k_quant_type', o.keyQuantization], ['v_quant_type', o.valueQuantization]] as const) {
    if (!['NONE', 'PER_TENSOR', 'PER_CHANNEL'].includes(value)) refuse(name, 'unknown quantization type', value);
  }
  if ((o.keyQuantization === 'NONE') !== (o.valueQuantization === 'NONE')) refuse('v_quant_type', 'keys and values must both be quantized, or neither', o.valueQuantization);
  if (o.keyQuantization === 'NONE' ? o.cacheBits !== 0 : o.cacheBits !== 4 && o.cacheBits !== 8) {
    refuse('kv_cache_bit_width', 'kv_cache_bit_width must be 4 or 8 for a quantized cache, and 0 otherwise', o.cacheBits);
  }
}

export type GqaInputs = [
  query: Tensor, key: Tensor | undefined, value: Tensor | undefined, pastKey: Tensor | undefined, pastValue: Tensor | undefined,
  seqlensK: Tensor, totalLength: Tensor, cos?: Tensor, sin?: Tensor, positionIds?: Tensor, bias?: Tensor, sink?: Tensor,
  keyScale?: Tensor, valueScale?: Tensor, queryNorm?: Tensor, keyNorm?: Tensor,
];

export interface GqaShape {
  readonly batch: number;
  /** Rows of query. */
  readonly queries: number;
  /** New rows of key and value: as many as of query, or none when the cache has them already. */
  readonly added: number;
  readonly headSize: number;
  /** query, key and value lie side by side in input 0. */
  readonly packed: boolean;
  /** Rows that past has room for. */
  readonly pastCapacity: number;
  /** The longest sequence of the batch, past and new tokens together. */
  readonly longest: number;
  /** Tokens of each sample, past and new ones together: seqlens_k + 1. */
  readonly lengths: readonly number[];
  /** All tokens are new: positions start at 0 even where padding makes a sample shorter than query. */
  readonly firstPrompt: boolean;
}

export function gqaShape(options: GqaOptions, [query, key, value, pastKey, pastValue, seqlensK, totalLength]: GqaInputs): GqaShape {
  const { heads, kvHeads } = options;
  const [batch, queries, width] = rank(query, 3, 'query');
  const packed = key === undefined;
  if (packed !== (value === undefined)) fail('E_MODEL', 'key and value must be given together');
  const headSize = width / (packed ? heads + 2 * kvHeads : heads);
  if (!Number.isInteger(headSize)) fail('E_SHAPE', 'the hidden size of query does not divide into heads', { found: `[${query.dims.join(', ')}], ${heads} heads, ${kvHeads} of key and value` });
  const added = packed ? queries : key.dims[1];
  if (!packed) {
    for (const [t, name] of [[key, 'key'], [value!, 'value']] as const) {
      const [b, rows, w] = rank(t, 3, name);
      if (b !== batch || rows !== added || w !== kvHeads * headSize) {
        fail('E_SHAPE', `${name} does not fit query`, { expected: `[${batch}, ${added}, ${kvHeads * headSize}]`, found: `[${t.dims.join(', ')}]` });
      }
    }
    if (added !== queries && added !== 0) fail('E_SHAPE', 'key must have as many rows as query, or none', { expected: `${queries} or 0`, found: String(added) });
  }
  const pastCapacity = checkPast(options, batch, headSize, pastKey, pastValue);
  if (added === 0 && pastKey === undefined) fail('E_MODEL', 'without new keys there must be past ones');
  const lengths = toInts(seqlensK).map((n) => n + 1);
  if (lengths.length !== batch) fail('E_SHAPE', 'seqlens_k must have an entry a sample', { expected: `[${batch}]`, found: `[${seqlensK.dims.join(', ')}]` });
  if (totalLength.size !== 1) fail('E_SHAPE', 'total_sequence_length must be a single number', { found: `[${totalLength.dims.join(', ')}]` });
  const longest = toInts(totalLength)[0];
  const shape: GqaShape = { batch, queries, added, headSize, packed, pastCapacity, longest, lengths, firstPrompt: longest === queries };
  checkLengths(options, shape, pastKey !== undefined);
  return shape;
}

function rank(t: Tensor, expected: number, name: string): readonly number[] {
  if (t.dims.length !== expected) fail('E_SHAPE', `${name} must be of rank ${expected}`, { found: `[${t.dims.join(', ')}]` });
  return t.dims;
}

function checkPast(o: GqaOptions, batch: number, headSize: number, pastKey: Tensor | undefined, pastValue: Tensor | undefined): number {
  if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
  if (pastKey === undefined) {
    if (o.slidingCache) fail('E_MODEL', 'a sliding cache needs past_key and past_value');
    return 0;
  }
  const capacity = rank(pastKey, 4, 'past_key')[2];
  const width = o.cacheBits === 4 ? Math.ceil(headSize / 2) : headSize;
  const expected = [batch, o.kvHeads, capacity, width];
  for (const [t, name] of [[pastKey, 'past_key'], [pastValue!, 'past_value']] as const) {
    if (t.dims.length !== 4 || t.dims.some((d, i) => d !== expected[i])) {
      fail('E_SHAPE', `${name} does not fit`, { expected: `[${expected.join(', ')}]`, found: `[${t.dims.join(', ')}]` });
    }
  }
  if (o.slidingCache && capacity < o.window) fail('E_SHAPE', 'a sliding cache must hold a window', { expected: `at least ${o.window} rows`, found: String(capacity) });
  return capacity;
}

function checkLengths(o: GqaOptions, { lengths, longest, queries, added, pastCapacity, firstPrompt }: GqaShape, hasPast: boolean): void {
  const capacity = o.slidingCache ? Infinity : Math.max(longest, pastCapacity);
  if (longest < 1 && queries > 0) fail('E_VALUE', 'total_sequence_length must be positive', { found: String(longest) });
  if (added === 0 && longest > pastCapacity) fail('E_VALUE', 'the sequence is longer than the cache it is read from', { expected: `at most ${pastCapacity}`, found: String(longest) });
  lengths.forEach((length, b) => {
    const refuse = (expected: string): never => fail('E_VALUE', `seqlens_k[${b}] is out of range`, { arg: { kind: 'input', name: 'seqlens_k' }, expected, found: String(length - 1) });
    if (length < 1 || length > capacity) refuse(`[0, ${capacity - 1}]`);
    if ((!firstPrompt || o.slidingCache) && length < queries) refuse(`at least ${queries - 1}`);
    if (!firstPrompt && !o.slidingCache && hasPast && added > 0 && length - queries > pastCapacity) refuse(`at most ${pastCapacity + queries - 1}`);
  });
}
