import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import { meanMultiplier } from '../../../src/ops/quantization/lookup-table.ts';
import { forEachRun } from '../../../src/ops/conv/window.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { layoutOf } from '../conv/convolve.ts';
import { forEachPlane, layPool } from '../conv/pool-layout.ts';
import { implement } from '../implement.ts';
import { groupsOver, reducedAxes } from '../math/axes.ts';
import { single } from './parameters.ts';
import { requantize } from './requantize.ts';

type Inputs = [x: Tensor, xScale: Tensor, xZero: Tensor | undefined, yScale: Tensor, yZero?: Tensor];

/**
 * y = saturate(rint(sum((x - x_zero_point) * x_scale) / count / y_scale + y_zero_point)): a float32 average of dequantized
 * elements, quantized with the zero point added before the rounding. Padding adds nothing; it counts, and so does what
 * ceil_mode lets hang over the end, when count_include_pad is 1.
 * x: [N, C, spatial...], y: [N, C, out...]; channels last moves C to the end.
 */
export const qLinearAveragePool = implement(contracts.qLinearAveragePool, ({ attrs }) => (inputs: Inputs, ctx) => {
  const [x, xScale, xZero, yScale, yZero] = inputs;
  const channelsLast = attrs.int('channels_last') !== 0;
  const pool = layPool(attrs, x, channelsLast);
  const { axes, xAt, yAt, dims } = pool;
  // A window over all of the input is a global pool, and rounds like one.
  if (axes.every((a) => a.kernel === a.input && a.padBegin === 0 && a.padEnd === 0)) return globalAverage(inputs, channelsLast, ctx);
  const y = ctx.output(0, x.type, dims);
  const codes = x.data as NumberArray, out = y.data as NumberArray;
  const [scale, zero] = [single(xScale, 'x_scale'), single(xZero, 'x_zero_point')];
  const [outScale, outZero] = [single(yScale, 'y_scale'), single(yZero, 'y_zero_point')];
  const [lo, hi] = integerRange(x.type);
  const positions = sizeOf(axes.map((a) => a.output));
  const counts = new Float64Array(positions);
  if (attrs.int('count_include_pad') !== 0) counts.fill(sizeOf(axes.map((a) => a.kernel)));
  else forEachRun(axes, (_tap, _input, output, count) => { for (let i = output; i < output + count; i++) counts[i]++; });
  const step = (axes.at(-1)?.stride ?? 1) * xAt.position;
  const sums = new Float32Array(positions);
  forEachPlane(pool, ctx, (xBase, yBase) => {
    sums.fill(0);
    forEachRun(axes, (_tap, input, output, count) => {
      let from = xBase + input * xAt.position;
      for (let i = output; i < output + count; i++, from += step) sums[i] += f32((codes[from] - zero) * scale);
    });
    for (let o = 0; o < positions; o++) {
      const average = f32(sums[o] / counts[o]);
      out[yBase + o * yAt.position] = saturate(rint(f32(f32(average / outScale) + outZero)), lo, hi);
    }
  });
  return [y];
});

/**
 * y = saturate(rint(float32(sum(x - x_zero_point)) * (x_scale / (y_scale * count))) + y_zero_point) over all positions.
 * x: [N, C, spatial...], y: [N, C, 1...]; channels last moves C to the end.
 */
function globalAverage([x, xScale, xZero, yScale, yZero]: Inputs, channelsLast: boolean, ctx: KernelContext): [Tensor] {
  if (x.dims.length < 2) fail('E_SHAPE', 'X has no batch and channel axes', { found: `[${x.dims.join(', ')}]` });
  const [batch, channels] = [x.dims[0], channelsLast ? x.dims.at(-1)! : x.dims[1]];
  const positions = sizeOf(channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2));
  const dims = x.dims.map((d, i) => (i === 0 || i === (channelsLast ? x.dims.length - 1 : 1) ? d : 1));
  const y = ctx.output(0, x.type, dims);
  const codes = x.data as NumberArray, out = y.data as NumberArray;
  const zero = single(xZero, 'x_zero_point'), outZero = single(yZero, 'y_zero_point');
  const multiplier = meanMultiplier(single(xScale, 'x_scale'), single(yScale, 'y_scale'), positions);
  const [lo, hi] = integerRange(x.type);
  const at = layoutOf(channels, positions, channelsLast);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let p = 0; p < positions; p++) sum += codes[n * at.batch + c * at.channel + p * at.position] - zero;
      out[n * channels + c] = requantize(sum, multiplier, outZero, lo, hi);
    }
  }
  return [y];
}

export const qLinearGlobalAveragePool = implement(contracts.qLinearGlobalAveragePool, ({ attrs }) => {
  const channelsLast = attrs.int('channels_last') !== 0;
  return (inputs: Inputs, ctx) => globalAverage(inputs, channelsLast, ctx);
});

/**
 * reduced = saturate(rint(float32(sum(data - data_zero_point)) * (data_scale / (reduced_scale * count))) +
 * reduced_zero_point) over `axes`.
 */
export const qLinearReduceMean = implement(contracts.qLinearReduceMean, ({ attrs }) => ([x, xScale, xZero, yScale, yZero]: Inputs, ctx) => {
  const { dims, offsets } = groupsOver(x.dims, reducedAxes(x.dims.length, attrs.ints('axes'), false), attrs.int('keepdims') !== 0);
  const { starts, members } = offsets();
  const y = ctx.output(0, x.type, dims);
  const codes = x.data as NumberArray, out = y.data as NumberArray;
  const zero = single(xZero, 'data_zero_point'), outZero = single(yZero, 'reduced_zero_point');
  const multiplier = meanMultiplier(single(xScale, 'data_scale'), single(yScale, 'reduced_scale'), members.length);
  const [lo, hi] = integerRange(x.type);
  for (let i = 0; i < starts.length; i++) {
    let sum = 0;
    for (const member of members) sum += codes[starts[i] + member] - zero;
    out[i] = requantize(sum, multiplier, outZero, lo, hi);
  }
  return [y];
});

/** reduced = the sum of data over `axes`: int32 for int8, uint32 for uint8. */
export const reduceSumInteger = implement(contracts.reduceSumInteger, ({ attrs }) => ([x]: [Tensor], ctx) => {
  const { dims, offsets } = groupsOver(x.dims, reducedAxes(x.dims.length, attrs.ints('axes'), false), attrs.int('keepdims') !== 0);
  const { starts, members } = offsets();
  const y = ctx.output(0, x.type === 'int8' ? 'int32' : 'uint32', dims);
  const codes = x.data as NumberArray, out = y.data as NumberArray;
  for (let i = 0; i < starts.length; i++) {
    let sum = 0;
    for (const member of members) sum += codes[starts[i] + member];
    out[i] = sum;
  }
  return [y];
});
