/** What the windowed pools share: where their windows lie, and the walk over channels. */
import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { slide, windowOf, type WindowAxis } from '../../../src/ops/conv/window.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { layoutOf, type Layout } from './convolve.ts';

/** A pool laid over its input: X and Y are [N, C, spatial...], or channels last. */
export interface Pool {
  readonly axes: readonly WindowAxis[];
  readonly batch: number;
  readonly channels: number;
  readonly dims: readonly number[];
  readonly xAt: Layout;
  readonly yAt: Layout;
}

export function layPool(attrs: Attrs, x: Tensor, channelsLast: boolean): Pool {
  if (x.dims.length < 2) fail('E_SHAPE', 'X has no batch and channel axes', { found: `[${x.dims.join(', ')}]` });
  const spatial = channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2);
  const channels = channelsLast ? x.dims.at(-1)! : x.dims[1];
  const axes = slide(windowOf(attrs, attrs.has('kernel_shape') ? attrs.ints('kernel_shape') : []), spatial);
  const out = axes.map((a) => a.output);
  return {
    axes, batch: x.dims[0], channels,
    dims: channelsLast ? [x.dims[0], ...out, channels] : [x.dims[0], channels, ...out],
    xAt: layoutOf(channels, sizeOf(spatial), channelsLast), yAt: layoutOf(channels, sizeOf(out), channelsLast),
  };
}

/** Calls `visit` with the offsets of each channel's first element in X and Y. */
export function forEachPlane({ batch, channels, xAt, yAt }: Pool, ctx: KernelContext, visit: (x: number, y: number) => void): void {
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      ctx.checkAbort();
      visit(n * xAt.batch + c * xAt.channel, n * yAt.batch + c * yAt.channel);
    }
  }
}
