import { defineOp, type AttributeNotation } from '../define.ts';
import { inferConv, inferConvTranspose } from './infer.ts';
import { checkInts } from './window.ts';

const CONV_ATTRIBUTES = {
  auto_pad: 'string=NOTSET', dilations: 'ints', group: 'int=1', kernel_shape: 'ints', pads: 'ints', strides: 'ints',
} satisfies Record<string, AttributeNotation>;

export const conv = defineOp('Conv', {
  doc: 'y[n, m, o] = B[m] + sum over c, k of X[n, c, o * stride - pad + k * dilation] * W[m, c, k], within each channel group.',
  infer: inferConv(),
  versions: {
    1: {
      inputs: 'X:T W:T B?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: CONV_ATTRIBUTES,
    },
    11: {},
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const convTranspose = defineOp('ConvTranspose', {
  doc: 'y[n, m, i * stride - pad + k * dilation] += X[n, c, i] * W[c, m, k] for all c, i, k of a channel group, plus B[m]: the gradient of Conv.',
  infer: inferConvTranspose,
  versions: {
    1: {
      inputs: 'X:T W:T B?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { ...CONV_ATTRIBUTES, output_padding: 'ints', output_shape: 'ints' },
    },
    11: {},
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const deformConv = defineOp('DeformConv', {
  doc: 'A 2-D Conv whose taps are moved by learned fractional offsets, read bilinearly (zero outside), and weighted by mask.',
  infer: inferConv(),
  versions: {
    19: {
      inputs: 'X:T W:T offset:T B?:T mask?:T',
      outputs: 'Y:T',
      types: { T: 'floats' },
      attributes: { dilations: 'ints', group: 'int=1', kernel_shape: 'ints', offset_group: 'int=1', pads: 'ints', strides: 'ints' },
    },
    22: { types: { T: 'floats bfloat16' } },
  },
});

export const col2Im = defineOp('Col2Im', {
  doc: 'Sums the columns of sliding blocks back into an image: image[n, c, o * stride - pad + k * dilation] += input[n, (c, k), o].',
  infer: (c) => {
    const x = c.shape(0), image = c.ints(1), block = c.ints(2);
    if (x !== undefined && x.length !== 3) c.fail('the columns must be [N, C * taps, blocks]', 'rank 3', `rank ${x.length}`);
    if (image === undefined) return [];
    const taps = block?.every((d) => typeof d === 'number') ? (block as number[]).reduce((a, b) => a * b, 1) : undefined;
    if (block !== undefined && block.length !== image.length) {
      c.fail('image_shape and block_shape differ in length', `${image.length}`, `${block.length}`);
    }
    if (taps !== undefined) checkInts('block_shape', block as number[], image.length, 1);
    const columns = x?.[1];
    if (typeof columns === 'number' && taps !== undefined && columns % taps !== 0) {
      c.fail('the second axis is not a multiple of the block size', `a multiple of ${taps}`, String(columns));
    }
    return [{ shape: [x?.[0], typeof columns === 'number' && taps !== undefined ? columns / taps : undefined, ...image] }];
  },
  versions: {
    18: {
      inputs: 'input:T image_shape:Int64 block_shape:Int64',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' },
      attributes: { dilations: 'ints', pads: 'ints', strides: 'ints' },
    },
  },
});

const FUSED_ATTRIBUTES = { ...CONV_ATTRIBUTES, activation: 'string', activation_params: 'floats' };

export const fusedConv = defineOp('FusedConv', {
  doc: 'y = activation(Conv(X, W, B) + Z).',
  domain: 'com.microsoft',
  infer: inferConv(),
  versions: {
    1: { inputs: 'X:T W:T B?:T Z?:T', outputs: 'Y:T', types: { T: 'floats' }, attributes: FUSED_ATTRIBUTES },
  },
});

export const nhwcFusedConv = defineOp('NhwcFusedConv', {
  doc: 'FusedConv on tensors with channels last: X and Z are [N, spatial..., C]; W stays [M, C / group, kernel...].',
  domain: 'com.microsoft',
  infer: inferConv({ channelsLast: () => true }),
  versions: {
    1: { inputs: 'X:T W:T B?:T Z?:T', outputs: 'Y:T', types: { T: 'float16 float32' }, attributes: FUSED_ATTRIBUTES },
  },
});
