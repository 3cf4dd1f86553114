/** Repetition: Expand reads axes of length 1 many times, Tile repeats whole axes. */
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { broadcastDims, broadcastStrides, stridesOf, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { copyStrided } from '../support/index.ts';

export const expand = implement(contracts.expand, () => ([x, shape]: [Tensor, Tensor], ctx) => {
  const target = toInts(shape);
  if (target.some((d) => d < 0)) refuseShape('a dimension is negative', '0 or more', `[${target.join(', ')}]`);
  const dims = broadcastDims(x.dims, target);
  const y = ctx.output(0, x.type, dims);
  copyStrided(dims, { tensor: y }, { tensor: x, strides: broadcastStrides(x.dims, dims) });
  return [y];
});

/** x: [d_0, d_1, ...], repeats: [r_0, r_1, ...] -> [r_0 d_0, r_1 d_1, ...] */
export const tile = implement(contracts.tile, ({ version }) => ([x, second, third]: [Tensor, Tensor, Tensor?], ctx) => {
  const repeats = version.since < 6 ? repeatsOfAxis(x, second, third!) : toInts(second);
  if (repeats.length !== x.dims.length || repeats.some((r) => r < 0)) {
    refuseShape('repeats do not fit the input', `${x.dims.length} entries of 0 or more`, `[${repeats.join(', ')}]`);
  }
  const y = ctx.output(0, x.type, x.dims.map((d, i) => d * repeats[i]));
  // y seen as [r_0, d_0, r_1, d_1, ...]: the input does not move along the r axes
  const strides = stridesOf(x.dims);
  copyStrided(x.dims.flatMap((d, i) => [repeats[i], d]), { tensor: y }, { tensor: x, strides: strides.flatMap((s) => [0, s]) });
  return [y];
});

// Opset 1: a number of tiles along one axis, both given as floats.
function repeatsOfAxis(x: Tensor, tiles: Tensor, axis: Tensor): number[] {
  const at = axisIn(unpack(axis)[0], x.dims.length, refuseShape);
  return x.dims.map((_, i) => (i === at ? unpack(tiles)[0] : 1));
}
