/** Shape inference of convolutions and pools, also for their quantized forms. */
import type { Dim } from '../../tensor/index.ts';
import type { InferContext, InferFunction } from '../define.ts';
import {
  checkTransposedWeights, checkWeights, kernelOf, outputDims, transposedDims, transposedWindowOf, windowOf,
} from './window.ts';

/** Where a convolution finds its arguments, and which axis of X and Y holds the channels. */
export interface ConvLayout {
  readonly x: number;
  readonly w: number;
  readonly channelsLast: (c: InferContext) => boolean;
}

/** Y [N, M, spatial...] from X [N, C, spatial...] and W [M, C / group, kernel...]; channels last: [N, spatial..., C]. */
export function inferConv(layout: Partial<ConvLayout> = {}): InferFunction {
  const { x: xi = 0, w: wi = 1, channelsLast = () => false } = layout;
  return (c) => {
    const x = c.shape(xi), w = c.shape(wi);
    if (x === undefined) return [];
    const { batch, channels, spatial, join } = splitChannels(c, x, channelsLast(c));
    if (w !== undefined) checkWeights(x, w, c.attrs.int('group'), channels);
    const kernel = kernelOf(c.attrs, w?.slice(2));
    const out = kernel === undefined ? spatial.map(() => undefined) : outputDims(windowOf(c.attrs, kernel), spatial);
    return [{ shape: join(batch, w?.[0], out) }];
  };
}

/** Y [N, M, spatial...] of a transposed convolution from X [N, C, spatial...] and W [C, M / group, kernel...]. */
export const inferConvTranspose: InferFunction = (c) => {
  const x = c.shape(0), w = c.shape(1);
  if (x === undefined) return [];
  const { batch, channels, spatial, join } = splitChannels(c, x, false);
  const group = c.attrs.int('group');
  if (w !== undefined) checkTransposedWeights(x, w, group, channels);
  const kernel = kernelOf(c.attrs, w?.slice(2));
  const m = typeof w?.[1] === 'number' ? w[1] * group : undefined;
  const out = kernel === undefined ? spatial.map(() => undefined) : transposedDims(transposedWindowOf(c.attrs, kernel), spatial);
  return [{ shape: join(batch, m, out) }];
};

/** A shape with channels, taken apart, and the way to put another one together. */
function splitChannels(c: InferContext, x: readonly Dim[], channelsLast: boolean) {
  if (x.length < 2) c.fail('batch and channel axes are missing', 'rank 2 or more', `rank ${x.length}`);
  const spatial = channelsLast ? x.slice(1, -1) : x.slice(2);
  const join = (n: Dim, channels: Dim, rest: readonly Dim[]): Dim[] => (channelsLast ? [n, ...rest, channels] : [n, channels, ...rest]);
  return { batch: x[0], channels: channelsLast ? x[x.length - 1] : x[1], spatial, join };
}

/** Y [N, C, spatial...] of a pool; a second output (indices) has the same shape. */
export function inferPool(channelsLast: (c: InferContext) => boolean = () => false): InferFunction {
  return (c) => {
    const x = c.shape(0);
    if (x === undefined) return [];
    const { batch, channels, spatial, join } = splitChannels(c, x, channelsLast(c));
    const shape = join(batch, channels, outputDims(windowOf(c.attrs, c.attrs.ints('kernel_shape')), spatial));
    return c.outputCount > 1 ? [{ shape }, { shape }] : [{ shape }];
  };
}

/** Y [N, C, 1...] of a global pool; channels last: [N, 1..., C]. */
export function inferGlobalPool(channelsLast: (c: InferContext) => boolean = () => false): InferFunction {
  return (c) => {
    const x = c.shape(0);
    if (x === undefined) return [];
    const { batch, channels, spatial, join } = splitChannels(c, x, channelsLast(c));
    return [{ shape: join(batch, channels, spatial.map(() => 1)) }];
  };
}
