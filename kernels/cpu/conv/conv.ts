import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import {
  checkTransposedWeights, checkWeights, kernelOf, slide, slideTransposed, transposedWindowOf, windowOf,
} from '../../../src/ops/conv/window.ts';
import { sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { expectDims, floatOutput, stepOf, type FloatArray } from '../support/index.ts';
import { addBias, convolve, convolveTransposed, layoutOf } from './convolve.ts';
import { fusedActivation } from './fused-activation.ts';

const floats = (t: Tensor): FloatArray => unpack(t) as FloatArray;

/**
 * Y = activation(sum over channels and taps of X * W + B + Z): Conv has neither activation nor Z.
 * X: [N, C, spatial...], W: [M, C / group, kernel...], B: [M], Y and Z: [N, M, out...]; channels last moves C and M to
 * the end of X, Y and Z.
 */
function convolution(contract: OpContract, channelsLast: boolean) {
  return implement(contract, ({ attrs }) => {
    return ([x, w, b, z]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
      const group = attrs.int('group');
      const channels = (channelsLast ? x.dims.at(-1) : x.dims[1]) ?? fail('E_SHAPE', 'X has no channel axis');
      checkWeights(x.dims, w.dims, group, channels);
      const spatial = channelsLast ? x.dims.slice(1, -1) : x.dims.slice(2);
      const axes = slide(windowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), spatial);
      const [batch, m] = [x.dims[0], w.dims[0]];
      const out = axes.map((a) => a.output);
      const dims = channelsLast ? [batch, ...out, m] : [batch, m, ...out];
      expectDims('B', b, [m]);
      expectDims('Z', z, dims);
      const { y, finish } = floatOutput(ctx, 0, x.type, dims);
      const yAt = layoutOf(m, sizeOf(out), channelsLast);
      const shape = { batch, group, inputs: channels / group, outputs: m / group, axes };
      convolve(ctx, shape, floats(x), layoutOf(channels, sizeOf(spatial), channelsLast), floats(w), y, yAt);
      if (b !== undefined) addBias(floats(b), batch, y, yAt);
      if (z !== undefined) {
        const sum = floats(z);
        for (let i = 0; i < y.length; i++) y[i] += sum[i];
      }
      const activate = attrs.has('activation') ? fusedActivation(attrs, stepOf(x.type)) : undefined;
      if (activate !== undefined) for (let i = 0; i < y.length; i++) y[i] = activate(y[i]);
      return [finish()];
    };
  });
}

export const conv = convolution(contracts.conv, false);
export const fusedConv = convolution(contracts.fusedConv, false);
export const nhwcFusedConv = convolution(contracts.nhwcFusedConv, true);

/**
 * Each element of X is spread over the window it would have come from: Y[n, m, i * stride - pad + k * dilation] +=
 * X[n, c, i] * W[c, m, k], then B is added.
 * X: [N, C, spatial...], W: [C, M / group, kernel...], B: [M], Y: [N, M, out...]
 */
export const convTranspose = implement(contracts.convTranspose, ({ attrs }) => ([x, w, b]: [Tensor, Tensor, Tensor?], ctx) => {
  const group = attrs.int('group');
  const [batch, channels, ...spatial] = x.dims;
  checkTransposedWeights(x.dims, w.dims, group, channels);
  const axes = slideTransposed(transposedWindowOf(attrs, kernelOf(attrs, w.dims.slice(2))!), spatial);
  const out = axes.map((a) => a.input); // the window runs from Y to X
  const m = w.dims[1] * group;
  expectDims('B', b, [m]);
  const { y, finish } = floatOutput(ctx, 0, x.type, [batch, m, ...out]);
  const yAt = layoutOf(m, sizeOf(out), false);
  const shape = { batch, group, inputs: channels / group, outputs: w.dims[1], axes };
  convolveTransposed(ctx, shape, floats(x), layoutOf(channels, sizeOf(spatial), false), floats(w), y, yAt);
  if (b !== undefined) addBias(floats(b), batch, y, yAt);
  return [finish()];
});
