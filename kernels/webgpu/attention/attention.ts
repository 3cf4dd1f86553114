/**
 * Attention of the standard: any layout of heads, masks, a cache that is kept on the device. The sums are float32, whatever the type; scores and
 * weights of float16 are not rounded between them.
 */
import { attention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { fold } from '../runtime/gpu.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { elementOf } from '../wgsl/element.ts';
import type { FloatType } from '../wgsl/rows.ts';
import { attend, biasOf, byHead, byRow, type Heads } from './attend.ts';
import { cacheProgram } from './cache-program.ts';
import { uploadOnce } from './small-uploads.ts';

const FLOAT32 = 1, FLOAT16 = 10; // TensorProto.DataType

function supports(node: PlacedNode): true | string {
  const { attrs, node: { outputs } } = node;
  const type = node.inputType(0);
  const int = (name: string): number => (attrs.has(name) ? attrs.int(name) : 0);
  const fits = ([['q_num_heads', 0], ['kv_num_heads', 1], ['kv_num_heads', 2]] as const).every(([name, i]) => {
    const shape = node.inputShape(i);
    const last = shape?.at(-1);
    const size = typeof last === 'number' && shape?.length === 3 ? last / int(name) : last;
    return typeof size === 'number' && Number.isInteger(size) && size <= 512 && (type !== 'float16' || size % 2 === 0);
  });
  return all(
    ...[0, 1, 2, 4, 5].map((i) => onlyTypes(node, i, 'float32', 'float16')), [1, 2].every((i) => node.inputType(i) === type) || 'Q, K and V of different types',
    onlyTypes(node, 3, 'float32', 'float16', 'bool'), fits || 'a head size that is not known to be at most 512, or of float16 to be even', outputs[3] === undefined || 'qk output is wanted',
    !attrs.has('softmax_precision') || [FLOAT32, FLOAT16].includes(attrs.int('softmax_precision')) || 'softmax_precision is set',
  );
}

interface Sizes {
  readonly heads: number;
  readonly rows: number;
  readonly size: number;
}

/** A tensor as heads: 4-D [B, heads, rows, size], or 3-D [B, rows, heads * size]. */
function sizesOf({ dims }: Tensor, heads: number, name: string): Sizes {
  if (dims.length === 4) return { heads: dims[1], rows: dims[2], size: dims[3] };
  if (dims.length === 3 && heads > 0 && dims[2] % heads === 0) return { heads, rows: dims[1], size: dims[2] / heads };
  return fail('E_SHAPE', `${name} does not divide into heads`, { expected: `rank 4, or [B, rows, ${heads} * size]`, found: describeShape(dims) });
}

const headsOf = (t: Tensor, { heads, rows, size }: Sizes): Heads => (t.dims.length === 4 ? byHead(t, heads, rows, size) : byRow(t, rows, size, heads * size));

/** present [B, G, past + rows, H] = past rows, then those of `x`. */
function extend(gpu: WebgpuSession, present: Tensor, past: Tensor | undefined, before: number, x: Heads, { heads, rows, size }: Sizes): Heads {
  const dtype = present.type as FloatType;
  const words = present.size / elementOf(dtype).lanes;
  const kept = uploadOnce(gpu, new Array<number>(present.dims[0]).fill(before));
  gpu.run(
    gpu.program(`cache ${dtype} ${past !== undefined} false false`, () => cacheProgram({ dtype, past: past !== undefined, rotary: false, interleaved: false })),
    [kept, x.tensor, ...(past ? [past] : []), present], [heads, size, before + rows, before, rows, ...x.steps, 0, 0, words], fold(Math.ceil(words / 64)),
  );
  return byHead(present, heads, before + rows, size);
}

type Inputs = [q: Tensor, k: Tensor, v: Tensor, mask?: Tensor, pastKey?: Tensor, pastValue?: Tensor, nonpad?: Tensor];

export const attention = adapt(contract, supports, ({ attrs, version }, gpu) => {
  const int = (name: string, otherwise: number): number => (version.attributes.has(name) && attrs.has(name) ? attrs.int(name) : otherwise);
  const queryHeads = int('q_num_heads', 0), kvHeads = int('kv_num_heads', 0), causal = int('is_causal', 0) !== 0;
  const left = int('left_window_size', -1), right = int('right_window_size', -1);
  const softcap = f32(attrs.float('softcap'));
  return ([qTensor, kTensor, vTensor, mask, pastKey, pastValue, nonpad]: Inputs, ctx: KernelContext) => {
    if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
    if (nonpad !== undefined && pastKey !== undefined) fail('E_MODEL', 'nonpad_kv_seqlen and past_key exclude each other');
    const q = sizesOf(qTensor, queryHeads, 'Q'), k = sizesOf(kTensor, kvHeads, 'K'), v = sizesOf(vTensor, kvHeads, 'V');
    const batch = qTensor.dims[0];
    if (k.size !== q.size || k.rows !== v.rows || k.heads !== v.heads || q.heads % k.heads !== 0 || kTensor.dims[0] !== batch || vTensor.dims[0] !== batch) {
      fail('E_SHAPE', 'Q, K and V do not fit together', { found: [qTensor, kTensor, vTensor].map((t) => describeShape(t.dims)).join(', ') });
    }
    const past = pastKey?.dims[2] ?? 0;
    const keys = past + k.rows;
    const valid = nonpad && toInts(nonpad);
    if (valid !== undefined && valid.length !== batch) fail('E_SHAPE', 'nonpad_kv_seqlen must have an entry a sample', { found: describeShape(nonpad!.dims) });
    const bias = biasOf(mask, [batch, q.heads, q.rows], keys, true);
    const made: Tensor[] = [];
    const caches = ([[kTensor, k, pastKey], [vTensor, v, pastValue]] as const).map(([x, sizes, before], i) => {
      const dims = [batch, sizes.heads, past, sizes.size];
      if (before !== undefined && (before.type !== x.type || before.dims.length !== 4 || before.dims.some((d, at) => d !== dims[at]))) {
        fail('E_SHAPE', 'the past does not fit', { expected: `${x.type}${describeShape(dims)}`, found: `${before.type}${describeShape(before.dims)}` });
      }
      const rows = headsOf(x, sizes);
      const wanted = ctx.wants(i + 1);
      if (before === undefined && !wanted) return { heads: rows, present: undefined };
      const full = [batch, sizes.heads, keys, sizes.size];
      const present = wanted ? gpu.output(ctx, x.type, full) : gpu.scratch(x.type, full);
      if (!wanted) made.push(present);
      return { heads: present.size === 0 ? byHead(present, sizes.heads, keys, sizes.size) : extend(gpu, present, before, past, rows, sizes), present: wanted ? present : undefined };
    });
    const flat = qTensor.dims.length === 3;
    const out = gpu.output(ctx, qTensor.type, flat ? [batch, q.rows, q.heads * v.size] : [batch, q.heads, q.rows, v.size]);
    const seen = Math.min(keys, mask?.dims.at(-1) ?? keys); // a mask hides the keys behind its end
    if (out.size > 0) {
      attend(gpu, {
        samples: Array.from({ length: batch }, (_, b) => [Math.max(0, Math.min(seen, valid?.[b] ?? seen)), valid === undefined ? past : valid[b] - q.rows]),
        heads: q.heads, queries: q.rows, headSize: q.size, valueSize: v.size, group: q.heads / k.heads,
        q: headsOf(qTensor, q), k: caches[0].heads, v: caches[1].heads, out: headsOf(out, { ...q, size: v.size }),
        bias, ahead: causal ? 0 : right, left, scale: attrs.has('scale') ? f32(attrs.float('scale')) : f32(1 / f32(Math.sqrt(q.size))), softcap,
      });
    }
    for (const t of made) t.dispose();
    return [out, caches[0].present, caches[1].present];
  };
}, [undefined, undefined, undefined, undefined, undefined, undefined, 'host']);
