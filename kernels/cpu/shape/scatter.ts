/** Scatter, ScatterElements, ScatterND, TensorScatter: a copy of the data with updates written into it. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs, OpContract, OpVersion } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { implement, type CpuKernel } from '../implement.ts';
import { blockMover, choose, mover, walk } from '../support/index.ts';
import { elementStrides } from './gather.ts';
import { indicesInto, integersOf, tupleOffsets } from '../support/indices.ts';
import { reducer, type Reduction } from './reduction.ts';

/** Output 0 with the elements of `data`. */
function copyOf(ctx: KernelContext, data: Tensor): Tensor {
  const y = ctx.output(0, data.type, data.dims);
  blockMover(y, data)(0, 0, data.size);
  return y;
}

/** The `reduction` attribute; opset 16 knows add and mul, opset 18 also max and min. */
function reductionOf(attrs: Attrs, version: OpVersion): Reduction {
  if (!attrs.has('reduction')) return 'none';
  const old = { none: 'none', add: 'add', mul: 'mul' } as const;
  return choose<Reduction>(version.since < 18 ? old : { ...old, max: 'max', min: 'min' }, attrs.string('reduction'), 'reduction');
}

/** y[i, indices[i, j, k], k] = updates[i, j, k] for axis 1; later updates win, or are combined in order. */
const scatterAlongAxis = (contract: OpContract): CpuKernel => implement(contract, ({ attrs, version }) => {
  const reduction = reductionOf(attrs, version);
  return ([data, indices, updates]: [Tensor, Tensor, Tensor], ctx) => {
    const axis = axisIn(attrs.int('axis'), data.dims.length, refuseShape);
    const { strides, step } = elementStrides(data, indices, axis);
    if (updates.dims.length !== indices.dims.length || updates.dims.some((d, i) => d !== indices.dims[i])) {
      refuseShape('updates do not fit the indices', `[${indices.dims.join(', ')}]`, `[${updates.dims.join(', ')}]`);
    }
    const at = indicesInto(indices, data.dims[axis]);
    const y = copyOf(ctx, data);
    const combine = reduction === 'none' ? undefined : reducer(reduction, y, updates);
    const move = mover(y, updates);
    walk(indices.dims, [strides], (i, base) => {
      const to = base + at[i] * step;
      if (combine === undefined) move(to, 1, i, 1, 1);
      else combine(to, i, 1);
    });
    return [y];
  };
});

export const scatter = scatterAlongAxis(contracts.scatter);
export const scatterElements = scatterAlongAxis(contracts.scatterElements);

/** data: [d_0, ..., d_(r-1), slice...], indices: [n..., r], updates: [n..., slice...] */
export const scatterND = implement(contracts.scatterND, ({ attrs, version }) => {
  const reduction = reductionOf(attrs, version);
  return ([data, indices, updates]: [Tensor, Tensor, Tensor], ctx) => {
    const depth = indices.dims.at(-1) ?? 0;
    const expected = [...indices.dims.slice(0, -1), ...data.dims.slice(depth)];
    if (depth < 1 || depth > data.dims.length) refuseShape('index tuples do not fit the data', `1 to ${data.dims.length} indices`, String(depth));
    if (updates.dims.length !== expected.length || updates.dims.some((d, i) => d !== expected[i])) {
      refuseShape('updates do not fit indices and data', `[${expected.join(', ')}]`, `[${updates.dims.join(', ')}]`);
    }
    const offsets = tupleOffsets(indices, data.dims.slice(0, depth));
    const slice = sizeOf(data.dims.slice(depth));
    const y = copyOf(ctx, data);
    const write = reduction === 'none' ? blockMover(y, updates) : reducer(reduction, y, updates);
    for (let i = 0; i < offsets.length; i++) write(offsets[i] * slice, i * slice, slice);
    return [y];
  };
});

/** past_cache: [batch, ..., max_length, ...], update: [batch, ..., length, ...], write_indices: [batch] */
export const tensorScatter = implement(contracts.tensorScatter, ({ attrs }) => {
  const circular = choose({ linear: false, circular: true }, attrs.string('mode'), 'mode');
  return ([cache, update, writeIndices]: [Tensor, Tensor, Tensor?], ctx) => {
    const axis = axisIn(attrs.int('axis'), cache.dims.length, refuseShape);
    if (axis === 0) refuseShape('axis 0 is the batch', 'another axis', '0');
    if (update.dims.length !== cache.dims.length || update.dims.some((d, i) => (i === axis ? d > cache.dims[i] : d !== cache.dims[i]))) {
      refuseShape('the update does not fit the cache', `[${cache.dims.join(', ')}], shorter on axis ${axis}`, `[${update.dims.join(', ')}]`);
    }
    const y = copyOf(ctx, cache);
    if (y.size === 0) return [y];
    const [batch] = cache.dims;
    const starts = writeIndices === undefined ? new Float64Array(batch) : integersOf(writeIndices);
    if (starts.length !== batch) refuseShape('write_indices does not fit the batch', `[${batch}]`, `[${starts.length}]`);
    const max = cache.dims[axis];
    const length = update.dims[axis];
    const rows = sizeOf(cache.dims.slice(1, axis)); // rows of a batch entry that have an axis each
    const inner = sizeOf(cache.dims.slice(axis + 1));
    const move = blockMover(y, update);
    for (let b = 0; b < batch; b++) {
      const start = starts[b];
      if (start < 0 || (!circular && start + length > max)) {
        fail('E_VALUE', 'the update would be written outside the cache', { expected: `0 to ${max - length}`, found: String(start) });
      }
      for (let row = b * rows; row < (b + 1) * rows; row++) {
        for (let i = 0; i < length; i++) move((row * max + ((start + i) % max)) * inner, (row * length + i) * inner, inner);
      }
    }
    return [y];
  };
});
