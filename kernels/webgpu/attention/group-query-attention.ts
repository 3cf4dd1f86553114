/** GroupQueryAttention with its cache on the device: two dispatches that extend keys and values, one that attends. */
import { groupQueryAttention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { gqaOptions, gqaShape, type GqaInputs, type GqaOptions, type GqaShape } from '../../../src/ops/attention/gqa.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { fold } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { elementOf } from '../wgsl/element.ts';
import type { FloatType } from '../wgsl/rows.ts';
import { attend, biasOf, byHead, byRow } from './attend.ts';
import { cacheProgram, type CacheForm } from './cache-program.ts';
import { uploadOnce } from './small-uploads.ts';

function supports(node: PlacedNode): true | string {
  const { inputs, outputs } = node.node;
  const options = gqaOptions(node.attrs);
  const width = node.inputShape(0)?.at(-1);
  const headSize = typeof width === 'number' ? width / (inputs[1] === undefined ? options.heads + 2 * options.kvHeads : options.heads) : NaN;
  const absent = (i: number, name: string): true | string => inputs[i] === undefined || `${name} is given`;
  return all(
    onlyTypes(node, 0, 'float32', 'float16'), (headSize % 2 === 0 && headSize <= 512) || 'the head size is not known to be even and at most 512',
    onlyTypes(node, 10, 'float32', 'float16'), options.cacheBits === 0 || 'a quantized cache', !options.slidingCache || 'a sliding cache', outputs[3] === undefined || 'qk output is wanted',
    absent(14, 'q_norm_weight'), absent(15, 'k_norm_weight'), options.window !== 0 || 'a window of no keys',
  );
}

/** Lengths and positions decide shapes, so they are read on the host. */
const READS = [undefined, undefined, undefined, undefined, undefined, 'host', 'host', undefined, undefined, 'host'] as const;

export const groupQueryAttention = adapt(contract, supports, ({ attrs }, gpu) => {
  const options = gqaOptions(attrs);
  return (inputs: GqaInputs, ctx: KernelContext) => {
    const shape = gqaShape(options, inputs);
    const [query, key, value, pastKey, pastValue, , , cos, sin] = inputs;
    const { batch, queries, headSize, longest, pastCapacity } = shape;
    const { heads, kvHeads } = options;
    const dtype = query.type as FloatType;
    for (const past of [pastKey, pastValue]) if (past !== undefined && past.type !== dtype) fail('E_TYPE', 'a cache that is not quantized has the type of query', { expected: dtype, found: past.type });
    const capacity = Math.max(longest, pastCapacity);
    const [out, presentKey, presentValue] = [[batch, queries, heads * headSize], [batch, kvHeads, capacity, headSize], [batch, kvHeads, capacity, headSize]]
      .map((dims) => gpu.output(ctx, dtype, dims));
    if (out.size === 0) return [out, presentKey, presentValue];
    const kept = uploadOnce(gpu, shape.lengths.map((length) => (pastKey === undefined || (shape.firstPrompt && shape.added > 0) ? 0 : shape.added === 0 ? length : length - queries)));
    const turns = options.rotary ? [cos!, sin!, uploadOnce(gpu, positionsOf(shape, inputs))] : [];
    const width = (shape.packed ? heads + 2 * kvHeads : kvHeads) * headSize;
    const half = options.rotary ? cos!.dims.at(-1)! : 0;
    const extend = (x: Tensor, from: number, past: Tensor | undefined, present: Tensor, rotary: boolean): void => {
      const form: CacheForm = { dtype, past: past !== undefined, rotary, interleaved: options.interleaved };
      const words = present.size / elementOf(dtype).lanes;
      const program = gpu.program(`cache ${dtype} ${form.past} ${rotary} ${form.interleaved}`, () => cacheProgram(form));
      gpu.run(program, [kept, x, ...(past ? [past] : []), ...(rotary ? turns : []), present],
        [kvHeads, headSize, capacity, pastCapacity, shape.added, shape.added * width, headSize, width, from * headSize, half, words], fold(Math.ceil(words / 64)));
    };
    extend(key ?? query, shape.packed ? heads : 0, pastKey, presentKey, options.rotary);
    extend(value ?? query, shape.packed ? heads + kvHeads : 0, pastValue, presentValue, false);
    attendTo(gpu, options, shape, inputs, turns, pastKey !== undefined, presentKey, presentValue, out);
    return [out, presentKey, presentValue];
  };
}, READS);

/** Position of each query: [B, S]. */
function positionsOf(shape: GqaShape, [, , , , , , , cos, sin, positionIds]: GqaInputs): number[] {
  const { batch, lengths, queries, firstPrompt, headSize } = shape;
  if (cos === undefined || sin === undefined) fail('E_MODEL', 'do_rotary needs cos_cache and sin_cache');
  const half = cos.dims.at(-1)!;
  if (half * 2 > headSize) fail('E_SHAPE', 'the rotation is wider than a head', { expected: `at most ${headSize}`, found: String(half * 2) });
  const ids = positionIds && toInts(positionIds);
  if (ids !== undefined && ids.length < (firstPrompt ? 1 : batch * queries)) {
    fail('E_SHAPE', 'position_ids must be [B, S]', { expected: `[${batch}, ${queries}]`, found: `[${positionIds!.dims.join(', ')}]` });
  }
  // Of a first prompt's position_ids only the first is read: the tokens follow it.
  const positions = lengths.flatMap((length, b) => Array.from({ length: queries }, (_, s) => (firstPrompt ? (ids?.[0] ?? 0) + s : (ids?.[b * queries + s] ?? length - queries + s))));
  const most = cos.size / half;
  for (const p of positions) if (p < 0 || p >= most) fail('E_VALUE', 'a position is outside of the tables of cosines and sines', { expected: `[0, ${most - 1}]`, found: String(p) });
  return positions;
}

function attendTo(
  gpu: WebgpuSession, options: GqaOptions, shape: GqaShape, inputs: GqaInputs, turns: readonly Tensor[], hasPast: boolean, keys: Tensor, values: Tensor, out: Tensor,
): void {
  const { heads, kvHeads, causal, window, softcap, smoothSoftmax, interleaved } = options;
  const { batch, queries, headSize, lengths, firstPrompt, packed } = shape;
  const [query, , , , , , , cos, , , bias, sinks] = inputs;
  const capacity = keys.dims[2];
  attend(gpu, {
    samples: lengths.map((total) => [total, !hasPast || firstPrompt ? 0 : total - queries]), heads, queries, headSize, valueSize: headSize, group: heads / kvHeads,
    q: byRow(query, queries, headSize, (packed ? heads + 2 * kvHeads : heads) * headSize), k: byHead(keys, kvHeads, capacity, headSize), v: byHead(values, kvHeads, capacity, headSize),
    out: byRow(out, queries, headSize, heads * headSize), bias: biasOf(bias, [batch, heads, queries], Math.max(...lengths)), ahead: causal ? 0 : -1, window: Math.max(0, window),
    scale: options.scale === 0 ? f32(1 / f32(Math.sqrt(headSize))) : options.scale, softcap, turns, half: turns.length > 0 ? cos!.dims.at(-1)! : 0, interleaved,
    sink: sinks ?? (smoothSoftmax ? 'zero' : undefined),
  });
}
