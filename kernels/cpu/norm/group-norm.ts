/**
 * y = (x - mean) / sqrt(variance + epsilon) * scale + bias, with mean and variance of each group of channels of each sample.
 *
 *     GroupNormalization      num_groups groups; scale and bias a channel (opset 21) or a group (opset 18)
 *     InstanceNormalization   each channel is a group
 *
 * https://onnx.ai/onnx/operators/onnx__GroupNormalization.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { groupNormalization as groupContract, instanceNormalization as instanceContract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, dtypeFromOnnx, sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, roundTo, stepOf, type Step } from '../support/index.ts';
import { momentsOf, normalizeRun } from './moments.ts';

// x: [N, C, ...]; scale, bias: [C], or [groups]
function runGroups(ctx: KernelContext, x: Tensor, scale: Tensor, bias: Tensor, groups: number, epsilon: number, step: Step): Tensor {
  const [batch, channels] = x.dims;
  const inner = sizeOf(x.dims.slice(2));
  if (channels % groups !== 0) {
    fail('E_SHAPE', 'the channels do not divide into groups', { expected: `a multiple of ${groups}`, found: String(channels) });
  }
  const perGroup = channels / groups;
  const parameters = scale.size === channels ? 1 : perGroup; // channels that share an entry of scale and bias
  if (scale.size * parameters !== channels || bias.size !== scale.size) {
    fail('E_SHAPE', 'scale and bias do not fit the channels', {
      expected: `[${channels}]`, found: `${describeShape(scale.dims)} and ${describeShape(bias.dims)}`,
    });
  }
  const values = unpack(x), scales = unpack(scale), biases = unpack(bias);
  const y = floatOutput(ctx, 0, x.type, x.dims);
  for (let n = 0; n < batch; n++) {
    for (let g = 0; g < groups; g++) {
      const first = (n * channels + g * perGroup) * inner;
      const { mean, deviation } = momentsOf(values, first, perGroup * inner, epsilon, true, step);
      for (let k = 0; k < perGroup; k++) {
        const p = Math.floor((g * perGroup + k) / parameters);
        normalizeRun(y.y, values, first + k * inner, inner, mean, deviation, scales[p], biases[p], step);
      }
    }
  }
  return y.finish();
}

export const groupNormalization = implement(groupContract, ({ attrs, version }) => {
  const groups = attrs.int('num_groups');
  const epsilon = f32(attrs.float('epsilon'));
  const stash = version.since >= 21 ? dtypeFromOnnx(attrs.int('stash_type')) : 'float32';
  return ([x, scale, bias]: [Tensor, Tensor, Tensor], ctx) => {
    const step = stash === undefined || stash === 'float32' ? stepOf(x.type) : roundTo(stash);
    return [runGroups(ctx, x, scale, bias, groups, epsilon, step)];
  };
});

export const instanceNormalization = implement(instanceContract, ({ attrs }) => {
  const epsilon = f32(attrs.float('epsilon'));
  return ([x, scale, bias]: [Tensor, Tensor, Tensor], ctx) => [runGroups(ctx, x, scale, bias, x.dims[1], epsilon, stepOf(x.type))];
});
