/** Operators that move elements: each is one strided copy. */
import * as contracts from '../../../src/ops/contracts.ts';
import { divisionOf } from '../../../src/ops/shape/division.ts';
import { permutation, refuseShape, sliceLayout } from '../../../src/ops/shape/geometry.ts';
import { broadcastDims, broadcastStrides, stridesOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all } from '../implement.ts';
import { movable } from './movable.ts';
import { copyStrided, stridedOutput } from './strided.ts';

/** y[i_perm(0), i_perm(1), ...] = x[i_0, i_1, ...] */
export const transpose = adapt(contracts.transpose, (node) => movable(node, 0), ({ attrs }, gpu) => {
  const given = attrs.has('perm') ? attrs.ints('perm') : undefined;
  return ([x]: [Tensor], ctx) => {
    const perm = permutation(given, x.dims.length, refuseShape);
    const dims = perm.map((a) => x.dims[a]);
    const strides = stridesOf(x.dims);
    return [stridedOutput(gpu, ctx, dims, x, dims, perm.map((a) => strides[a]))];
  };
});

/** y[i, j, ...] = x[start_0 + i step_0, start_1 + j step_1, ...] */
export const slice = adapt(contracts.slice, (node) => movable(node, 0), ({ attrs, version }, gpu) => {
  const fixed = version.since < 10
    ? { starts: attrs.ints('starts'), ends: attrs.ints('ends'), axes: attrs.has('axes') ? attrs.ints('axes') : undefined }
    : undefined;
  return ([x, ...inputs]: [Tensor, Tensor?, Tensor?, Tensor?, Tensor?], ctx) => {
    const [starts, ends, axes, steps] = inputs.map((t) => t && toInts(t));
    const { dims, offset, strides } = sliceLayout(x.dims, fixed?.starts ?? starts!, fixed?.ends ?? ends!, fixed?.axes ?? axes, steps);
    return [stridedOutput(gpu, ctx, dims, x, dims, strides, offset)];
  };
}, ['device', 'host', 'host', 'host', 'host']);

/** Axes of length 1 read many times. */
export const expand = adapt(contracts.expand, (node) => movable(node, 0), (_, gpu) => ([x, shape]: [Tensor, Tensor], ctx) => {
  const target = toInts(shape);
  if (target.some((d) => d < 0)) refuseShape('a dimension is negative', '0 or more', `[${target.join(', ')}]`);
  const dims = broadcastDims(x.dims, target);
  return [stridedOutput(gpu, ctx, dims, x, dims, broadcastStrides(x.dims, dims))];
}, ['device', 'host']);

/** x: [d_0, d_1, ...], repeats: [r_0, r_1, ...] -> [r_0 d_0, r_1 d_1, ...] */
export const tile = adapt(
  contracts.tile, (node) => all(movable(node, 0), node.version.since >= 6 || 'tiles before opset 6'),
  (_, gpu) => ([x, second]: [Tensor, Tensor], ctx) => {
    const repeats = toInts(second);
    if (repeats.length !== x.dims.length || repeats.some((r) => r < 0)) {
      refuseShape('repeats do not fit the input', `${x.dims.length} entries of 0 or more`, `[${repeats.join(', ')}]`);
    }
    // y seen as [r_0, d_0, r_1, d_1, ...]: the input does not move along the r axes
    const strides = stridesOf(x.dims);
    return [stridedOutput(gpu, ctx, x.dims.map((d, i) => d * repeats[i]), x, x.dims.flatMap((d, i) => [repeats[i], d]), strides.flatMap((s) => [0, s]))];
  },
  ['device', 'host'],
);

/** Parts of x one after another along an axis. */
export const split = adapt(contracts.split, (node) => movable(node, 0), (placed, gpu) => {
  const divide = divisionOf(placed);
  return ([x, sizes]: [Tensor, Tensor?], ctx) => {
    const { axis, parts } = divide(x, sizes);
    const strides = stridesOf(x.dims);
    return parts.map(({ start, dims }, i) => (ctx.wants(i) ? copyStrided(gpu, gpu.output(ctx, x.type, dims), dims, x, strides, start * strides[axis]) : undefined));
  };
}, ['device', 'host']);

function checkBlock(x: Tensor, block: number, divisible: readonly (readonly [axis: number, by: number])[]): void {
  if (block < 1) refuseShape('blocksize must be positive', '1 or more', String(block));
  if (x.dims.length !== 4) refuseShape('the input is not a batch of images', '[n, c, h, w]', `rank ${x.dims.length}`);
  for (const [axis, by] of divisible) if (x.dims[axis] % by !== 0) refuseShape(`axis ${axis} does not divide into blocks`, `a multiple of ${by}`, String(x.dims[axis]));
}

/** [n, c, h, w] -> [n, c / b^2, h b, w b] */
export const depthToSpace = adapt(contracts.depthToSpace, (node) => movable(node, 0), ({ attrs }, gpu) => {
  const b = attrs.int('blocksize');
  const columnFirst = attrs.has('mode') && attrs.string('mode') === 'CRD';
  return ([x]: [Tensor], ctx) => {
    checkBlock(x, b, [[1, b * b]]);
    const [n, c, h, w] = x.dims;
    const depth = c / (b * b);
    const dims = columnFirst ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w];
    const perm = columnFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
    const strides = stridesOf(dims);
    return [stridedOutput(gpu, ctx, [n, depth, h * b, w * b], x, perm.map((a) => dims[a]), perm.map((a) => strides[a]))];
  };
});
