/** GroupQueryAttention with a plain cache that stays on the device, and rotary positions. One length for all samples of the batch. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { gqaOptions, gqaShape, type GqaInputs, type GqaOptions, type GqaShape } from '../../../src/ops/attention/gqa.ts';
import { groupQueryAttention as contract } from '../../../src/ops/contracts.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { appendCache, attentionScores, attentionValues, rotary } from '../functions/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { softmaxRows } from '../math/softmax-rows.ts';
import { move } from '../shape/strided.ts';

const FLOATS: readonly DType[] = ['float32', 'float16'];

function supports(node: PlacedNode): true | string {
  const { inputs, outputs } = node.node;
  const options = gqaOptions(node.attrs);
  const absent = (i: number, name: string): true | string => inputs[i] === undefined || `${name} is given`;
  const batch = node.inputShape(0)?.[0];
  return all(
    onlyTypes(node, 0, FLOATS), options.cacheBits === 0 || 'a quantized cache', !options.slidingCache || 'a sliding cache', !options.smoothSoftmax || 'smooth_softmax',
    options.causal || 'not causal', outputs[3] === undefined || 'qk output is wanted', batch === 1 || typeof batch !== 'number' || 'samples of several lengths',
    absent(10, 'attention_bias'), absent(11, 'head_sink'), absent(14, 'q_norm_weight'), absent(15, 'k_norm_weight'),
  );
}

export const groupQueryAttention = adapt(contract, supports, ({ attrs }, gpu) => {
  const options = gqaOptions(attrs);
  const scaleOf = (size: number): number => (options.scale === 0 ? f32(1 / f32(Math.sqrt(size))) : options.scale);
  return async (inputs: GqaInputs, ctx) => {
    const [query, key, value, pastKey, pastValue, , , cos, sin] = inputs;
    const shape = gqaShape(options, inputs);
    const { batch, queries, added, headSize, longest, pastCapacity, lengths } = shape;
    if (lengths.some((l) => l !== longest) || shape.added === 0) {
      fail('E_OP_UNSUPPORTED', 'samples of several lengths, or keys that are all cached', { hint: 'place GroupQueryAttention on cpu for this model' });
    }
    const { heads, kvHeads } = options;
    const capacity = Math.max(longest, pastCapacity);
    const past = pastKey === undefined || shape.firstPrompt ? 0 : longest - queries;

    // [batch, rows, heads, size] each, out of one packed row or of three inputs.
    const part = (from: Tensor, at: number, count: number, width: number): Promise<Tensor> =>
      move(gpu, ctx, from, [batch, added, count, headSize], [added * width, width, headSize, 1], at);
    const width = (shape.packed ? heads + 2 * kvHeads : heads) * headSize;
    let q = await part(query, 0, heads, width);
    let k = shape.packed ? await part(query, heads * headSize, kvHeads, width) : gpu.view(key!, [batch, added, kvHeads, headSize]);
    const v = shape.packed ? await part(query, (heads + kvHeads) * headSize, kvHeads, width) : gpu.view(value!, [batch, added, kvHeads, headSize]);
    if (options.rotary) {
      if (cos === undefined || sin === undefined) fail('E_MODEL', 'do_rotary needs cos_cache and sin_cache');
      const positions = gpu.table(positionsOf(inputs, shape, cos.dims[0]));
      const turned = await rotate(gpu, ctx, options, q, positions, cos, sin, heads);
      q.dispose();
      q = turned;
      const turnedKey = await rotate(gpu, ctx, options, k, positions, cos, sin, kvHeads);
      k.dispose();
      k = turnedKey;
      positions.dispose();
    }
    const append = async (cache: Tensor | undefined, fresh: Tensor): Promise<Tensor> => {
      const old = cache === undefined || cache.size === 0 ? gpu.view(fresh, fresh.dims) : gpu.view(cache, cache.dims);
      const y = await gpu.run(ctx, appendCache, query.type, [batch, kvHeads, capacity, headSize], [old, fresh, kvHeads, capacity, headSize, pastCapacity, added, past]);
      old.dispose();
      return y;
    };
    const presentKey = await append(pastKey, k), presentValue = await append(pastValue, v);
    const scores = await gpu.run(ctx, attentionScores, 'float32', [batch, heads, queries, capacity], [
      q, presentKey, heads, queries, capacity, headSize, heads / kvHeads, past, options.window, scaleOf(headSize), options.softcap,
    ]);
    const weights = await softmaxRows(gpu, ctx, scores, capacity);
    const y = await gpu.run(ctx, attentionValues, query.type, [batch, queries, heads * headSize], [weights, presentValue, heads, queries, capacity, headSize, heads / kvHeads]);
    for (const t of [q, k, v, scores, weights]) t.dispose();
    return [y, presentKey, presentValue];
  };
}, ['device', 'device', 'device', 'device', 'device', 'host', 'host', 'device', 'device', 'host']);

function positionsOf(inputs: GqaInputs, { batch, queries, longest, firstPrompt }: GqaShape, count: number): number[] {
  const ids = inputs[9] && toInts(inputs[9]);
  return Array.from({ length: batch * queries }, (_, i) => {
    const s = i % queries;
    const p = firstPrompt ? (ids?.[0] ?? 0) + s : (ids?.[i] ?? longest - queries + s);
    if (p < 0 || p >= count) fail('E_VALUE', 'a position is outside of the tables of cosines and sines', { expected: `[0, ${count - 1}]`, found: String(p) });
    return p;
  });
}

function rotate(gpu: GpuEngine, ctx: KernelContext, { interleaved }: GqaOptions, x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor, heads: number): Promise<Tensor> {
  return gpu.run(ctx, rotary, x.type, x.dims, [x, positions, cos, sin, heads, x.dims.at(-1)!, cos.dims.at(-1)!, interleaved ? 1 : 0]);
}
