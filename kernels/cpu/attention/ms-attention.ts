/**
 * Attention together with the projection that makes queries, keys and values:
 *
 *     [q | k | v] = input . weights + bias       input [B, S, D], weights [D, Dq + Dk + Dv]
 *     output [B, S, Dv] = attention of N heads, with masks and past
 *     past [2, B, N, P, H], present [2, B, N, P + S, H]: keys, then values
 *
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.Attention
 */
import { fail } from '../../../src/errors.ts';
import { msAttention as contract } from '../../../src/ops/contracts.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { loopsFor } from './heads.ts';
import { projectedAttention, settingsOf } from './projected-attention.ts';

type Inputs = [input: Tensor, weights: Tensor, bias?: Tensor, mask?: Tensor, past?: Tensor, attentionBias?: Tensor, pastLength?: Tensor];

export const msAttention = implement(contract, ({ attrs }) => {
  const settings = settingsOf(attrs);
  const given = attrs.has('qkv_hidden_sizes') ? attrs.ints('qkv_hidden_sizes') : undefined;
  return ([input, weights, bias, mask, past, attentionBias, pastLength]: Inputs, ctx) => {
    const [batch, rows, depth] = input.dims;
    const width = weights.dims[1];
    const sizes = given ?? [width / 3, width / 3, width / 3]; // Dq, Dk, Dv
    const fits = sizes.length === 3 && sizes[0] === sizes[1] && sizes[0] + sizes[1] + sizes[2] === width && sizes.every((d) => d % settings.heads === 0);
    if (weights.dims.length !== 2 || weights.dims[0] !== depth || !fits) {
      fail('E_SHAPE', 'the weights do not fit the input and the heads', {
        expected: `[${depth}, Dq + Dk + Dv], multiples of ${settings.heads}`, found: describeShape(weights.dims),
      });
    }
    if (bias !== undefined && bias.size !== width) {
      fail('E_SHAPE', 'the bias does not fit the weights', { expected: `[${width}]`, found: describeShape(bias.dims) });
    }
    const qkv = project(input, weights, bias, batch * rows, depth, width);
    return projectedAttention(ctx, settings, { qkv, batch, rows, sizes, dtype: input.type }, { mask, past, attentionBias, pastLength });
  };
});

/** y [rows, width] = x [rows, depth] . w [depth, width] + bias */
function project(input: Tensor, weights: Tensor, bias: Tensor | undefined, rows: number, depth: number, width: number): Float32Array {
  const x = unpack(input), w = unpack(weights) as Float32Array;
  const start = bias && unpack(bias);
  const y = new Float32Array(rows * width);
  const { addScaled } = loopsFor(y);
  for (let r = 0; r < rows; r++) {
    if (start !== undefined) y.set(start, r * width);
    for (let d = 0; d < depth; d++) addScaled(y, r * width, x[r * depth + d], w, d * width, width);
  }
  return y;
}
