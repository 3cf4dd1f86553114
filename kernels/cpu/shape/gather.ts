/** Gather, GatherElements, GatherND: elements taken at given indices. Negative indices count from the back. */
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { sizeOf, splitAt, stridesOf, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { blockMover, mover, walk } from '../support/index.ts';
import { indicesInto, tupleOffsets } from '../support/indices.ts';

/** data: [outer, length, inner], indices: [count] -> [outer, count, inner] */
export const gather = implement(contracts.gather, ({ attrs }) => ([data, indices]: [Tensor, Tensor], ctx) => {
  const axis = axisIn(attrs.int('axis'), data.dims.length, refuseShape);
  const { outer, length, inner } = splitAt(data.dims, axis);
  const at = indicesInto(indices, length);
  const y = ctx.output(0, data.type, [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)]);
  if (y.size === 0) return [y];
  const move = blockMover(y, data);
  for (let o = 0, to = 0; o < outer; o++) {
    for (let i = 0; i < at.length; i++, to += inner) move(to, (o * length + at[i]) * inner, inner);
  }
  return [y];
});

/** y[i, j, k] = data[i, indices[i, j, k], k] for axis 1; indices may be shorter than data on the other axes. */
export const gatherElements = implement(contracts.gatherElements, ({ attrs }) => ([data, indices]: [Tensor, Tensor], ctx) => {
  const axis = axisIn(attrs.int('axis'), data.dims.length, refuseShape);
  const { strides, step } = elementStrides(data, indices, axis);
  const at = indicesInto(indices, data.dims[axis]);
  const y = ctx.output(0, data.type, indices.dims);
  const move = mover(y, data);
  walk(indices.dims, [strides], (i, base) => move(i, 1, base + at[i] * step, 1, 1));
  return [y];
});

/** Strides of `data` without the indexed axis, and the step along that axis. Checks that `indices` fits. */
export function elementStrides(data: Tensor, indices: Tensor, axis: number): { strides: number[]; step: number } {
  if (indices.dims.length !== data.dims.length) {
    refuseShape('data and indices differ in rank', `rank ${data.dims.length}`, `rank ${indices.dims.length}`);
  }
  indices.dims.forEach((d, i) => {
    if (i !== axis && d > data.dims[i]) refuseShape(`indices are longer than data on axis ${i}`, `at most ${data.dims[i]}`, String(d));
  });
  const strides = stridesOf(data.dims);
  const step = strides[axis];
  strides[axis] = 0;
  return { strides, step };
}

/** data: [batch..., d_0, ..., d_r-1, slice...], indices: [batch..., n..., r] -> [batch..., n..., slice...] */
export const gatherND = implement(contracts.gatherND, ({ attrs, version }) => ([data, indices]: [Tensor, Tensor], ctx) => {
  const batchRank = version.since < 12 ? 0 : attrs.int('batch_dims');
  const depth = indices.dims.at(-1) ?? 0;
  const batchDims = data.dims.slice(0, batchRank);
  if (depth < 1 || indices.dims.length <= batchRank || batchRank + depth > data.dims.length || batchDims.some((d, i) => d !== indices.dims[i])) {
    refuseShape('indices do not fit the data', `[${[...batchDims, '..., r'].join(', ')}], r from 1 to ${data.dims.length - batchRank}`, `[${indices.dims.join(', ')}]`);
  }
  const slice = sizeOf(data.dims.slice(batchRank + depth));
  const batches = sizeOf(batchDims);
  const offsets = tupleOffsets(indices, data.dims.slice(batchRank, batchRank + depth));
  const perBatch = batches === 0 ? 0 : offsets.length / batches;
  const batchStep = sizeOf(data.dims.slice(batchRank));
  const y = ctx.output(0, data.type, [...indices.dims.slice(0, -1), ...data.dims.slice(batchRank + depth)]);
  const move = blockMover(y, data);
  for (let i = 0; i < offsets.length; i++) {
    move(i * slice, Math.floor(i / perBatch) * batchStep + offsets[i] * slice, slice);
  }
  return [y];
});
