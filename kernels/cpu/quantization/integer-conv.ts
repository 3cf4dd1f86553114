/** Convolutions of 8-bit codes, exact in 32-bit integers: the loops of QLinearConv and ConvInteger. */
import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { checkWeights, forEachRun, kernelOf, slide, windowOf, type WindowAxis } from '../../../src/ops/conv/window.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { layoutOf, type Layout } from '../conv/convolve.ts';

/** A convolution laid over its input. X: [N, C, spatial...], or channels last; W: [M, C / group, kernel...] */
export interface IntegerConv {
  readonly batch: number;
  readonly group: number;
  /** Channels of X and Y in one group. */
  readonly inputs: number;
  readonly outputs: number;
  /** Elements of one output channel. */
  readonly positions: number;
  readonly axes: readonly WindowAxis[];
  readonly dims: readonly number[];
  readonly xAt: Layout;
  readonly yAt: Layout;
}

export function layConv(attrs: Attrs, x: Tensor, w: Tensor, channelsLast: boolean): IntegerConv {
  const group = attrs.int('group');
  const channels = (channelsLast ? x.dims.at(-1) : x.dims[1]) ?? fail('E_SHAPE', 'X has no channel axis', { found: `[${x.dims.join(', ')}]` });
  checkWeights(x.dims, w.dims, group, channels);
  const spatial = channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2);
  const axes = slide(windowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), spatial);
  const out = axes.map((a) => a.output);
  const [batch, m] = [x.dims[0], w.dims[0]];
  return {
    batch, group, inputs: channels / group, outputs: m / group, positions: sizeOf(out), axes,
    dims: channelsLast ? [batch, ...out, m] : [batch, m, ...out],
    xAt: layoutOf(channels, sizeOf(spatial), channelsLast), yAt: layoutOf(m, sizeOf(out), channelsLast),
  };
}

/**
 * Calls `take` for each image of the batch with its sums:
 * sums[m, o] = sum over c and taps k of (x[c, p(o, k)] - xZero) * (w[m, c, k] - wZeros[m]), wrapped to 32 bits.
 * Taps in the padding add nothing: padding holds xZero. sums: [M, positions], the same array for every image.
 */
export function convolveIntegers(
  conv: IntegerConv, x: Tensor, xZero: number, w: Tensor, wZeros: NumberArray, ctx: KernelContext,
  take: (sums: Int32Array, image: number) => void,
): void {
  const { batch, group, inputs, outputs, positions, axes, xAt } = conv;
  const taps = sizeOf(axes.map((a) => a.kernel));
  const xStep = (axes.at(-1)?.stride ?? 1) * xAt.position;
  const { channel } = xAt;
  // Codes less zero points lie in [-255, 255]: 16-bit arrays keep the products in the integer range of the machine.
  const centeredX = ctx.scratch('int16', x.dims).data as Int16Array;
  const centeredW = ctx.scratch('int16', w.dims).data as Int16Array;
  center(unpack(x), [xZero], x.size, centeredX);
  center(unpack(w), wZeros, inputs * taps, centeredW);
  const sums = ctx.scratch('int32', [group * outputs, positions]).data as Int32Array;
  for (let image = 0; image < batch; image++) {
    sums.fill(0);
    for (let g = 0; g < group; g++) {
      const xBase = image * xAt.batch + g * inputs * channel;
      forEachRun(axes, (tap, input, output, count) => {
        ctx.checkAbort();
        for (let m = g * outputs; m < (g + 1) * outputs; m++) {
          const at = m * positions + output;
          const wAt = m * inputs * taps + tap;
          let c = 0;
          // Four channels at a time, so that each sum is loaded and stored once for four products; then the rest.
          for (; c + 3 < inputs; c += 4) {
            const w0 = centeredW[wAt + c * taps], w1 = centeredW[wAt + (c + 1) * taps];
            const w2 = centeredW[wAt + (c + 2) * taps], w3 = centeredW[wAt + (c + 3) * taps];
            let from = xBase + c * channel + input * xAt.position;
            for (let i = 0; i < count; i++, from += xStep) {
              sums[at + i] += centeredX[from] * w0 + centeredX[from + channel] * w1 + centeredX[from + 2 * channel] * w2 + centeredX[from + 3 * channel] * w3;
            }
          }
          for (; c < inputs; c++) {
            const weight = centeredW[wAt + c * taps];
            let from = xBase + c * channel + input * xAt.position;
            for (let i = 0; i < count; i++, from += xStep) sums[at + i] += centeredX[from] * weight; // wraps when stored
          }
        }
      });
    }
    take(sums, image);
  }
}

/** Codes less zero points, one zero point for each `run` codes. */
function center(codes: NumberArray, zeros: ArrayLike<number>, run: number, centered: Int16Array): void {
  for (let i = 0, z = 0; i < codes.length; z++) {
    const zero = zeros[z];
    for (const end = i + run; i < end; i++) centered[i] = codes[i] - zero;
  }
}
