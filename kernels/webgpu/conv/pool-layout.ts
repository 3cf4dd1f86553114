/** Windows of pools in shaders: X and Y are [N, C, spatial...], or channels last. */
import type { PoolLayout } from '../../../src/ops/conv/pooling.ts';
import { sizeOf } from '../../../src/tensor/index.ts';

const LISTS = ['input', 'output', 'kernel', 'stride', 'dilation', 'padBegin', 'padEnd'] as const;

/** The parameters of POOL_CODE for `rank` spatial axes, and their values. */
export const poolParams = (rank: number): string[] => [
  'taps', 'channels', 'positions', 'outPositions', 'channelsLast', ...(rank === 0 ? [] : LISTS.map((name) => `${name}[${rank}]`)),
];

export function poolValues({ axes, channels, channelsLast }: PoolLayout): number[] {
  const product = (name: 'kernel' | 'input' | 'output'): number => sizeOf(axes.map((a) => a[name]));
  return [product('kernel'), channels, product('input'), product('output'), Number(channelsLast), ...LISTS.flatMap((name) => axes.map((a) => a[name]))];
}

/**
 * `window_of(i)`: where the window of output element `i` lies. `tap_at(w, tap)`: the element of X that meets a tap, -1 in the padding, -2
 * beyond it.
 */
export function poolCode(rank: number): string {
  const axes = Array.from({ length: rank }, (_, a) => rank - 1 - a); // the last axis first
  return `
struct Window { base: u32, ${axes.map((a) => `o_${a}: i32,`).join(' ')} }
fn window_of(i: u32) -> Window {
  var w: Window;
  let size = p.channels * p.outPositions;
  let rest = i % size;
  let last = p.channelsLast != 0u;
  let channel = select(rest / p.outPositions, rest % p.channels, last);
  var position = select(rest % p.outPositions, rest / p.channels, last);
  w.base = (i / size) * p.channels * p.positions + channel * select(p.positions, 1u, last);
  ${axes.map((a) => `w.o_${a} = i32((position % p.output_${a}) * p.stride_${a}) - i32(p.padBegin_${a}); position /= p.output_${a};`).join('\n  ')}
  return w;
}
fn tap_at(w: Window, tap: u32) -> i32 {
  var t = tap;
  var at = 0u;
  var step = 1u;
  var outside = 0;
  ${axes.map((a) => `{
    let x = w.o_${a} + i32((t % p.kernel_${a}) * p.dilation_${a});
    t /= p.kernel_${a};
    if (x >= i32(p.input_${a} + p.padEnd_${a})) { outside = -2; } else if ((x < 0 || x >= i32(p.input_${a})) && outside == 0) { outside = -1; }
    at += u32(x) * step;
    step *= p.input_${a};
  }`).join('\n  ')}
  return select(i32(w.base + at * select(1u, p.channels, p.channelsLast != 0u)), outside, outside != 0);
}`;
}
