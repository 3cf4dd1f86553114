/** What the windowed pools share: where their channels lie, and the walk over them. */
import * as pooling from '../../../src/ops/conv/pooling.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { layoutOf, type Layout } from './convolve.ts';

export interface Pool extends pooling.PoolLayout {
  readonly xAt: Layout;
  readonly yAt: Layout;
}

export function layPool(attrs: Attrs, x: Tensor, channelsLast: boolean): Pool {
  const pool = pooling.layPool(attrs, x.dims, channelsLast);
  const at = (side: 'input' | 'output'): Layout => layoutOf(pool.channels, sizeOf(pool.axes.map((a) => a[side])), channelsLast);
  return { ...pool, xAt: at('input'), yAt: at('output') };
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
