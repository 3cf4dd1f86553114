import * as contracts from '../../../src/ops/contracts.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { CONV_PARAMS, layConv, windowAxes, windowWalk } from '../conv/window-walk.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { Columns, first, isSingle, plain, readsOf, spread } from './integer-operands.ts';

type Code = 'uint8' | 'int8';
type QLinearInputs = [x: Tensor, xScale: Tensor, xZero: Tensor, w: Tensor, wScale: Tensor, wZero: Tensor, yScale: Tensor, yZero: Tensor, bias?: Tensor];

const SUM = 'sum += (i32(x_at(xAt)) - p.xZero) * (i32(w_at(wAt)) - wz);';

/**
 * y = saturate(rint(float32(sum + B[m]) * ((x_scale * w_scale[m]) / y_scale)) + y_zero_point), sum the int32 convolution of x less x_zero_point
 * (also in the padding) and w less w_zero_point. The multipliers are made on the host, where float32 steps are exact.
 */
const qLinear = (op: OpContract) => adapt(
  op,
  (node) => all(
    ...[0, 2, 3, 5, 7].map((i) => onlyTypes(node, i, 'uint8', 'int8')), onlyTypes(node, 1, 'float32'), onlyTypes(node, 8, 'int32'), windowAxes(node, 0),
    [1, 2, 6, 7].every((i) => isSingle(node, i)) || 'a scale or zero point of x or y that is not known to be one value', [4, 5].every((i) => plain(node, i)) || 'parameters of w that are no list',
  ),
  (node, gpu) => {
    const channelsLast = node.attrs.has('channels_last') && node.attrs.int('channels_last') !== 0;
    const multipliers = new Columns(gpu, [1, 4, 6].every((i) => node.constant(i) !== undefined));
    return Object.assign(([x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias]: QLinearInputs, ctx: KernelContext) => {
      const { dims, M, params } = layConv(node, x, w, channelsLast);
      const type = yZero.type as Code;
      const [low, high] = integerRange(type);
      const zero = first(yZero);
      const y = gpu.output(ctx, type, dims);
      const program = gpu.mapProgram(`qconv ${x.type} ${w.type} ${type} ${bias !== undefined}`, () => ({
        label: op.type, inputs: { x: x.type, w: w.type, wZero: w.type, multipliers: 'float32', ...(bias && { bias: 'int32' }) }, output: type,
        params: [...CONV_PARAMS, 'wStep', 'xZero:i32', 'zero:i32', 'low:i32', 'high:i32'],
        code: `fn value(i: u32) -> ${type === 'uint8' ? 'u32' : 'i32'} {
  var sum = 0i; var wz = 0i;
  ${windowWalk(SUM).replace('let y0', 'wz = i32(wZero_at(m * p.wStep)); let y0')}
  ${bias ? 'sum += bias_at(m);' : ''}
  return ${type === 'uint8' ? 'u32' : 'i32'}(i32(clamp(round(f32(sum) * multipliers_at(m)), f32(p.low), f32(p.high))) + p.zero);
}`,
      }));
      const make = () => spread(wScale, M, 'w_scale', (s) => f32(f32(first(xScale) * s) / first(yScale)));
      multipliers.with(make, (m) => gpu.map(program, [x, w, wZero, m, ...(bias ? [bias] : [])], y, [...params, wZero.size === 1 ? 0 : 1, first(xZero), zero, low - zero, high - zero]));
      return [y];
    }, { reads: readsOf(node, new Set(), [1, 2, 4, 6, 7]) });
  },
);

export const qLinearConv = qLinear(contracts.qLinearConv);
export const msQLinearConv = qLinear(contracts.msQLinearConv);

/** y = the int32 convolution of x less x_zero_point (also in the padding) and w less w_zero_point, wrapped to 32 bits. */
export const convInteger = adapt(
  contracts.convInteger,
  (node) => all(...[0, 1, 2, 3].map((i) => onlyTypes(node, i, 'uint8', 'int8')), windowAxes(node, 0), [2, 3].every((i) => plain(node, i)) || 'zero points that are no list'),
  (node, gpu) => ([x, w, xZero, wZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
    const { dims, params } = layConv(node, x, w, false);
    const program = gpu.mapProgram(`convint ${x.type} ${w.type} ${xZero !== undefined} ${wZero !== undefined}`, () => ({
      label: 'ConvInteger', inputs: { x: x.type, w: w.type, ...(xZero && { xZero: x.type }), ...(wZero && { wZero: w.type }) }, output: 'int32', params: [...CONV_PARAMS, 'wStep'],
      code: `fn value(i: u32) -> i32 {
  var sum = 0i; var wz = 0i; let xz = ${xZero ? 'i32(xZero_at(0u))' : '0i'};
  ${windowWalk(SUM.replace('p.xZero', 'xz')).replace('let y0', wZero ? 'wz = i32(wZero_at(m * p.wStep)); let y0' : 'let y0')}
  return sum;
}`,
    }));
    return [gpu.map(program, [x, w, ...(xZero ? [xZero] : []), ...(wZero ? [wZero] : [])], gpu.output(ctx, 'int32', dims), [...params, (wZero?.size ?? 1) === 1 ? 0 : 1])];
  },
);
