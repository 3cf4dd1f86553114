/** Between tensors and sequences: SplitToSequence takes a tensor apart along an axis, ConcatFromSequence joins tensors. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape, splitSizes } from '../../../src/ops/shape/geometry.ts';
import { toInts, type Sequence, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { concatTensors, takePart } from '../shape/concat.ts';
import { sequenceOf } from './sequence.ts';

/** `split` is a list of lengths, or one length for all parts but perhaps the last. Without it: slices of length 1. */
export const splitToSequence = implement(contracts.splitToSequence, ({ attrs }) => ([x, split]: [Tensor, Tensor?], ctx) => {
  const axis = axisIn(attrs.int('axis'), x.dims.length, refuseShape);
  const keepDims = split !== undefined || attrs.int('keepdims') !== 0;
  let start = 0;
  const items = partSizes(x.dims[axis], split).map((length) => {
    const dims = x.dims.map((d, i) => (i === axis ? length : d));
    const part = ctx.scratch(x.type, keepDims ? dims : dims.filter((_, i) => i !== axis));
    takePart(part, x, axis, start, length);
    start += length;
    return part;
  });
  return [sequenceOf(x.type, items)];
});

/** Parts may be empty, so their number is not bounded by their bytes. */
const MAX_PARTS = 1_000_000;

function partSizes(length: number, split: Tensor | undefined): readonly number[] {
  const sizes = split === undefined ? [1] : toInts(split);
  if (split !== undefined && split.dims.length > 0) return splitSizes(length, sizes, sizes.length, false, refuseShape);
  const [chunk] = sizes;
  if (!(chunk > 0)) fail('E_VALUE', 'the length of the parts must be positive', { found: String(chunk) });
  if (length / chunk > MAX_PARTS) fail('E_LIMIT', 'the sequence would be too long', { arg: { kind: 'limit', name: 'parts' }, expected: `at most ${MAX_PARTS}`, found: String(length / chunk) });
  return Array.from({ length: Math.ceil(length / chunk) }, (_, i) => Math.min(chunk, length - i * chunk));
}

export const concatFromSequence = implement(contracts.concatFromSequence, ({ attrs }) => {
  const axis = attrs.int('axis');
  const stacked = attrs.int('new_axis') !== 0;
  return ([sequence]: [Sequence], ctx) => {
    const parts = sequence.items as readonly Tensor[];
    if (parts.length === 0) return fail('E_VALUE', 'an empty sequence has nothing to concatenate');
    if (!stacked) return [concatTensors(ctx, parts, axis)];
    const at = axisIn(axis, parts[0].dims.length + 1, refuseShape);
    return [concatTensors(ctx, parts.map((p) => p.reshape([...p.dims.slice(0, at), 1, ...p.dims.slice(at)])), at)];
  };
});
