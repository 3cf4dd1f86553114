/** The dispatch that attends: where queries, keys, values, results and biases lie. */
import { fail } from '../../../src/errors.ts';
import { broadcastStrides, type Tensor } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import type { FloatType } from '../wgsl/rows.ts';
import { attendProgram, type AttendForm } from './attend-program.ts';
import { uploadOnce } from './small-uploads.ts';

/** A tensor of heads: elements from one batch, head and row to the next. */
export interface Heads {
  readonly tensor: Tensor;
  readonly steps: readonly [batch: number, head: number, row: number];
}

/** [B, heads, rows, size] */
export function byHead(tensor: Tensor, heads: number, rows: number, size: number): Heads {
  return { tensor, steps: [heads * rows * size, rows * size, size] };
}

/** [B, rows, width], with heads of `size` side by side in a row. */
export function byRow(tensor: Tensor, rows: number, size: number, width: number): Heads {
  return { tensor, steps: [rows * width, size, width] };
}

/** `tensor` broadcasts to [batch, heads, queries, its own keys]. */
export interface Bias {
  readonly tensor: Tensor;
  readonly steps: readonly number[];
}

export interface Attention {
  /** Of each sample: its keys, and the position of the first query among them. */
  readonly samples: readonly (readonly [keys: number, first: number])[];
  readonly heads: number;
  readonly queries: number;
  readonly headSize: number;
  readonly valueSize: number;
  /** Heads of queries to a head of keys. */
  readonly group: number;
  readonly q: Heads;
  readonly k: Heads;
  readonly v: Heads;
  readonly out: Heads;
  readonly bias: Bias | undefined;
  /** Keys behind its own position that a query sees; -1: all. */
  readonly ahead: number;
  readonly window?: number;
  readonly left?: number;
  readonly scale: number;
  readonly softcap?: number;
  /** Tables of cosines and sines and the positions of queries, with the elements of half a rotation. */
  readonly turns?: readonly Tensor[];
  readonly half?: number;
  readonly interleaved?: boolean;
  /** A weight that no key gets: 0 for all heads, or one of each. */
  readonly sink?: Tensor | 'zero' | undefined;
}

export function attend(gpu: WebgpuSession, a: Attention): void {
  const { bias, turns = [], softcap = 0, sink } = a;
  const form: AttendForm = {
    dtype: a.q.tensor.type as FloatType, rotary: turns.length > 0, interleaved: a.interleaved ?? false, softcap: softcap > 0, bias: bias?.tensor.type as AttendForm['bias'],
    sink: sink === undefined ? 'none' : sink === 'zero' ? 'zero' : 'heads', H: a.headSize, V: a.valueSize,
  };
  gpu.run(
    gpu.program(`attend ${Object.values(form).join(' ')}`, () => attendProgram(form)),
    [
      uploadOnce(gpu, a.samples.flat()), a.q.tensor, a.k.tensor, a.v.tensor, ...turns, ...(bias === undefined ? [] : [bias.tensor]),
      ...(sink === undefined || sink === 'zero' ? [] : [sink]), a.out.tensor,
    ],
    [
      ...a.q.steps, ...a.k.steps, ...a.v.steps, ...a.out.steps, ...(bias?.steps ?? [0, 0, 0, 0]),
      a.queries, a.group, a.half ?? 0, a.ahead, a.window ?? 0, a.left ?? -1, a.scale, softcap,
    ],
    [a.queries, a.heads, a.samples.length],
  );
}

/** A bias or mask beside scores of [batch, heads, queries, keys]; `shorter`: it may end before the keys. */
export function biasOf(tensor: Tensor | undefined, [batch, heads, queries]: readonly number[], keys: number, shorter = false): Bias | undefined {
  if (tensor === undefined) return undefined;
  const length = tensor.dims.at(-1) ?? 1;
  const full = [batch, heads, queries, length];
  if (tensor.dims.length > 4 || (shorter ? length > keys : length < keys) || tensor.dims.some((d, i) => d !== 1 && d !== full[i + 4 - tensor.dims.length])) {
    fail('E_SHAPE', 'a bias or mask does not fit the scores', {
      expected: `broadcastable to [${batch}, ${heads}, ${queries}, ${shorter ? keys : Math.max(length, keys)}]`, found: `[${tensor.dims.join(', ')}]`,
    });
  }
  return { tensor, steps: broadcastStrides(tensor.dims, full) };
}
