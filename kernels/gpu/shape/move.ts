/** Elements moved: transposed, cut, repeated, side by side, picked. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { divisionOf } from '../../../src/ops/shape/division.ts';
import { axisIn, permutation, refuseShape, sliceLayout } from '../../../src/ops/shape/geometry.ts';
import { broadcastDims, broadcastStrides, stridesOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { gather as gatherKernel } from '../functions/index.ts';
import { adapt, all, HELD, onlyTypes } from '../implement.ts';
import { sideBySide } from './side-by-side.ts';
import { move } from './strided.ts';

const moves = (node: Parameters<typeof onlyTypes>[0], index = 0): true | string => all(
  onlyTypes(node, index, HELD), (node.inputShape(index)?.length ?? 9) <= 6 || 'more than six axes',
);

export const transpose = adapt(contracts.transpose, moves, ({ attrs }, gpu) => async ([x]: [Tensor], ctx) => {
  const perm = permutation(attrs.has('perm') ? attrs.ints('perm') : undefined, x.dims.length, refuseShape);
  const strides = stridesOf(x.dims);
  return [await move(gpu, ctx, x, perm.map((p) => x.dims[p]), perm.map((p) => strides[p]))];
});

export const expand = adapt(contracts.expand, moves, (_, gpu) => async ([x, shape]: [Tensor, Tensor], ctx) => {
  const dims = broadcastDims(x.dims, toInts(shape));
  return [await move(gpu, ctx, x, dims, broadcastStrides(x.dims, dims))];
}, ['device', 'host']);

export const slice = adapt(
  contracts.slice,
  (node) => all(moves(node), node.node.inputs.length > 1 || 'starts and ends are attributes of an old version'),
  (_, gpu) => async ([x, starts, ends, axes, steps]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx) => {
    const layout = sliceLayout(x.dims, toInts(starts), toInts(ends), axes && toInts(axes), steps && toInts(steps));
    return [await move(gpu, ctx, x, layout.dims, layout.strides, layout.offset)];
  },
  ['device', 'host', 'host', 'host', 'host'],
);

export const split = adapt(contracts.split, moves, (placed, gpu) => {
  const divide = divisionOf(placed);
  return async ([x, sizes]: [Tensor, Tensor?], ctx) => {
    const { axis, parts } = divide(x, sizes);
    const strides = stridesOf(x.dims);
    const outputs: (Tensor | undefined)[] = [];
    for (const [i, { start, dims }] of parts.entries()) outputs.push(ctx.wants(i) ? await move(gpu, ctx, x, dims, strides, start * strides[axis]) : undefined);
    return outputs;
  };
}, ['device', 'host']);

export const concat = adapt(contracts.concat, (node) => onlyTypes(node, 0, HELD), ({ attrs }, gpu) => async (inputs: readonly Tensor[], ctx) => [
  await sideBySide(gpu, ctx, inputs, attrs.int('axis')),
]);

/** Indices are read on the host and checked there. */
export const gather = adapt(contracts.gather, (node) => onlyTypes(node, 0, HELD), ({ attrs }, gpu) => async ([data, indices]: [Tensor, Tensor], ctx) => {
  const axis = axisIn(attrs.int('axis'), data.dims.length, refuseShape);
  const length = data.dims[axis];
  const list = toInts(indices);
  for (const i of list) if (i < -length || i >= length) fail('E_VALUE', 'an index is out of range', { expected: `[${-length}, ${length - 1}]`, found: String(i) });
  const dims = [...data.dims.slice(0, axis), ...indices.dims, ...data.dims.slice(axis + 1)];
  const table = gpu.table(list);
  const inner = data.dims.slice(axis + 1).reduce((s, d) => s * d, 1);
  const y = await gpu.run(ctx, gatherKernel, data.type, dims, [data, table, length, list.length, inner]);
  table.dispose();
  return [y];
}, ['device', 'host']);
