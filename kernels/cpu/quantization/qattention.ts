import { qAttention as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { projectedAttention, settingsOf } from '../attention/projected-attention.ts';
import { implement } from '../implement.ts';
import { productOf } from './integer-matmul.ts';
import { multiplyToFloat } from './matmul-to-float.ts';

type Inputs = [
  input: Tensor, weights: Tensor, bias: Tensor, inputScale: Tensor, weightScale: Tensor, mask?: Tensor, inputZero?: Tensor,
  weightZero?: Tensor, past?: Tensor,
];

/**
 * Attention whose projection is an integer product: [q | k | v] = (input - input_zero_point) * (weight -
 * weight_zero_point), multiplied by input_scale * weight_scale, plus bias.
 * input: [B, S, D], weight: [D, 3 * H], bias: [3 * H], weight_scale, weight_zero_point: one value or [3 * H],
 * output: [B, S, H], past, present: [2, B, heads, rows, H / heads]
 */
export const qAttention = implement(contract, ({ attrs }) => {
  const settings = settingsOf(attrs);
  return ([input, weights, bias, inputScale, weightScale, mask, inputZero, weightZero, past]: Inputs, ctx) => {
    const [batch, rows] = input.dims;
    const width = weights.dims[1];
    const hidden = width / 3;
    if (input.dims.length !== 3 || weights.dims.length !== 2 || hidden % settings.heads !== 0 || bias.size !== width) {
      fail('E_SHAPE', 'the weights do not fit the heads', { expected: `[D, 3 * H], H a multiple of ${settings.heads}`, found: `[${weights.dims.join(', ')}]` });
    }
    const product = productOf(input.dims, weights.dims);
    const qkv = ctx.scratch('float32', [batch, rows, width]).data as Float32Array;
    multiplyToFloat(ctx, { a: input, aZero: inputZero, b: weights, bZero: weightZero }, product, { aScale: inputScale, bScale: weightScale, bias }, qkv);
    return projectedAttention(ctx, settings, { qkv, batch, rows, sizes: [hidden, hidden, hidden], dtype: bias.type }, { mask, past });
  };
});
