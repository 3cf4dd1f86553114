/** Shape inference of convolutions and pools, also for their quantized forms. */
import type { Dim } from '../../tensor/index.ts';
import type { InferContext, InferFunction } from '../define.ts';
import { outputDims, windowOf } from './window.ts';

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
    const kernel = kernelOf(c, w?.slice(2));
    if (w !== undefined) checkWeights(c, x, w, channels);
    const window = kernel === undefined ? undefined : windowOf(c.attrs, kernel);
    if (window !== undefined && window.kernel.length !== spatial.length) {
      c.fail('the kernel does not have the rank of the input', `${spatial.length} spatial axes`, `[${kernel!.join(', ')}]`);
    }
    return [{ shape: join(batch, w?.[0], window === undefined ? spatial.map(() => undefined) : outputDims(window, spatial)) }];
  };
}

function checkWeights(c: InferContext, x: readonly Dim[], w: readonly Dim[], channels: Dim): void {
  if (w.length !== x.length) c.fail('X and W must have the same rank', `rank ${x.length}`, `rank ${w.length}`);
  const group = c.attrs.int('group');
  const [m, perGroup] = w;
  if (typeof channels === 'number' && typeof perGroup === 'number' && channels !== perGroup * group) {
    c.fail('the channels of X do not match W and group', `${perGroup} * ${group}`, String(channels));
  }
  if (typeof m === 'number' && m % group !== 0) c.fail('the output channels are not a multiple of group', `a multiple of ${group}`, String(m));
}

/** The kernel shape: `kernel_shape` if given, else the spatial axes of the weights when they are known. */
export function kernelOf(c: InferContext, weights: readonly Dim[] | undefined): readonly number[] | undefined {
  const given = c.attrs.has('kernel_shape') ? c.attrs.ints('kernel_shape') : [];
  const known = weights?.every((d) => typeof d === 'number') ? (weights as readonly number[]) : undefined;
  if (given.length === 0) return known;
  if (known !== undefined && (known.length !== given.length || known.some((d, i) => d !== given[i]))) {
    c.fail('kernel_shape contradicts the weights', `[${known.join(', ')}]`, `[${given.join(', ')}]`);
  }
  return given;
}

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
    const window = windowOf(c.attrs, c.attrs.ints('kernel_shape'));
    if (window.kernel.length !== spatial.length) {
      c.fail('kernel_shape does not have the rank of the input', `${spatial.length} entries`, `[${window.kernel.join(', ')}]`);
    }
    const shape = join(batch, channels, outputDims(window, spatial));
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
