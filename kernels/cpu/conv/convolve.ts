/** The float convolution loops, shared by Conv, ConvTranspose and the fused forms. */
import { forEachRun, type WindowAxis } from '../../../src/ops/conv/window.ts';
import { sizeOf } from '../../../src/tensor/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { FloatArray } from '../support/index.ts';

/** `[N, C, spatial...]`, or `[N, spatial..., C]` with channels last, as strides of its flat array. */
export interface Layout {
  readonly batch: number;
  readonly channel: number;
  readonly position: number;
}

export function layoutOf(channels: number, positions: number, channelsLast: boolean): Layout {
  return { batch: channels * positions, channel: channelsLast ? 1 : positions, position: channelsLast ? channels : 1 };
}

export interface ConvShape {
  readonly batch: number;
  readonly group: number;
  /** Channels of X and of Y in one group. */
  readonly inputs: number;
  readonly outputs: number;
  readonly axes: readonly WindowAxis[];
}

/**
 * y[n, m, o] += sum over c, then k, of x[n, c, p(o, k)] * w[m, c, k]. Each step rounds once, to y's type, like a fused
 * multiply-add.
 * x: [batch, group * inputs, ...], w: [group * outputs, inputs, taps], y: [batch, group * outputs, ...]
 */
export function convolve(
  ctx: KernelContext, shape: ConvShape, x: FloatArray, xAt: Layout, w: FloatArray, y: FloatArray, yAt: Layout,
): void {
  const { batch, group, inputs, outputs, axes } = shape;
  const taps = sizeOf(axes.map((a) => a.kernel));
  const xStep = (axes.at(-1)?.stride ?? 1) * xAt.position;
  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < group * outputs; m++) {
      ctx.checkAbort();
      const firstChannel = Math.floor(m / outputs) * inputs; // of this group
      const yBase = n * yAt.batch + m * yAt.channel;
      for (let c = 0; c < inputs; c++) {
        const xBase = n * xAt.batch + (firstChannel + c) * xAt.channel;
        const wBase = (m * inputs + c) * taps;
        forEachRun(axes, (tap, input, output, count) => {
          addScaled(y, yBase + output * yAt.position, yAt.position, x, xBase + input * xAt.position, xStep, w[wBase + tap], count);
        });
      }
    }
  }
}

/**
 * y[n, m, p(i, k)] += sum over c, then k, of x[n, c, i] * w[c, m, k]. `axes` describe the window from Y to X.
 * x: [batch, group * inputs, ...], w: [group * inputs, outputs, taps], y: [batch, group * outputs, ...]
 */
export function convolveTransposed(
  ctx: KernelContext, shape: ConvShape, x: FloatArray, xAt: Layout, w: FloatArray, y: FloatArray, yAt: Layout,
): void {
  const { batch, group, inputs, outputs, axes } = shape;
  const taps = sizeOf(axes.map((a) => a.kernel));
  const yStep = (axes.at(-1)?.stride ?? 1) * yAt.position;
  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < group * outputs; m++) {
      ctx.checkAbort();
      const g = Math.floor(m / outputs);
      const yBase = n * yAt.batch + m * yAt.channel;
      for (let c = g * inputs; c < (g + 1) * inputs; c++) {
        const xBase = n * xAt.batch + c * xAt.channel;
        const wBase = (c * outputs + (m - g * outputs)) * taps;
        forEachRun(axes, (tap, output, input, count) => {
          addScaled(y, yBase + output * yAt.position, yStep, x, xBase + input * xAt.position, xAt.position, w[wBase + tap], count);
        });
      }
    }
  }
}

/** y[n, m, :] += bias[m] */
export function addBias(bias: FloatArray, batch: number, y: FloatArray, yAt: Layout): void {
  const positions = bias.length === 0 ? 0 : yAt.batch / bias.length;
  for (let n = 0; n < batch; n++) {
    for (let m = 0; m < bias.length; m++) {
      const base = n * yAt.batch + m * yAt.channel;
      for (let p = 0; p < positions; p++) y[base + p * yAt.position] += bias[m];
    }
  }
}

/** y[yAt + i * yStep] += x[xAt + i * xStep] * w: the product is exact in a double, y's store rounds the sum. */
function addScaled(
  y: FloatArray, yAt: number, yStep: number, x: FloatArray, xAt: number, xStep: number, w: number, count: number,
): void {
  for (let i = 0; i < count; i++) {
    y[yAt] += x[xAt] * w;
    yAt += yStep;
    xAt += xStep;
  }
}
