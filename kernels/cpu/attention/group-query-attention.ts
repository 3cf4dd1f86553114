/**
 * Attention with fewer key and value heads than query heads, a cache of past keys and values, and rotary positions: the
 * attention of most language models in com.microsoft form.
 *
 *     query [B, S, N * H], key and value [B, S, G * H]   or query [B, S, (N + 2 G) * H] with all three side by side
 *     past, present [B, G, capacity, H]                  only the first seqlens_k[b] + 1 rows of present hold tokens
 *     output [B, S, N * H]
 *
 *     q, k = rotate(norm(query)), rotate(norm(key))      at position past length + s
 *     scores = softcap(q . k * scale) + attention_bias   over the keys of the causal window
 *     output = softmax(scores, with head_sink) . v
 *
 * When present is the same memory as past (the caller gave its own buffer), only the new rows are written.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { groupQueryAttention as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, toInts, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, roundTo } from '../support/index.ts';
import { attend, type KeyRange } from './attend.ts';
import { gqaOptions, gqaShape, type GqaInputs, type GqaOptions, type GqaShape } from '../../../src/ops/attention/gqa.ts';
import { byRow, offsetOf, type Heads } from './heads.ts';
import { cacheOf, extendCache, plainCache, quantizedCache, readCache, type CacheFormat } from './kv-cache.ts';
import { checkRotary, rotateHead, rotaryTables } from './rotary.ts';
import { slide, slidingStep, type SlidingStep } from './sliding-cache.ts';
import { addBiasRow, biasRows, capRow, softmaxRow } from './weights.ts';

/** What attention reads: rows of keys or values, `rows[b]` of them in sample b. */
interface Readable {
  readonly heads: Heads;
  readonly rows: readonly number[];
  readonly present: Tensor;
}

export const groupQueryAttention = implement(contract, ({ attrs }) => {
  const options = gqaOptions(attrs);
  return (inputs: GqaInputs, ctx) => {
    const [query, key, value, pastKey, pastValue, , , , , , , , keyScale, valueScale, queryNorm, keyNorm] = inputs;
    const shape = gqaShape(options, inputs);
    const { headSize, queries, added, packed } = shape;
    const { heads, kvHeads } = options;
    const width = (packed ? heads + 2 * kvHeads : heads) * headSize;
    const x = unpack(query) as Float32Array;
    const from = (t: Tensor | undefined, head: number) => // where packed input 0 holds head `head`
      (t === undefined ? byRow(x, queries, headSize, width, head * headSize) : byRow(unpack(t) as Float32Array, added, headSize, kvHeads * headSize));
    const turn = rotation(options, shape, inputs);
    const q = prepare(byRow(x, queries, headSize, width), heads, queries, shape.batch, headSize, query.type, queryNorm, options.normEpsilon, turn);
    const k = prepare(from(key, heads), kvHeads, added, shape.batch, headSize, query.type, keyNorm, options.normEpsilon, turn);
    const v = from(value, heads + kvHeads);
    const cached = (past: Tensor | undefined, x: Heads, index: number, quantization: string, scale: Tensor | undefined) =>
      update(ctx, options, shape, past, x, index, cacheFormat(options, shape, past?.type, query.type, quantization, scale));
    const keys = cached(pastKey, k, 1, options.keyQuantization, keyScale);
    const values = cached(pastValue, v, 2, options.valueQuantization, valueScale);
    const [output, qk] = run(ctx, options, shape, inputs, q, keys, values);
    return [output, keys.present, values.present, qk];
  };
});

/** How a cache of this node stores rows. Without a past the type follows from the number of bits. */
function cacheFormat(
  { kvHeads, cacheBits }: GqaOptions, { headSize }: GqaShape, past: DType | undefined, dtype: DType, quantization: string, scale: Tensor | undefined,
): CacheFormat {
  if (quantization === 'NONE') {
    if (past !== undefined && past !== dtype) {
      fail('E_TYPE', 'a cache that is not quantized has the type of query', { expected: dtype, found: past });
    }
    return plainCache(dtype, headSize);
  }
  const perChannel = quantization === 'PER_CHANNEL';
  const wanted = perChannel ? kvHeads * headSize : 1;
  if (scale === undefined || scale.size !== wanted) {
    fail('E_SHAPE', 'a quantized cache needs its scales', {
      expected: `${wanted} scales`, found: scale === undefined ? 'none' : describeShape(scale.dims),
    });
  }
  return quantizedCache(past ?? (cacheBits === 4 ? 'uint8' : 'int8'), headSize, cacheBits, { values: unpack(scale), perChannel });
}

type Turn = (y: Float32Array, at: number, b: number, s: number) => void;

/** Rotates a head in place by its token's position; undefined without rotary embedding. */
function rotation({ rotary, interleaved }: GqaOptions, shape: GqaShape, inputs: GqaInputs): Turn | undefined {
  if (!rotary) return undefined;
  const [, , , , , , , cos, sin, positionIds] = inputs;
  if (cos === undefined || sin === undefined) fail('E_MODEL', 'do_rotary needs cos_cache and sin_cache');
  const { batch, queries, lengths, firstPrompt, headSize } = shape;
  const tables = rotaryTables(cos, sin, interleaved);
  checkRotary(tables, headSize);
  const ids = positionIds && toInts(positionIds); // [B, S]
  if (ids !== undefined && ids.length < (firstPrompt ? 1 : batch * queries)) {
    fail('E_SHAPE', 'position_ids must be [B, S]', { expected: `[${batch}, ${queries}]`, found: describeShape(positionIds!.dims) });
  }
  // Of a first prompt's position_ids only the first is read: the tokens follow it.
  const position = firstPrompt ? (_: number, s: number) => (ids?.[0] ?? 0) + s
    : (b: number, s: number) => ids?.[b * queries + s] ?? lengths[b] - queries + s;
  return (y, at, b, s) => rotateHead(y, at, y, at, headSize, tables, position(b, s));
}

/** Queries or keys normalized per head and rotated, each rounded to the tensor's type. Returns x itself when neither is asked for. */
function prepare(
  x: Heads, heads: number, rows: number, batch: number, size: number, dtype: DType, norm: Tensor | undefined, epsilon: number, turn: Turn | undefined,
): Heads {
  if (norm === undefined && turn === undefined) return x;
  if (norm !== undefined && norm.size !== size) {
    fail('E_SHAPE', 'a norm weight must have an entry an element of a head', { expected: `[${size}]`, found: describeShape(norm.dims) });
  }
  const weight = norm && unpack(norm);
  const y = new Float32Array(batch * rows * heads * size);
  const out = byRow(y, rows, size, heads * size);
  const round = roundTo(dtype);
  for (let b = 0; b < batch; b++) {
    for (let n = 0; n < heads; n++) {
      for (let s = 0; s < rows; s++) {
        const from = offsetOf(x, b, n, s), at = offsetOf(out, b, n, s);
        for (let i = 0; i < size; i++) y[at + i] = x.data[from + i];
        if (weight !== undefined) normalizeHead(y, at, size, weight, epsilon, round);
        if (turn !== undefined) {
          turn(y, at, b, s);
          for (let i = at; i < at + size; i++) y[i] = round(y[i]);
        }
      }
    }
  }
  return out;
}

/** y = y / sqrt(mean(y^2) + epsilon) * weight, in place. */
function normalizeHead(y: Float32Array, at: number, size: number, weight: ArrayLike<number>, epsilon: number, round: (x: number) => number): void {
  let squares = 0;
  for (let i = at; i < at + size; i++) squares = f32(squares + f32(y[i] * y[i]));
  const deviation = f32(Math.sqrt(f32(f32(squares / size) + epsilon)));
  for (let i = 0; i < size; i++) y[at + i] = round(f32(f32(y[at + i] / deviation) * weight[i]));
}

/** Makes present from past and the new rows, and gives the rows attention is to read. */
function update(
  ctx: KernelContext, options: GqaOptions, shape: GqaShape, past: Tensor | undefined, x: Heads, index: number, format: CacheFormat,
): Readable {
  const { batch, queries, added, pastCapacity, longest, lengths, firstPrompt } = shape;
  const capacity = options.slidingCache ? pastCapacity : Math.max(longest, pastCapacity);
  const present = ctx.output(index, format.dtype, [batch, options.kvHeads, capacity, format.width]);
  const target = cacheOf(present, format);
  const source = past && cacheOf(past, format);
  if (options.slidingCache) {
    const steps: SlidingStep[] = lengths.map((length) => slidingStep(length - queries, added, capacity, options.window));
    const rows = steps.map((s) => s.before + added);
    return { heads: readCache(slide(source!, target, x, added, steps), (b) => rows[b]), rows, present };
  }
  for (let b = 0; b < batch; b++) {
    // A cache that holds the keys already keeps all of them; a first prompt has no past.
    const kept = source === undefined ? 0 : added === 0 ? lengths[b] : firstPrompt ? 0 : lengths[b] - queries;
    extendCache(target, source, kept, x, b, added);
  }
  return { heads: readCache(target, (b) => lengths[b]), rows: lengths, present };
}

function run(
  ctx: KernelContext, options: GqaOptions, shape: GqaShape, inputs: GqaInputs, q: Heads, keys: Readable, values: Readable,
): [Tensor, Tensor | undefined] {
  const { heads, kvHeads, causal, window, softcap, smoothSoftmax, qkOutput } = options;
  const { batch, queries, headSize, longest, firstPrompt } = shape;
  const [query, , , pastKey, , , , , , , biasTensor, sinkTensor] = inputs;
  const sinks = sinkTensor && unpack(sinkTensor); // [N]
  if (sinks !== undefined && sinks.length !== heads) {
    fail('E_SHAPE', 'head_sink must have an entry a head', { expected: `[${heads}]`, found: describeShape(sinkTensor!.dims) });
  }
  const most = Math.max(0, ...keys.rows);
  const bias = biasTensor && biasRows(biasTensor, batch, heads, queries, most, 'attention_bias'); // [B or 1, N or 1, S, T]
  const qk = qkOutput !== 0 && ctx.wants(3) ? floatOutput(ctx, 3, query.type, [batch, heads, queries, longest]) : undefined;
  const out = floatOutput(ctx, 0, query.type, [batch, queries, heads * headSize]);
  const keep = (row: ArrayLike<number>, { first, end }: KeyRange, b: number, n: number, s: number) => {
    const at = ((b * heads + n) * queries + s) * longest;
    for (let t = first; t < Math.min(end, longest); t++) qk!.y[at + t] = row[t];
  };
  attend(ctx, {
    shape: { batch, heads, kvHeads, queries, keys: most, headSize, valueSize: headSize },
    q, k: keys.heads, v: values.heads, out: byRow(out.y, queries, headSize, heads * headSize),
    scale: options.scale === 0 ? f32(1 / f32(Math.sqrt(headSize))) : options.scale,
    see(range, b, s) {
      const total = keys.rows[b];
      const before = pastKey === undefined || (firstPrompt && !options.slidingCache) ? 0 : total - queries;
      range.end = causal ? Math.min(before + s + 1, total) : total; // right-padded prompts end early
      range.first = window >= 0 ? Math.max(0, range.end - window) : 0;
    },
    weigh(row, range, b, n, s) {
      if (softcap > 0) capRow(row, range, softcap);
      if (bias !== undefined) addBiasRow(row, range, bias, b, n, s);
      if (qk !== undefined && qkOutput === 1) keep(row, range, b, n, s);
      softmaxRow(row, range, sinks !== undefined ? sinks[n] : smoothSoftmax ? 0 : undefined);
      if (qk !== undefined && qkOutput === 2) keep(row, range, b, n, s);
    },
  });
  return [out.finish(), qk?.finish()];
}
