/** QLinearAveragePool and QLinearGlobalAveragePool, bit for bit as the scalar provider. */
import * as contracts from '../../../src/ops/contracts.ts';
import { layPool } from '../../../src/ops/conv/pooling.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import { meanMultiplier } from '../../../src/ops/quantization/lookup-table.ts';
import { poolCode, poolParams, poolValues } from '../conv/pool-layout.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { fail } from '../../../src/errors.ts';
import { adapt, onlyTypes } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { elementOf } from '../wgsl/element.ts';
import { DIVIDE } from '../wgsl/library.ts';
import { single } from './parameters.ts';

type Inputs = [x: Tensor, xScale: Tensor, xZero: Tensor | undefined, yScale: Tensor, yZero?: Tensor];
const READS = ['device', 'host', 'host', 'host', 'host'] as const;

/**
 * y = saturate(rint(float32(sum(x - x_zero_point)) * (x_scale / (y_scale * count))) + y_zero_point) over all positions.
 * x: [N, C, spatial...], y: [N, C, 1...]; channels last moves C to the end.
 */
function globalAverage(gpu: WebgpuSession, ctx: KernelContext, [x, xScale, xZero, yScale, yZero]: Inputs, channelsLast: boolean): Tensor {
  if (x.dims.length < 2) fail('E_SHAPE', 'X has no batch and channel axes', { found: `[${x.dims.join(', ')}]` });
  const channels = channelsLast ? x.dims.at(-1)! : x.dims[1];
  const positions = sizeOf(channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2));
  const dims = x.dims.map((d, i) => (i === 0 || i === (channelsLast ? x.dims.length - 1 : 1) ? d : 1));
  const { scalar } = elementOf(x.type);
  const [low, high] = integerRange(x.type);
  const multiplier = meanMultiplier(single(xScale, 'x_scale'), single(yScale, 'y_scale'), positions);
  const program = gpu.mapProgram(`QLinearGlobalAveragePool:${x.type}`, () => ({
    label: 'QLinearGlobalAveragePool', inputs: { x: x.type }, output: x.type,
    params: ['channels', 'positions', 'channelStep', 'step', 'multiplier:f32', 'xZero:i32', 'zero:f32', 'low:f32', 'high:f32'],
    code: `fn value(i: u32) -> ${scalar} {
  let start = (i / p.channels) * p.channels * p.positions + (i % p.channels) * p.channelStep;
  var sum = 0i;
  for (var k = 0u; k < p.positions; k++) { sum += i32(x_at(start + k * p.step)) - p.xZero; }
  return ${scalar}(clamp(round(f32(sum) * p.multiplier) + p.zero, p.low, p.high));
}`,
  }));
  return gpu.map(program, [x], gpu.output(ctx, x.type, dims), [
    channels, positions, channelsLast ? 1 : positions, channelsLast ? channels : 1, multiplier, single(xZero, 'x_zero_point'), single(yZero, 'y_zero_point'), low, high,
  ]);
}

export const qLinearGlobalAveragePool = adapt(contracts.qLinearGlobalAveragePool, (node) => onlyTypes(node, 0, 'uint8', 'int8'), ({ attrs }, gpu) => (
  inputs: Inputs, ctx,
) => [globalAverage(gpu, ctx, inputs, attrs.int('channels_last') !== 0)], READS);

/**
 * y = saturate(rint(sum((x - x_zero_point) * x_scale) / count / y_scale + y_zero_point)): a float32 average of dequantized elements,
 * quantized with the zero point added before the rounding. Padding adds nothing, and counts when count_include_pad is 1.
 */
export const qLinearAveragePool = adapt(contracts.qLinearAveragePool, (node) => onlyTypes(node, 0, 'uint8', 'int8'), ({ attrs, inputType }, gpu) => {
  const type = inputType(0)!;
  const { scalar } = elementOf(type);
  const [low, high] = integerRange(type);
  const channelsLast = attrs.int('channels_last') !== 0;
  const padded = attrs.int('count_include_pad') !== 0;
  return (inputs: Inputs, ctx) => {
    const [x, xScale, xZero, yScale, yZero] = inputs;
    const pool = layPool(attrs, x.dims, channelsLast);
    // A window over all of the input is a global pool, and rounds like one.
    if (pool.axes.every((a) => a.kernel === a.input && a.padBegin === 0 && a.padEnd === 0)) return [globalAverage(gpu, ctx, inputs, channelsLast)];
    const rank = pool.axes.length;
    const program = gpu.mapProgram(`QLinearAveragePool:${type}:${rank}:${padded}`, () => ({
      label: 'QLinearAveragePool', inputs: { x: type }, output: type,
      params: ['xZero:i32', 'xScale:f32', 'yScale:f32', 'zero:f32', 'low:f32', 'high:f32', 'nothing', ...poolParams(rank)],
      code: `${DIVIDE}${poolCode(rank)}
fn value(i: u32) -> ${scalar} {
  let w = window_of(i);
  var sum = 0.0;
  var count = 0u;
  for (var tap = 0u; tap < p.taps; tap++) {
    let at = tap_at(w, tap);
    if (at < 0) { continue; }
    count++;
    // p.nothing is 0: it keeps a compiler from fusing the product with the sum
    let term = f32(i32(x_at(u32(at))) - p.xZero) * p.xScale;
    sum += bitcast<f32>(bitcast<u32>(term) ^ p.nothing);
  }
  let average = divide(sum, ${padded ? 'f32(p.taps)' : 'f32(count)'});
  let rounded = round(divide(average, p.yScale) + p.zero);
  return ${scalar}(select(p.low, min(rounded, p.high), rounded > p.low));
}`,
    }));
    return [gpu.map(program, [x], gpu.output(ctx, type, pool.dims), [
      single(xZero, 'x_zero_point'), single(xScale, 'x_scale'), single(yScale, 'y_scale'), single(yZero, 'y_zero_point'), low, high, 0, ...poolValues(pool),
    ])];
  };
}, READS);
