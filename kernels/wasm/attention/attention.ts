/** Attention of the standard on float32: any head layout, causal or masked, with a cache. */
import { attention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { attend, attendScratch, biasAt, byHead, byRow, extend, EXTEND_SCRATCH, type AttentionShape, type Heads } from './attend.ts';

function supports(node: PlacedNode): true | string {
  const { attrs, node: { inputs, outputs } } = node;
  const mask = node.inputShape(3);
  const zero = (name: string, otherwise = 0): true | string => !node.version.attributes.has(name) || !attrs.has(name) || attrs.int(name) === otherwise || `${name} is set`;
  return all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), onlyTypes(node, 2, 'float32'),
    attrs.float('softcap') === 0 || 'softcap', zero('left_window_size', -1), zero('right_window_size', -1), zero('softmax_precision', 1),
    outputs[3] === undefined || 'qk output is wanted', inputs[6] === undefined || 'nonpad_kv_seqlen is given',
    inputs[3] === undefined || onlyTypes(node, 3, 'float32', 'bool'),
    inputs[3] === undefined || (mask !== undefined && mask.length > 0 && mask.length <= 4 && mask.at(-1) !== 1) || 'the mask is not known to have rows',
  );
}

/** A tensor as heads: 4-D [B, heads, rows, size], or 3-D [B, rows, heads * size]. */
function sizesOf(t: Tensor, heads: number, name: string): { heads: number; rows: number; size: number } {
  const { dims } = t;
  if (dims.length === 4) return { heads: dims[1], rows: dims[2], size: dims[3] };
  if (dims.length === 3 && heads > 0 && dims[2] % heads === 0) return { heads, rows: dims[1], size: dims[2] / heads };
  return fail('E_SHAPE', `${name} does not divide into heads`, { expected: `rank 4, or [B, rows, ${heads} * size]`, found: describeShape(dims) });
}

function headsAt(ptr: number, rank: number, { heads, rows, size }: { heads: number; rows: number; size: number }): Heads {
  return rank === 4 ? byHead(ptr, heads, rows, size) : byRow(ptr, rows, size, heads * size);
}

/** The mask as rows of `keys` floats to add: a bool hides with -inf, and so does the end of a row that is shorter. */
function maskRows(wasm: WasmRuntime, mask: Tensor, shape: AttentionShape): (b: number, n: number, s: number) => number {
  const { keys } = shape;
  const length = mask.dims.at(-1)!;
  const wanted = [shape.batch, shape.heads, shape.queries].slice(4 - mask.dims.length);
  if (length > keys || mask.dims.slice(0, -1).some((d, i) => d !== 1 && d !== wanted[i])) {
    fail('E_SHAPE', 'attn_mask does not fit the scores', { expected: `[${shape.batch}, ${shape.heads}, ${shape.queries}, at most ${keys}]`, found: describeShape(mask.dims) });
  }
  const dims = [...mask.dims.slice(0, -1), keys];
  const rows = length === 0 ? 0 : mask.size / length;
  const ptr = wasm.scratch(4 * rows * keys);
  const to = wasm.view(Float32Array, ptr, rows * keys).fill(-Infinity);
  const from = mask.data as Float32Array | Uint8Array;
  for (let r = 0; r < rows; r++) {
    for (let t = 0; t < length; t++) to[r * keys + t] = mask.type !== 'bool' ? from[r * length + t] : from[r * length + t] ? 0 : -Infinity;
  }
  return biasAt(dims, ptr);
}

type Inputs = [q: Tensor, k: Tensor, v: Tensor, mask?: Tensor, pastKey?: Tensor, pastValue?: Tensor];

export const attention = adapt(contract, supports, ({ attrs }, wasm) => {
  const int = (name: string) => (attrs.has(name) ? attrs.int(name) : 0);
  const [queryHeads, kvHeads, isCausal] = [int('q_num_heads'), int('kv_num_heads'), int('is_causal') !== 0];
  const given = attrs.has('scale') ? f32(attrs.float('scale')) : undefined;
  return ([qTensor, kTensor, vTensor, mask, pastKey, pastValue]: Inputs, ctx) => {
    if ((pastKey === undefined) !== (pastValue === undefined)) fail('E_MODEL', 'past_key and past_value must be given together');
    const q = sizesOf(qTensor, queryHeads, 'Q'), k = sizesOf(kTensor, kvHeads, 'K'), v = sizesOf(vTensor, kvHeads, 'V');
    const batch = qTensor.dims[0];
    if (k.size !== q.size || k.rows !== v.rows || k.heads !== v.heads || q.heads % k.heads !== 0 || kTensor.dims[0] !== batch || vTensor.dims[0] !== batch) {
      fail('E_SHAPE', 'Q, K and V do not fit together', { found: [qTensor, kTensor, vTensor].map((t) => describeShape(t.dims)).join(', ') });
    }
    const past = pastKey?.dims[2] ?? 0;
    const shape: AttentionShape = { batch, heads: q.heads, kvHeads: k.heads, queries: q.rows, keys: past + k.rows, headSize: q.size, valueSize: v.size };
    const caches = [{ past: pastKey, size: k.size }, { past: pastValue, size: v.size }];
    for (const { past: t, size } of caches) {
      const dims = [batch, k.heads, past, size];
      if (t !== undefined && (t.dims.length !== 4 || t.dims.some((d, i) => d !== dims[i]))) {
        fail('E_SHAPE', 'the past does not fit', { expected: describeShape(dims), found: describeShape(t.dims) });
      }
    }
    const presentBytes = caches.map(({ size }) => align(4 * batch * k.heads * shape.keys * size));
    const yBytes = align(4 * batch * q.rows * q.heads * v.size);
    const maskBytes = mask === undefined ? 0 : align(4 * shape.keys * (mask.size / Math.max(1, mask.dims.at(-1)!)));
    wasm.begin(
      [qTensor, kTensor, vTensor, pastKey, pastValue].reduce((sum, t) => sum + wasm.outside(t), 0)
      + yBytes + presentBytes[0] + presentBytes[1] + maskBytes + EXTEND_SCRATCH + attendScratch(wasm, shape),
    );
    const isFlat = qTensor.dims.length === 3;
    const y = wasm.output(ctx, 0, 'float32', isFlat ? [batch, q.rows, q.heads * v.size] : [batch, q.heads, q.rows, v.size]);
    const parts = [headsAt(wasm.input(kTensor), kTensor.dims.length, k), headsAt(wasm.input(vTensor), vTensor.dims.length, v)];
    const presents = caches.map(({ past: before, size }, i) => {
      if (before === undefined && !ctx.wants(i + 1)) return undefined;
      const present = ctx.wants(i + 1) ? wasm.output(ctx, i + 1, 'float32', [batch, k.heads, shape.keys, size]) : { ptr: wasm.scratch(presentBytes[i]), done: () => undefined };
      parts[i] = extend(wasm, present.ptr, before === undefined ? 0 : wasm.input(before), past, parts[i], batch, k.heads, k.rows, size);
      return present;
    });
    attend(wasm, {
      shape, q: headsAt(wasm.input(qTensor), qTensor.dims.length, q), k: parts[0], v: parts[1], out: headsAt(y.ptr, isFlat ? 3 : 4, { ...q, size: v.size }),
      scale: f32(Math.sqrt(given ?? f32(1 / f32(Math.sqrt(q.size))))), root: true, causal: isCausal ? past : undefined,
      added: mask && maskRows(wasm, mask, shape),
    });
    return [y.done(), presents[0]?.done(), presents[1]?.done()];
  };
});
