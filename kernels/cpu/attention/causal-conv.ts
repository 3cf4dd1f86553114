import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { causalConvWithState as contract } from '../../../src/ops/contracts.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, floatOutput, roundTo } from '../support/index.ts';

type Inputs = [input: Tensor, weight: Tensor, bias?: Tensor, past?: Tensor];

/**
 * A convolution of each channel with its own past, which is carried from call to call:
 *
 *     padded = past_state followed by input                  [B, C, K - 1 + L], zeros without past_state
 *     output[c, t] = act(bias[c] + sum over k of padded[c, t + k] * weight[c, 0, k])
 *     present_state = the last K - 1 entries of padded
 *
 * where act is nothing, or x * sigmoid(x) of the sum rounded to the tensor's type.
 * https://onnx.ai/onnx/operators/onnx__CausalConvWithState.html
 */
export const causalConvWithState = implement(contract, ({ attrs }) => {
  const silu = choose({ none: false, silu: true, swish: true }, attrs.string('activation'), 'activation');
  return ([input, weight, bias, past]: Inputs, ctx) => {
    const [batch, channels, length] = input.dims; // input: [B, C, L]
    const taps = weight.dims[2]; // weight: [C, 1, K]
    if (input.dims.length !== 3 || weight.dims.length !== 3 || weight.dims[0] !== channels || weight.dims[1] !== 1 || taps < 1) {
      fail('E_SHAPE', 'input and weight do not fit', {
        expected: '[B, C, L] and [C, 1, K]', found: `${describeShape(input.dims)} and ${describeShape(weight.dims)}`,
      });
    }
    const stateDims = [batch, channels, taps - 1];
    if (past !== undefined && past.dims.join() !== stateDims.join()) {
      fail('E_SHAPE', 'past_state does not fit', { expected: describeShape(stateDims), found: describeShape(past.dims) });
    }
    if (bias !== undefined && bias.size !== channels) {
      fail('E_SHAPE', 'the bias does not fit', { expected: `[${channels}]`, found: describeShape(bias.dims) });
    }
    const x = unpack(input), w = unpack(weight), before = past && unpack(past), shift = bias && unpack(bias);
    const out = floatOutput(ctx, 0, input.type, input.dims);
    const state = floatOutput(ctx, 1, input.type, stateDims);
    const round = roundTo(input.type);
    const padded = new Float32Array(taps - 1 + length);
    for (let b = 0; b < batch; b++) {
      for (let c = 0; c < channels; c++) {
        const line = b * channels + c;
        for (let i = 0; i < taps - 1; i++) padded[i] = before === undefined ? 0 : before[line * (taps - 1) + i];
        for (let t = 0; t < length; t++) padded[taps - 1 + t] = x[line * length + t];
        for (let t = 0; t < length; t++) {
          let sum = shift === undefined ? 0 : shift[c];
          for (let k = 0; k < taps; k++) sum = f32(sum + f32(padded[t + k] * w[c * taps + k]));
          sum = round(sum);
          out.y[line * length + t] = silu ? sum * f32(1 / f32(1 + f32(Math.exp(-sum)))) : sum;
        }
        for (let i = 0; i < taps - 1; i++) state.y[line * (taps - 1) + i] = padded[length + i];
      }
    }
    return [out.finish(), state.finish()];
  };
});
