/**
 * Rotary position embedding of every head of x:  y1 = x1 cos - x2 sin,  y2 = x1 sin + x2 cos  for the pairs (i, i + rotaryDim / 2), or
 * (2i, 2i + 1) when interleaved. Elements from rotaryDim on stay as they are. Positions are read and checked on the host.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, toInts, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { integersOnDevice } from '../shape/indices.ts';
import { FLOATS } from '../wgsl/element.ts';

interface Rotation {
  readonly batch: number;
  readonly rows: number;
  readonly headSize: number;
  /** Elements between rows of a head. */
  readonly rowStep: number;
 
}

/** x: [B, N, S, H], or [B, S, N * H] with the head size or the number of heads given. */
function rotationOf(x: Tensor, headSize: number | undefined, numHeads: number): Rotation {
  if (x.dims.length === 4) return { batch: x.dims[0], rows: x.dims[2], headSize: x.dims[3], rowStep: x.dims[3] };
  if (x.dims.length !== 3) fail('E_SHAPE', 'x must be [B, N, S, H] or [B, S, N * H]', { found: describeShape(x.dims) });
  const [batch, rows, width] = x.dims;
  const size = headSize ?? (numHeads > 0 ? width / numHeads : fail('E_ATTRIBUTE', 'a 3-D input needs num_heads'));
  if (!Number.isInteger(size) || !Number.isInteger(width / size)) {
    fail('E_SHAPE', 'the hidden size does not divide into heads', { found: `${width} elements, heads of ${size}` });
  }
  return { batch, rows, headSize: size, rowStep: width };
}

/** `positions`: the table row of each token, [B, S]. */
function rotate(
  gpu: WebgpuSession, ctx: KernelContext, x: Tensor, cos: Tensor, sin: Tensor, r: Rotation, positions: readonly number[], interleaved: boolean,
): Tensor {
  const half = cos.dims.at(-1)!;
  if (cos.dims.length < 2 || cos.dims.length !== sin.dims.length || cos.dims.some((d, i) => d !== sin.dims[i])) {
    fail('E_SHAPE', 'the tables of cosines and sines do not fit together', { found: `${describeShape(cos.dims)} and ${describeShape(sin.dims)}` });
  }
  if (half * 2 > r.headSize) fail('E_SHAPE', 'the rotation is wider than a head', { expected: `at most ${r.headSize}`, found: String(half * 2) });
  const last = half === 0 ? 0 : cos.size / half;
  for (const position of positions) {
    if (position < 0 || position >= last) {
      fail('E_VALUE', 'a position is outside of the tables of cosines and sines', { expected: `[0, ${last - 1}]`, found: String(position) });
    }
  }
  const type: DType = x.type;
  const program = gpu.mapProgram(`RotaryEmbedding:${type}:${cos.type}:${interleaved}`, () => ({
    label: 'RotaryEmbedding', inputs: { x: type, cos: cos.type, sin: cos.type, at: 'int32' }, output: type,
    params: ['rows', 'headSize', 'rowStep', 'perBatch', 'half'],
    code: `fn value(i: u32) -> f32 {
  let within = i % p.perBatch;
  let row = (within / p.rowStep) % p.rows;
  let e = i % p.headSize;
  if (e >= 2u * p.half) { return x_at(i); }
  let pair = ${interleaved ? 'e / 2u' : 'e % p.half'};
  let second = ${interleaved ? '(e & 1u) == 1u' : 'e >= p.half'};
  let step = ${interleaved ? '1u' : 'p.half'};
  let t = u32(at_at((i / p.perBatch) * p.rows + row)) * p.half + pair;
  let c = cos_at(t); let s = sin_at(t);
  if (second) { return x_at(i - step) * s + x_at(i) * c; }
  return x_at(i) * c - x_at(i + step) * s;
}`,
  }));
  const y = gpu.output(ctx, type, x.dims);
  const at = integersOnDevice(gpu, positions);
  gpu.map(program, [x, cos, sin, at], y, [r.rows, r.headSize, r.rowStep, x.size / Math.max(1, r.batch), half]);
  at.dispose();
  return y;
}

/** Without position_ids the tables have a row for each token: [B, S, rotaryDim / 2]. */
export const rotaryEmbedding = adapt(
  contracts.rotaryEmbedding, (node) => all(...[0, 1, 2].map((i) => onlyTypes(node, i, ...FLOATS))),
  ({ attrs }, gpu) => {
    const numHeads = attrs.has('num_heads') ? attrs.int('num_heads') : 0;
    const rotaryDim = attrs.int('rotary_embedding_dim');
    return ([x, cos, sin, positionIds]: [Tensor, Tensor, Tensor, Tensor?], ctx) => {
      const r = rotationOf(x, undefined, numHeads);
      const wanted = (rotaryDim === 0 ? r.headSize : rotaryDim) / 2;
      if (cos.dims.at(-1) !== wanted) fail('E_SHAPE', 'the tables do not fit the rotation', { expected: `rows of ${wanted}`, found: describeShape(cos.dims) });
      const tokens = r.batch * r.rows;
      const ids = positionIds === undefined ? Array.from({ length: tokens }, (_, i) => i) : toInts(positionIds);
      if (ids.length !== tokens) {
        fail('E_SHAPE', 'position_ids must be [B, S]', { expected: `[${r.batch}, ${r.rows}]`, found: describeShape(positionIds!.dims) });
      }
      return [rotate(gpu, ctx, x, cos, sin, r, ids, attrs.int('interleaved') !== 0)];
    };
  },
  ['device', 'device', 'device', 'host'],
);

/** A single position is that of the first token; the others follow it. */
export const msRotaryEmbedding = adapt(
  contracts.msRotaryEmbedding, (node) => all(...[0, 2, 3].map((i) => onlyTypes(node, i, ...FLOATS))),
  ({ attrs }, gpu) => {
    const number = (name: string): number => (attrs.has(name) ? attrs.int(name) : 0);
    return ([x, positionIds, cos, sin]: [Tensor, Tensor, Tensor, Tensor], ctx) => {
      const r = rotationOf(x, number('rotary_embedding_dim') === 0 ? cos.dims.at(-1)! * 2 : undefined, number('num_heads'));
      const ids = toInts(positionIds); // [1] or [B, S]
      if (ids.length !== 1 && ids.length !== r.batch * r.rows) {
        fail('E_SHAPE', 'position_ids must be [1] or [B, S]', { found: describeShape(positionIds.dims) });
      }
      const positions = positionIds.dims.length === 1 ? Array.from({ length: r.batch * r.rows }, (_, i) => ids[0] + (i % r.rows)) : ids;
      return [rotate(gpu, ctx, x, cos, sin, r, positions, number('interleaved') !== 0)];
    };
  },
  ['device', 'host', 'device', 'device'],
);
