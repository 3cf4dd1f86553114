/** Convolution windows in WGSL: from an output element to the elements of X and W that it sums. */
import { fail } from '../../../src/errors.ts';
import { checkWeights, kernelOf, slide, windowOf } from '../../../src/ops/conv/window.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';

/** Batch, channels and windows of a convolution over one or two axes, as parameters: one axis is two, the first of length 1. */
export const CONV_PARAMS = [
  'M', 'outputs', 'inputs', 'OH', 'OW', 'H', 'W', 'KH', 'KW', 'strideY', 'strideX', 'stepY', 'stepX', 'padY', 'padX',
  'xBatch', 'xChannel', 'xPosition', 'last',
];

export interface ConvShape {
  readonly dims: readonly number[];
  readonly M: number;
  readonly params: readonly number[];
}

/** Shapes on the device are those of one or two spatial axes. */
export function windowAxes(node: PlacedNode, x: number): true | string {
  const rank = node.inputShape(x)?.length;
  return rank === 3 || rank === 4 || 'a convolution over other than one or two axes';
}

export function layConv({ attrs }: PlacedNode, x: Tensor, w: Tensor, channelsLast: boolean): ConvShape {
  const group = attrs.int('group');
  const channels = (channelsLast ? x.dims.at(-1) : x.dims[1]) ?? fail('E_SHAPE', 'X has no channel axis');
  checkWeights(x.dims, w.dims, group, channels);
  const axes = slide(windowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2));
  const out = axes.map((a) => a.output);
  const M = w.dims[0];
  const one = { input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0 };
  const [y, z] = axes.length === 1 ? [one, axes[0]] : axes;
  const size = y.input * z.input;
  return {
    dims: channelsLast ? [x.dims[0], ...out, M] : [x.dims[0], M, ...out], M,
    params: [
      M, M / group, channels / group, y.output, z.output, y.input, z.input, y.kernel, z.kernel, y.stride, z.stride, y.dilation, z.dilation, y.padBegin, z.padBegin,
      channels * size, channelsLast ? 1 : size, channelsLast ? channels : 1, channelsLast ? 1 : 0,
    ],
  };
}

/**
 * Statements that walk the window of output element `i`: they set `m`, its channel, and run `body` for each tap inside of X with `xAt` and
 * `wAt`, the places in X and in W [M, inputs, KH, KW].
 */
export const windowWalk = (body: string): string => `
  var m = 0u; var o = 0u; var b = 0u;
  let area = p.OH * p.OW;
  if (p.last == 1u) { m = i % p.M; o = (i / p.M) % area; b = i / (p.M * area); } else { o = i % area; m = (i / area) % p.M; b = i / (p.M * area); }
  let y0 = i32((o / p.OW) * p.strideY) - i32(p.padY); let x0 = i32((o % p.OW) * p.strideX) - i32(p.padX);
  let start = b * p.xBatch + (m / p.outputs) * p.inputs * p.xChannel;
  let taps = p.KH * p.KW;
  for (var ky = 0u; ky < p.KH; ky++) {
    let y = y0 + i32(ky * p.stepY);
    if (y < 0 || y >= i32(p.H)) { continue; }
    for (var kx = 0u; kx < p.KW; kx++) {
      let x1 = x0 + i32(kx * p.stepX);
      if (x1 < 0 || x1 >= i32(p.W)) { continue; }
      var xAt = start + (u32(y) * p.W + u32(x1)) * p.xPosition;
      var wAt = m * p.inputs * taps + ky * p.KW + kx;
      for (var c = 0u; c < p.inputs; c++) {
        ${body}
        xAt += p.xChannel; wAt += taps;
      }
    }
  }`;
