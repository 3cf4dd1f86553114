import { defineOp, type AttributeNotation, type InferFunction } from '../define.ts';
import { inferGlobalPool, inferPool } from './infer.ts';
import { checkInts, unpooledSize, windowOf } from './window.ts';

const WINDOW = { auto_pad: 'string=NOTSET', kernel_shape: 'ints!', pads: 'ints', strides: 'ints' } satisfies Record<string, AttributeNotation>;

export const maxPool = defineOp('MaxPool', {
  doc: 'y[n, c, o] = max over the window of X; Indices tell where in X, flattened, each maximum lies.',
  infer: inferPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: WINDOW },
    8: { outputs: 'Y:T Indices?:I', types: { I: 'int64' }, attributes: { storage_order: 'int=0' } },
    10: { attributes: { ceil_mode: 'int=0', dilations: 'ints' } },
    11: {},
    12: { types: { T: 'floats int8 uint8' } },
    22: { types: { T: 'floats bfloat16 int8 uint8' } },
  },
});

export const averagePool = defineOp('AveragePool', {
  doc: 'y[n, c, o] = sum of the window of X / number of its elements, padding counted when count_include_pad is 1.',
  infer: inferPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: WINDOW },
    7: { attributes: { count_include_pad: 'int=0' } },
    10: { attributes: { ceil_mode: 'int=0' } },
    11: {},
    19: { attributes: { dilations: 'ints' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const lpPool = defineOp('LpPool', {
  doc: 'y[n, c, o] = (sum of |x|^p over the window of X)^(1/p).',
  infer: inferPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { ...WINDOW, kernel_shape: 'ints', p: 'float=2' } },
    2: { attributes: { kernel_shape: 'ints!', p: 'int=2' } },
    11: {},
    18: { attributes: { ceil_mode: 'int=0', dilations: 'ints' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalAveragePool = defineOp('GlobalAveragePool', {
  doc: 'y[n, c] = mean of the channel.',
  infer: inferGlobalPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalMaxPool = defineOp('GlobalMaxPool', {
  doc: 'y[n, c] = maximum of the channel.',
  infer: inferGlobalPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const globalLpPool = defineOp('GlobalLpPool', {
  doc: 'y[n, c] = (sum of |x|^p over the channel)^(1/p).',
  infer: inferGlobalPool(),
  versions: {
    1: { inputs: 'X:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { p: 'float=2' } },
    2: { attributes: { p: 'int=2' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

const inferMaxUnpool: InferFunction = (c) => {
  const x = c.shape(0);
  const window = windowOf(c.attrs, c.attrs.ints('kernel_shape'));
  if (x !== undefined && x.length !== window.kernel.length + 2) {
    c.fail('kernel_shape does not have the rank of the input', `${x.length - 2} entries`, `${window.kernel.length} entries`);
  }
  if (c.inputCount > 2 && c.input(2) !== undefined) return [{ shape: c.ints(2) ?? x?.map(() => undefined) }];
  return [{ shape: x?.map((d, i) => (i < 2 ? d : typeof d === 'number' ? unpooledSize(window, i - 2, d) : undefined)) }];
};

export const maxUnpool = defineOp('MaxUnpool', {
  doc: 'Puts each element of X where I says, into a zero tensor of the size before pooling: the partial inverse of MaxPool.',
  infer: inferMaxUnpool,
  versions: {
    9: {
      inputs: 'X:T1 I:T2 output_shape?:T2',
      outputs: 'output:T1',
      types: { T1: 'floats', T2: 'int64' },
      attributes: { kernel_shape: 'ints!', pads: 'ints', strides: 'ints' },
    },
    11: {},
    22: { types: { T1: 'floats bfloat16' } },
  },
});

export const maxRoiPool = defineOp('MaxRoiPool', {
  doc: 'y[r, c, i, j] = max over cell (i, j) of a pooled_shape grid laid over region r of X; 0 for empty cells.',
  infer: (c) => {
    const x = c.shape(0), rois = c.shape(1);
    const pooled = c.attrs.ints('pooled_shape');
    checkInts('pooled_shape', pooled, 2, 1);
    if (x !== undefined && x.length !== 4) c.fail('X must be [N, C, H, W]', 'rank 4', `rank ${x.length}`);
    if (rois !== undefined && rois.length !== 2) c.fail('rois must be [regions, 5]', 'rank 2', `rank ${rois.length}`);
    return [{ shape: [rois?.[0], x?.[1], ...pooled] }];
  },
  versions: {
    1: { inputs: 'X:T rois:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: { pooled_shape: 'ints!', spatial_scale: 'float=1' } },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const roiAlign = defineOp('RoiAlign', {
  doc: 'y[r, c, i, j] = mean (or max) of bilinear samples of X spread over cell (i, j) of region r.',
  infer: (c) => {
    const x = c.shape(0), rois = c.shape(1), batches = c.shape(2);
    if (x !== undefined && x.length !== 4) c.fail('X must be [N, C, H, W]', 'rank 4', `rank ${x.length}`);
    if (rois !== undefined && rois.length !== 2) c.fail('rois must be [regions, 4]', 'rank 2', `rank ${rois.length}`);
    if (batches !== undefined && batches.length !== 1) c.fail('batch_indices must be [regions]', 'rank 1', `rank ${batches.length}`);
    const size = [c.attrs.int('output_height'), c.attrs.int('output_width')];
    checkInts('output_height, output_width', size, 2, 1);
    return [{ shape: [rois?.[0] ?? batches?.[0], x?.[1], ...size] }];
  },
  versions: {
    10: {
      inputs: 'X:T1 rois:T1 batch_indices:T2',
      outputs: 'Y:T1',
      types: { T1: 'floats', T2: 'int64' },
      attributes: { mode: 'string=avg', output_height: 'int=1', output_width: 'int=1', sampling_ratio: 'int=0', spatial_scale: 'float=1' },
    },
    16: { attributes: { coordinate_transformation_mode: 'string=half_pixel' } },
    22: { types: { T1: 'floats bfloat16' } },
  },
});

export const nhwcMaxPool = defineOp('NhwcMaxPool', {
  doc: 'MaxPool of quantized tensors with channels last: [N, spatial..., C].',
  domain: 'com.microsoft',
  infer: inferPool(() => true),
  versions: {
    1: {
      inputs: 'x:T',
      outputs: 'y:T',
      types: { T: 'int8 uint8' },
      attributes: { ...WINDOW, ceil_mode: 'int=0', dilations: 'ints' },
    },
  },
});
