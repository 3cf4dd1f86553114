/** Windows of pools laid over their input, for every provider. */
import { fail } from '../../errors.ts';
import type { Attrs } from '../define.ts';
import { slide, windowOf, type WindowAxis } from './window.ts';

/** A pool over X and Y of [N, C, spatial...], or channels last. */
export interface PoolLayout {
  readonly axes: readonly WindowAxis[];
  readonly batch: number;
  readonly channels: number;
  readonly channelsLast: boolean;
  /** Of Y. */
  readonly dims: readonly number[];
}

/** Throws `E_SHAPE` where X has no batch and channel axes, or the window does not fit. */
export function layPool(attrs: Attrs, x: readonly number[], channelsLast: boolean): PoolLayout {
  if (x.length < 2) fail('E_SHAPE', 'X has no batch and channel axes', { found: `[${x.join(', ')}]` });
  const spatial = channelsLast ? x.slice(1, -1) : x.slice(2);
  const [batch, channels] = [x[0]!, channelsLast ? x.at(-1)! : x[1]!];
  const axes = slide(windowOf(attrs, attrs.has('kernel_shape') ? attrs.ints('kernel_shape') : []), spatial);
  const out = axes.map((a) => a.output);
  return { axes, batch, channels, channelsLast, dims: channelsLast ? [batch, ...out, channels] : [batch, channels, ...out] };
}
