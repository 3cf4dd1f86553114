/** Shape inference of normalizations: y is shaped as x, and what is given out beside it has one entry a row or channel. */
import { dtypeFromOnnx, type Dim } from '../../tensor/index.ts';
import type { InferContext, Inferred, InferFunction } from '../define.ts';
import { broadcastShapes, normalizeAxis, show } from '../infer.ts';

/** Mean and inverse deviation keep the axes before `axis`; the rest become 1. They come in the type `stash_type` names. */
export function inferLayer(saves: { readonly mean?: number; readonly inverse?: number }): InferFunction {
  return (c) => {
    const x = c.shape(0);
    const axis = x && normalizeAxis(c, c.attrs.int('axis'), x.length);
    for (let i = 1; i < c.inputCount; i++) {
      const y = broadcastShapes(c, x, c.shape(i));
      if (y !== undefined && y.length > x!.length) c.fail('scale and bias must broadcast to x', `at most rank ${x!.length}`, `rank ${y.length}`);
    }
    const outputs: Inferred[] = [{ shape: x }];
    const saved: Inferred = { dtype: dtypeFromOnnx(c.attrs.int('stash_type')), shape: x?.map((d, i) => (i < axis! ? d : 1)) };
    for (const index of [saves.mean, saves.inverse]) if (index !== undefined) outputs[index] = saved;
    return outputs;
  };
}

/** Refuses vectors that do not match the last axis of input 0. */
function checkVectors(c: InferContext, inputs: readonly number[], length: Dim): void {
  for (const i of inputs) {
    const shape = c.shape(i);
    if (shape === undefined) continue;
    const [d] = shape;
    if (shape.length !== 1 || (typeof d === 'number' && typeof length === 'number' && d !== length)) {
      c.fail(`input ${i} does not fit the normalized axis`, `[${show(length)}]`, `[${shape.map(show).join(', ')}]`);
    }
  }
}

export const inferSkip: InferFunction = (c) => {
  const x = c.shape(0);
  if (x === undefined) return [];
  if (x.length !== 2 && x.length !== 3) c.fail('the input must be [batch, sequence, hidden] or [tokens, hidden]', 'rank 2 or 3', `rank ${x.length}`);
  checkVectors(c, Array.from({ length: Math.max(0, c.inputCount - 2) }, (_, i) => i + 2), x.at(-1));
  const rows = [...x.slice(0, -1), 1];
  return [{ shape: x }, { shape: rows }, { shape: rows }, { shape: x }];
};

export const inferEmbed: InferFunction = (c) => {
  const ids = c.shape(0), word = c.shape(2);
  if (ids !== undefined && ids.length !== 2) c.fail('input_ids must be [batch, sequence]', 'rank 2', `rank ${ids.length}`);
  for (const i of [2, 3, 4]) {
    const table = c.shape(i);
    if (table !== undefined && table.length !== 2) c.fail('an embedding table must be [rows, hidden]', 'rank 2', `rank ${table.length}`);
  }
  checkVectors(c, [5, 6], word?.[1]);
  const shape = ids && [...ids, word?.[1]];
  return [{ shape }, { shape: ids && [ids[0]] }, { shape }];
};

export const inferBatch: InferFunction = (c) => {
  const x = c.shape(0);
  const spatial = c.version.since >= 9 || c.attrs.int('spatial') !== 0;
  if (x !== undefined && x.length > 1 && spatial) checkVectors(c, [1, 2, 3, 4], x[1]);
  const channels: Inferred = { shape: c.shape(3) };
  return [{ shape: x }, channels, channels, channels, channels];
};

export const inferGroups: InferFunction = (c) => {
  const x = c.shape(0);
  if (x !== undefined && x.length < 2) c.fail('the input needs a batch and a channel axis', 'rank 2 or more', `rank ${x.length}`);
  const channels = x?.[1];
  const groups = c.version.attributes.has('num_groups') ? c.attrs.int('num_groups') : undefined;
  if (groups !== undefined && (groups < 1 || (typeof channels === 'number' && channels % groups !== 0))) {
    c.fail('num_groups must divide the channels', `a divisor of ${show(channels)}`, String(groups));
  }
  // The first version of GroupNormalization has one scale and bias a group.
  checkVectors(c, [1, 2], groups !== undefined && c.version.since < 21 ? groups : channels);
  return [{ shape: x }];
};
