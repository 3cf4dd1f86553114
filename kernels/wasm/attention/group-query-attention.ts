/** GroupQueryAttention on float32 with a plain cache: rotation, cache update, and attention: row by row, or for prompts as products. */
import { groupQueryAttention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { gqaOptions, gqaShape, type GqaInputs, type GqaOptions, type GqaShape } from '../../../src/ops/attention/gqa.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts } from '../../../src/tensor/index.ts';
import { alsoHalf } from '../half.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { attend as attendAll, attendScratch, type AttentionShape } from './attend.ts';

function supports(node: PlacedNode): true | string {
  const { inputs, outputs } = node.node;
  const options = gqaOptions(node.attrs);
  const width = node.inputShape(0)?.at(-1);
  const heads = inputs[1] === undefined ? options.heads + 2 * options.kvHeads : options.heads;
  const absent = (i: number, name: string): true | string => inputs[i] === undefined || `${name} is given`;
  return all(
    onlyTypes(node, 0, 'float32'), (typeof width === 'number' && (width / heads) % 4 === 0) || 'the head size is not known to be a multiple of 4',
    options.cacheBits === 0 || 'a quantized cache', !options.slidingCache || 'a sliding cache', options.softcap === 0 || 'softcap',
    !options.smoothSoftmax || 'smooth_softmax', outputs[3] === undefined || 'qk output is wanted',
    absent(10, 'attention_bias'), absent(11, 'head_sink'), absent(14, 'q_norm_weight'), absent(15, 'k_norm_weight'),
  );
}

export const groupQueryAttention = alsoHalf(adapt(contract, supports, ({ attrs }, wasm) => {
  const options = gqaOptions(attrs);
  return (inputs: GqaInputs, ctx) => {
    const [query, key, value, pastKey, pastValue, , , cos, sin] = inputs;
    const shape = gqaShape(options, inputs);
    const { batch, queries, added, headSize, longest, pastCapacity } = shape;
    const { heads, kvHeads } = options;
    const capacity = Math.max(longest, pastCapacity);
    const cacheDims = [batch, kvHeads, capacity, headSize];
    const row = 4 * headSize, pastHead = pastCapacity * row, head = capacity * row;
    wasm.begin(
      wasm.outside(query) + wasm.outside(key) + wasm.outside(value) + wasm.outside(pastKey) + wasm.outside(pastValue) + wasm.outside(cos) + wasm.outside(sin)
      + 2 * align(batch * kvHeads * head) + 2 * align(batch * queries * heads * row) + align(kvHeads * row)
      + (isPrompt(options, shape) ? attendScratch(wasm, sampleOf(options, shape, longest)) : wasm.perThread(4 * capacity)),
    );
    const output = wasm.output(ctx, 0, 'float32', [batch, queries, heads * headSize]);
    const presentKey = wasm.output(ctx, 1, 'float32', cacheDims);
    const presentValue = wasm.output(ctx, 2, 'float32', cacheDims);
    const x = wasm.input(query);
    const width = (shape.packed ? heads + 2 * kvHeads : heads) * row;
    const kFrom = key === undefined ? { ptr: x + heads * row, stride: width } : { ptr: wasm.input(key), stride: kvHeads * row };
    const vFrom = value === undefined ? { ptr: x + (heads + kvHeads) * row, stride: width } : { ptr: wasm.input(value), stride: kvHeads * row };
    const turn = rotation(wasm, options, shape, inputs);
    const { copy_rows: copyRows, fill_i32: fill } = wasm.kernels.simd;

    let q = { ptr: x, stride: width };
    if (turn !== undefined) {
      q = { ptr: wasm.scratch(batch * queries * heads * row), stride: heads * row };
      for (let b = 0; b < batch; b++) for (let s = 0; s < queries; s++) turn(x + (b * queries + s) * width, q.ptr + (b * queries + s) * q.stride, heads, b, s);
    }
    const turned = wasm.scratch(kvHeads * row);
    // The kept rows of the past and zeros behind the new ones; nothing where past and present are the same memory.
    const keepPast = (from: number, present: number, b: number, kept: number): void => {
      if (from === present) return;
      const to = present + b * kvHeads * head, used = (kept + added) * row;
      if (kept > 0) copyRows(from + b * kvHeads * pastHead, pastHead, to, head, kvHeads, kept * row);
      if (used < head) for (let g = 0; g < kvHeads; g++) fill(to + g * head + used, 0, (head - used) / 4);
    };
    const pastKeys = pastKey === undefined ? 0 : wasm.input(pastKey), pastValues = pastValue === undefined ? 0 : wasm.input(pastValue);
    for (let b = 0; b < batch; b++) {
      const kept = pastKey === undefined ? 0 : added === 0 ? shape.lengths[b] : shape.firstPrompt ? 0 : shape.lengths[b] - queries;
      keepPast(pastKeys, presentKey.ptr, b, kept);
      keepPast(pastValues, presentValue.ptr, b, kept);
      for (let s = 0; s < added; s++) {
        const at = b * kvHeads * head + (kept + s) * row, k = kFrom.ptr + (b * added + s) * kFrom.stride;
        if (turn !== undefined) turn(k, turned, kvHeads, b, s);
        copyRows(turn === undefined ? k : turned, row, presentKey.ptr + at, head, kvHeads, row);
        copyRows(vFrom.ptr + (b * added + s) * vFrom.stride, row, presentValue.ptr + at, head, kvHeads, row);
      }
    }
    attend(wasm, options, shape, pastKey !== undefined, q, presentKey.ptr, presentValue.ptr, capacity, output.ptr);
    return [output.done(), presentKey.done(), presentValue.done()];
  };
}));

type Turn = (from: number, to: number, heads: number, b: number, s: number) => void;

/** Rotates the heads of one token by its position; undefined without rotary embedding. */
function rotation(wasm: WasmRuntime, { rotary, interleaved }: GqaOptions, shape: GqaShape, inputs: GqaInputs): Turn | undefined {
  if (!rotary) return undefined;
  const [, , , , , , , cos, sin, positionIds] = inputs;
  if (cos === undefined || sin === undefined) fail('E_MODEL', 'do_rotary needs cos_cache and sin_cache');
  const half = cos.dims.at(-1)!;
  const positions = cos.size / half;
  if (half * 2 > shape.headSize) fail('E_SHAPE', 'the rotation is wider than a head', { expected: `at most ${shape.headSize}`, found: String(half * 2) });
  const ids = positionIds && toInts(positionIds);
  const { queries, lengths, firstPrompt, headSize } = shape;
  const position = firstPrompt ? (_: number, s: number) => (ids?.[0] ?? 0) + s : (b: number, s: number) => ids?.[b * queries + s] ?? lengths[b] - queries + s;
  const c = wasm.input(cos), n = wasm.input(sin);
  return (from, to, heads, b, s) => {
    const p = position(b, s);
    if (p < 0 || p >= positions) fail('E_VALUE', 'a position is outside of the tables of cosines and sines', { expected: `[0, ${positions - 1}]`, found: String(p) });
    wasm.kernels.simd.rotate_heads(from, to, heads, headSize, half, interleaved ? 1 : 0, c + 4 * p * half, n + 4 * p * half);
  };
}

/** From this number of queries on, packing keys and values pays. */
const PROMPT = 4;

const isPrompt = ({ window }: GqaOptions, { queries }: GqaShape): boolean => queries >= PROMPT && window < 0;

/** One sample with `keys` keys. */
const sampleOf = ({ heads, kvHeads }: GqaOptions, { queries, headSize }: GqaShape, keys: number): AttentionShape =>
  ({ batch: 1, heads, kvHeads, queries, keys, headSize, valueSize: headSize });

function attend(
  wasm: WasmRuntime, options: GqaOptions, shape: GqaShape, hasPast: boolean, q: { ptr: number; stride: number }, keys: number, values: number, capacity: number, out: number,
): void {
  const { heads, kvHeads, causal, window } = options;
  const { batch, queries, headSize, lengths, firstPrompt } = shape;
  const row = 4 * headSize;
  const scale = options.scale === 0 ? f32(1 / f32(Math.sqrt(headSize))) : options.scale;
  const byProducts = isPrompt(options, shape);
  const share = heads / kvHeads;
  for (let b = 0; b < batch; b++) {
    const total = lengths[b];
    const before = !hasPast || firstPrompt ? 0 : total - queries;
    if (byProducts) {
      const cache = { batch: 0, head: capacity * headSize, row: headSize };
      const at = b * kvHeads * capacity * row;
      attendAll(wasm, {
        shape: sampleOf(options, shape, total), scale, root: false, causal: causal ? before : undefined,
        q: { ptr: q.ptr + b * queries * q.stride, batch: 0, head: headSize, row: q.stride / 4 }, k: { ptr: keys + at, ...cache }, v: { ptr: values + at, ...cache },
        out: { ptr: out + b * queries * heads * row, batch: 0, head: headSize, row: heads * headSize },
      });
      continue;
    }
    const work = 2 * queries * heads * total * headSize;
    const cuts = Math.min(heads, wasm.cuts(queries, work)), each = Math.ceil(heads / cuts);
    wasm.parallel(queries * cuts, work, 4 * capacity, ({ simd }, tile, weights) => {
      const s = Math.floor(tile / cuts), first = (tile % cuts) * each;
      const end = causal ? Math.min(before + s + 1, total) : total;
      const start = window >= 0 ? Math.max(0, end - window) : 0;
      const cache = (b * kvHeads * capacity + start) * row;
      simd.attend_heads(
        q.ptr + (b * queries + s) * q.stride, keys + cache, values + cache, capacity * row, out + (b * queries + s) * heads * row, weights,
        first, Math.min(each, heads - first), share, headSize, end - start, scale,
      );
    });
  }
}
