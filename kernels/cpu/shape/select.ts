/** Compress, ReverseSequence, Trilu: rows kept, turned round or cut off. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, splitAt, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement, type CpuKernel } from '../implement.ts';
import { blockMover, fillWith, zeroOf } from '../support/index.ts';
import { integersOf } from '../support/indices.ts';

/** x: [outer, length, inner], condition: [up to length] -> [outer, number of true, inner]; without axis x is flat. */
export const compress = implement(contracts.compress, ({ attrs }) => ([x, condition]: [Tensor, Tensor], ctx) => {
  const axis = attrs.has('axis') ? axisIn(attrs.int('axis'), x.dims.length, refuseShape) : undefined;
  const { outer, length, inner } = axis === undefined ? { outer: 1, length: x.size, inner: 1 } : splitAt(x.dims, axis);
  const flags = condition.data as Uint8Array;
  if (flags.length > length) refuseShape('the condition is longer than the axis', `at most ${length}`, String(flags.length));
  const kept: number[] = [];
  flags.forEach((flag, i) => {
    if (flag) kept.push(i);
  });
  const y = ctx.output(0, x.type, axis === undefined ? [kept.length] : x.dims.map((d, i) => (i === axis ? kept.length : d)));
  if (y.size === 0) return [y];
  const move = blockMover(y, x);
  for (let o = 0, to = 0; o < outer; o++) {
    for (const i of kept) {
      move(to, (o * length + i) * inner, inner);
      to += inner;
    }
  }
  return [y];
});

/** x: [time, batch, inner...] or [batch, time, inner...]; row b has its first lengths[b] steps reversed. */
export const reverseSequence = implement(contracts.reverseSequence, ({ attrs }) => {
  const timeAxis = attrs.int('time_axis');
  const batchAxis = attrs.int('batch_axis');
  if (timeAxis + batchAxis !== 1 || timeAxis * batchAxis !== 0) {
    fail('E_ATTRIBUTE', 'time_axis and batch_axis must be 0 and 1', { found: `time_axis ${timeAxis}, batch_axis ${batchAxis}` });
  }
  return ([x, lengths]: [Tensor, Tensor], ctx) => {
    if (x.dims.length < 2) refuseShape('the input has no time and batch axes', 'rank 2 or more', `rank ${x.dims.length}`);
    const times = x.dims[timeAxis];
    const batch = x.dims[batchAxis];
    if (lengths.size !== batch) refuseShape('sequence_lens does not fit the batch', `[${batch}]`, `[${lengths.dims.join(', ')}]`);
    const y = ctx.output(0, x.type, x.dims);
    if (y.size === 0) return [y];
    const inner = sizeOf(x.dims.slice(2));
    const [step, row] = timeAxis === 0 ? [batch * inner, inner] : [inner, times * inner];
    const move = blockMover(y, x);
    integersOf(lengths).forEach((length, b) => {
      if (length < 0 || length > times) fail('E_VALUE', 'a sequence length is out of range', { expected: `0 to ${times}`, found: String(length) });
      for (let t = 0; t < times; t++) move(b * row + t * step, b * row + (t < length ? length - 1 - t : t) * step, inner);
    });
    return [y];
  };
});

/** x: [..., rows, columns]; upper keeps columns >= row + k, lower keeps columns <= row + k. */
const triangle = (contract: OpContract): CpuKernel => implement(contract, ({ attrs }) => ([x, shift]: [Tensor, Tensor?], ctx) => {
  if (x.dims.length < 2) refuseShape('the input is not a matrix', 'rank 2 or more', `rank ${x.dims.length}`);
  const [rows, columns] = x.dims.slice(-2);
  const k = shift === undefined ? 0 : toInts(shift)[0];
  const upper = attrs.int('upper') !== 0;
  const y = ctx.output(0, x.type, x.dims);
  fillWith(y, zeroOf(x.type));
  if (y.size === 0) return [y];
  const move = blockMover(y, x);
  for (let row = 0; row < x.size / columns; row++) {
    const edge = Math.max(0, Math.min(columns, (row % rows) + k + (upper ? 0 : 1)));
    if (upper) move(row * columns + edge, row * columns + edge, columns - edge);
    else move(row * columns, row * columns, edge);
  }
  return [y];
});

export const trilu = triangle(contracts.trilu);
export const msTrilu = triangle(contracts.msTrilu);
