import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { convolveIntegers, layConv } from './integer-conv.ts';
import { single, vector } from './parameters.ts';
import { requantize, requantizer } from './requantize.ts';

type QLinearInputs = [
  x: Tensor, xScale: Tensor, xZero: Tensor, w: Tensor, wScale: Tensor, wZero: Tensor, yScale: Tensor, yZero: Tensor, bias?: Tensor,
];

/**
 * y = saturate(rint(float32(sum + B[m]) * ((x_scale * w_scale[m]) / y_scale)) + y_zero_point), where sum is the int32
 * convolution of x less x_zero_point (also in the padding) and w less w_zero_point.
 * x: [N, C, spatial...], w: [M, C / group, kernel...], w_scale, w_zero_point: one value or [M], B: int32 [M],
 * y: [N, M, out...]; channels last moves C and M to the end of x and y.
 */
function prepareQLinearConv({ attrs }: PlacedNode) {
  const channelsLast = attrs.has('channels_last') && attrs.int('channels_last') !== 0;
  return ([x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias]: QLinearInputs, ctx: KernelContext) => {
    const conv = layConv(attrs, x, w, channelsLast);
    const { positions, yAt } = conv;
    const M = w.dims[0];
    const y = ctx.output(0, yZero.type, conv.dims);
    const codes = y.data as NumberArray;
    const wScales = vector(wScale, M, 'w_scale');
    const biases = vector(bias, M, 'B');
    const multipliers = Float32Array.from({ length: M }, (_, m) => requantizer(single(xScale, 'x_scale'), wScales[m], single(yScale, 'y_scale')));
    const zero = single(yZero, 'y_zero_point');
    const [lo, hi] = integerRange(yZero.type);
    convolveIntegers(conv, x, single(xZero, 'x_zero_point'), w, vector(wZero, M, 'w_zero_point'), ctx, (sums, image) => {
      for (let m = 0; m < M; m++) {
        let at = image * yAt.batch + m * yAt.channel;
        for (let o = 0; o < positions; o++, at += yAt.position) {
          codes[at] = requantize((sums[m * positions + o] + biases[m]) | 0, multipliers[m], zero, lo, hi);
        }
      }
    });
    return [y];
  };
}

export const qLinearConv = implement(contracts.qLinearConv, prepareQLinearConv);
export const msQLinearConv = implement(contracts.msQLinearConv, prepareQLinearConv);

/**
 * y = the int32 convolution of x less x_zero_point (also in the padding) and w less w_zero_point, wrapped to 32 bits.
 * x: [N, C, spatial...], w: [M, C / group, kernel...], w_zero_point: one value or [M], y: [N, M, out...]
 */
export const convInteger = implement(contracts.convInteger, ({ attrs }) => (
  [x, w, xZero, wZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx,
) => {
  const conv = layConv(attrs, x, w, false);
  const y = ctx.output(0, 'int32', conv.dims);
  const wZeros = vector(wZero, w.dims[0], 'w_zero_point');
  convolveIntegers(conv, x, single(xZero, 'x_zero_point'), w, wZeros, ctx, (sums, image) => {
    (y.data as Int32Array).set(sums, image * sums.length);
  });
  return [y];
});
