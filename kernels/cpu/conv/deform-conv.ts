import { deformConv as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { checkWeights, kernelOf, slide, windowOf, type WindowAxis } from '../../../src/ops/conv/window.ts';
import { sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { expectDims, floatOutput, stepOf, type FloatArray } from '../support/index.ts';
import { addBias, layoutOf } from './convolve.ts';
import { linearTaps, pointSampler } from './point-sampler.ts';

/**
 * Y[n, m, o] = B[m] + sum over c, k of W[m, c, k] * mask[n, k, o] * X[n, c, p], read at the fractional position
 * p = o * stride - pad + k * dilation + offset[n, k, o]: linear between the 2^rank nearest elements, 0 outside X.
 * X: [N, C, spatial...], W: [M, C / group, kernel...], offset: [N, groups * taps * rank, out...],
 * mask: [N, groups * taps, out...], Y: [N, M, out...]; each of offset_group's groups moves its share of the channels.
 */
export const deformConv = implement(contract, ({ attrs }) => (
  [x, w, offset, b, mask]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx,
) => {
  const group = attrs.int('group'), offsetGroups = attrs.int('offset_group');
  const [batch, channels, ...spatial] = x.dims;
  checkWeights(x.dims, w.dims, group, channels);
  const m = w.dims[0];
  const axes = slide(windowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), spatial);
  const out = axes.map((a) => a.output);
  const rank = axes.length, taps = sizeOf(axes.map((a) => a.kernel)), positions = sizeOf(out);
  if (offsetGroups < 1 || channels % offsetGroups !== 0) {
    fail('E_SHAPE', 'the channels are not a multiple of offset_group', { expected: `a multiple of ${offsetGroups}`, found: String(channels) });
  }
  expectDims('offset', offset, [batch, offsetGroups * taps * rank, ...out]);
  expectDims('mask', mask, [batch, offsetGroups * taps, ...out]);
  expectDims('B', b, [m]);

  const { y, finish } = floatOutput(ctx, 0, x.type, [batch, m, ...out]);
  const [values, weights, offsets, masks] = [x, w, offset, mask].map((t) => t && (unpack(t) as FloatArray)) as
    [FloatArray, FloatArray, FloatArray, FloatArray | undefined];
  const round = stepOf(x.type);
  const plane = sizeOf(spatial), shared = channels / offsetGroups;
  if (y.length === 0) return [finish()];
  const columns = ctx.scratch('float64', [channels * taps]).data as Float64Array; // the window of one output, as sampled: [C, taps]
  const sampler = pointSampler(spatial, (v) => linearTaps(v, round), (i, d) => (i >= 0 && i < spatial[d] ? i : -1), round);
  const position = new Array<number>(rank);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < positions; o++) {
      if (o % 64 === 0) ctx.checkAbort();
      for (let g = 0; g < offsetGroups; g++) {
        for (let tap = 0; tap < taps; tap++) {
          const at = (n * offsetGroups + g) * taps + tap;
          placeTap(position, axes, tap, o);
          for (let d = 0; d < rank; d++) position[d] = round(position[d] + offsets[(at * rank + d) * positions + o]);
          const scale = masks === undefined ? 1 : masks[at * positions + o];
          sampler.place(position);
          for (let c = g * shared; c < (g + 1) * shared; c++) {
            columns[c * taps + tap] = round(sampler.read(values, (n * channels + c) * plane) * scale);
          }
        }
      }
      for (let i = 0; i < m; i++) {
        const inputs = w.dims[1] * taps;
        const first = Math.floor(i / (m / group)) * inputs;
        let sum = 0;
        for (let k = 0; k < inputs; k++) sum = round(sum + round(columns[first + k] * weights[i * inputs + k]));
        y[(n * m + i) * positions + o] = sum;
      }
    }
  }
  if (b !== undefined) addBias(unpack(b) as FloatArray, batch, y, layoutOf(m, positions, false));
  return [finish()];
});

/** Where tap `tap` of output `o` lies before it is moved; both count in row-major order. */
function placeTap(position: number[], axes: readonly WindowAxis[], tap: number, o: number): void {
  for (let d = axes.length - 1; d >= 0; d--) {
    const { kernel, output, stride, dilation, padBegin } = axes[d];
    position[d] = (o % output) * stride - padBegin + (tap % kernel) * dilation;
    tap = Math.floor(tap / kernel);
    o = Math.floor(o / output);
  }
}
