import { fail } from '../../errors.ts';
import { unpack, type Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext, type InferFunction } from '../define.ts';
import { resizeAxes, resizeScales } from './resize-shape.ts';

/** Numbers of a constant float input; [] when it is absent or empty; undefined when not known yet. */
function floatsOf(c: InferContext, i: number): readonly number[] | undefined {
  if (c.input(i) === undefined && i >= c.inputCount) return [];
  const constant = c.constant(i);
  return constant === undefined ? undefined : Array.from(unpack(constant));
}

const inferResize = (scalesAt: number, sizesAt: number): InferFunction => (c) => {
  const x = c.shape(0);
  if (x === undefined) return [];
  const unknown = [{ shape: x.map((): Dim => undefined) }];
  const sizes = sizesAt < c.inputCount ? c.ints(sizesAt) : undefined;
  if (sizes !== undefined && sizes.length > 0) return [{ shape: resizeAxes(c.attrs, x, undefined, sizes).map((a) => a.output) }];
  const scales = floatsOf(c, scalesAt);
  if (scales === undefined || scales.length === 0) return unknown; // sizes are fed
  return [{ shape: resizeAxes(c.attrs, x, scales, undefined).map((a) => a.output) }];
};

export const resize = defineOp('Resize', {
  doc: 'Resamples X on a grid of another size: nearest element, linear, or cubic interpolation at transformed coordinates.',
  infer: inferResize(2, 3),
  versions: {
    10: {
      inputs: 'X:T scales:Float',
      outputs: 'Y:T',
      types: { T: 'ints uints floats complex bool string', Float: 'float32' },
      attributes: { mode: 'string=nearest' },
      infer: inferResize(1, Infinity),
    },
    11: {
      inputs: 'X:T1 roi:T2 scales:Float sizes?:Int64',
      outputs: 'Y:T1',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats', Int64: 'int64' },
      attributes: {
        coordinate_transformation_mode: 'string=half_pixel', cubic_coeff_a: 'float=-0.75', exclude_outside: 'int=0',
        extrapolation_value: 'float=0', nearest_mode: 'string=round_prefer_floor',
      },
      infer: inferResize(2, 3),
    },
    13: { inputs: 'X:T1 roi?:T2 scales?:Float sizes?:Int64', types: { T1: 'ints uints floats complex bfloat16 bool string' } },
    18: { attributes: { antialias: 'int=0', axes: 'ints', keep_aspect_ratio_policy: 'string=stretch' } },
    19: {},
  },
});

const inferUpsample: InferFunction = (c) => {
  const x = c.shape(0);
  if (x === undefined) return [];
  const scales = c.inputCount > 1 ? floatsOf(c, 1) : resizeScales(c.attrs);
  if (scales === undefined) return [{ shape: x.map((): Dim => undefined) }];
  return [{ shape: resizeAxes(c.attrs, x, scales, undefined).map((a) => a.output) }];
};

export const upsample = defineOp('Upsample', {
  doc: 'Resize with coordinates x / scale, its predecessor.',
  infer: inferUpsample,
  versions: {
    1: {
      inputs: 'X:T',
      outputs: 'Y:T',
      types: { T: 'floats bool int32 int64' },
      attributes: { height_scale: 'float!', mode: 'string=nearest', width_scale: 'float!' },
    },
    7: { types: { T: 'ints uints floats complex bool string' }, attributes: { scales: 'floats!' }, without: ['height_scale', 'width_scale'] },
    9: { inputs: 'X:T scales:Float', types: { Float: 'float32' }, without: ['scales'] },
    10: { deprecated: true },
  },
});

const inferGridSample: InferFunction = (c) => {
  const x = c.shape(0), grid = c.shape(1);
  const rank = x?.length ?? grid?.length;
  if (rank === undefined) return [];
  if (rank < 3 || (x !== undefined && grid !== undefined && x.length !== grid.length)) {
    c.fail('X and grid must have the same rank, at least 3', `rank ${rank}`, `rank ${grid?.length}`);
  }
  const axes = grid?.at(-1);
  if (typeof axes === 'number' && axes !== rank - 2) c.fail('the grid needs a coordinate a spatial axis', String(rank - 2), String(axes));
  return [{ shape: [x?.[0] ?? grid?.[0], x?.[1], ...(grid?.slice(1, -1) ?? new Array<Dim>(rank - 2).fill(undefined))] }];
};

export const gridSample = defineOp('GridSample', {
  doc: 'y[n, c, o] = X[n, c] read at grid[n, o], whose coordinates run from -1 to 1 (x first), by nearest, linear or cubic interpolation.',
  infer: inferGridSample,
  versions: {
    16: {
      inputs: 'X:T1 grid:T2',
      outputs: 'Y:T1',
      types: { T1: 'ints uints floats complex bool string', T2: 'floats' },
      attributes: { align_corners: 'int=0', mode: 'string=bilinear', padding_mode: 'string=zeros' },
    },
    20: { attributes: { mode: 'string=linear' } },
    22: { types: { T1: 'ints uints floats complex bfloat16 bool string', T2: 'floats bfloat16' } },
  },
});

export const affineGrid = defineOp('AffineGrid', {
  doc: 'grid[n, o] = theta[n] * (coordinates of o in [-1, 1], 1): the sampling grid of an affine map, for GridSample.',
  infer: (c) => {
    const theta = c.shape(0), size = c.ints(1);
    const rank = size?.length ?? (typeof theta?.[1] === 'number' ? theta[1] + 2 : undefined);
    if (rank === undefined) return [];
    if (rank !== 4 && rank !== 5) fail('E_SHAPE', 'size must be [N, C, H, W] or [N, C, D, H, W]', { found: `${rank} entries` });
    if (theta !== undefined && theta.length !== 3) c.fail('theta must be [N, axes, axes + 1]', 'rank 3', `rank ${theta.length}`);
    if (typeof theta?.[1] === 'number' && theta[1] !== rank - 2) c.fail('theta does not have the axes of size', String(rank - 2), String(theta[1]));
    return [{ shape: [size?.[0] ?? theta?.[0], ...(size?.slice(2) ?? new Array<Dim>(rank - 2).fill(undefined)), rank - 2] }];
  },
  versions: {
    20: { inputs: 'theta:T1 size:T2', outputs: 'grid:T1', types: { T1: 'floats bfloat16', T2: 'int64' }, attributes: { align_corners: 'int=0' } },
  },
});
