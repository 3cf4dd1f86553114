/** MaxPool and AveragePool, and pools over all positions. */
import * as contracts from '../../../src/ops/contracts.ts';
import { layPool } from '../../../src/ops/conv/pooling.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { reduceOver, type Reduction } from '../math/reduce-over.ts';
import { elementOf, FLOATS } from '../wgsl/element.ts';
import { poolCode, poolParams, poolValues } from './pool-layout.ts';

/** y[n, c, o] = max over the window's elements inside X (the last NaN wins). */
const maximum = (op: OpContract, channelsLast: boolean): WebgpuAdapter => adapt(
  op, (node) => all(onlyTypes(node, 0, ...FLOATS, 'int8', 'uint8'), node.node.outputs[1] === undefined || 'the places of maxima are wanted'),
  ({ attrs, inputType }, gpu) => {
    const type = inputType(0)!;
    const { scalar } = elementOf(type);
    return ([x]: [Tensor], ctx) => {
      const pool = layPool(attrs, x.dims, channelsLast);
      const rank = pool.axes.length;
      const program = gpu.mapProgram(`MaxPool:${type}:${rank}`, () => ({
        label: 'MaxPool', inputs: { x: type }, output: type, params: [`low:${scalar}`, ...poolParams(rank)],
        code: `${poolCode(rank)}
fn value(i: u32) -> ${scalar} {
  let w = window_of(i);
  var best = p.low;
  for (var tap = 0u; tap < p.taps; tap++) {
    let at = tap_at(w, tap);
    if (at < 0) { continue; }
    let v = x_at(u32(at));
    best = select(best, v, v > best${scalar === 'f32' ? ' || (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u' : ''});
  }
  return best;
}`,
      }));
      const low = scalar === 'f32' ? -Infinity : integerRange(type)[0];
      return [gpu.map(program, [x], gpu.output(ctx, type, pool.dims), [low, ...poolValues(pool)])];
    };
  },
);

export const maxPool = maximum(contracts.maxPool, false);
export const nhwcMaxPool = maximum(contracts.nhwcMaxPool, true);

/**
 * y[n, c, o] = sum of the window's elements / their number. Padding counts when count_include_pad is 1, but never the part of a window that
 * ceil_mode lets hang over the padded end.
 */
export const averagePool = adapt(contracts.averagePool, (node) => onlyTypes(node, 0, ...FLOATS), ({ attrs, inputType }, gpu) => {
  const type = inputType(0)!;
  const padded = attrs.has('count_include_pad') && attrs.int('count_include_pad') === 1;
  return ([x]: [Tensor], ctx) => {
    const pool = layPool(attrs, x.dims, false);
    const rank = pool.axes.length;
    const program = gpu.mapProgram(`AveragePool:${type}:${rank}:${padded}`, () => ({
      label: 'AveragePool', inputs: { x: type }, output: type, params: poolParams(rank),
      code: `${poolCode(rank)}
fn value(i: u32) -> f32 {
  let w = window_of(i);
  var sum = 0.0;
  var count = 0u;
  for (var tap = 0u; tap < p.taps; tap++) {
    let at = tap_at(w, tap);
    if (at >= 0) { sum += x_at(u32(at)); }
    count += u32(at >= ${padded ? -1 : 0});
  }
  return sum / f32(max(count, 1u)); // a window of nothing gives 0
}`,
    }));
    return [gpu.map(program, [x], gpu.output(ctx, type, pool.dims), poolValues(pool))];
  };
});

/** One value a channel: X [N, C, spatial...] -> Y [N, C, 1...]. */
const globalPool = (op: OpContract, reduction: Omit<Reduction, 'label'>): WebgpuAdapter => adapt(op, (node) => onlyTypes(node, 0, ...FLOATS), (_, gpu) => (
  [x]: [Tensor], ctx,
) => [reduceOver(gpu, ctx, x, [...x.dims.keys()].slice(2), x.dims.map((d, i) => (i < 2 ? d : 1)), { label: op.type, ...reduction })]);

export const globalAveragePool = globalPool(contracts.globalAveragePool, { start: () => 0, combine: 'a + b', finish: 'v / count' });
export const globalMaxPool = globalPool(contracts.globalMaxPool, { start: () => -Infinity, combine: 'max(a, b)' });
