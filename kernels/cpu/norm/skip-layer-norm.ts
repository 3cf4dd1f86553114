/**
 * A residual sum and its normalization in one:
 *
 *     s = input + skip + bias
 *     SkipLayerNormalization             y = (s - mean) / sqrt(variance + epsilon) * gamma + beta
 *     SkipSimplifiedLayerNormalization   y = s / sqrt(mean(s^2) + epsilon) * gamma
 *
 * Output 3 is s rounded to the tensor's type; the normalization uses s before that rounding.
 * https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.SkipLayerNormalization
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import {
  skipLayerNormalization as skipContract, skipSimplifiedLayerNormalization as simplifiedContract,
} from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emit, floatOutput } from '../support/index.ts';
import { normalizeRows, rowParameter } from './row-norm.ts';

interface Skip {
  readonly input: Tensor; // [B, S, H] or [S, H]
  readonly skip: Tensor; // as input, or [1, S, H], or [S, H]: repeated for each batch
  readonly gamma: Tensor; // [H]
  readonly beta: Tensor | undefined; // [H]
  readonly bias: Tensor | undefined; // [H]
  readonly epsilon: number;
  readonly centered: boolean;
}

function runSkip(ctx: KernelContext, { input, skip, gamma, beta, bias, epsilon, centered }: Skip): (Tensor | undefined)[] {
  const { dims } = input;
  const axis = dims.length - 1;
  const hidden = dims[axis];
  const x = unpack(input);
  const residual = residualOf(skip, input);
  const added = bias && unpack(bias);
  if (bias !== undefined && bias.size !== hidden) {
    fail('E_SHAPE', 'the bias does not fit the last axis', { expected: `[${hidden}]`, found: describeShape(bias.dims) });
  }
  const sum = new Float32Array(input.size);
  for (let i = 0; i < sum.length; i++) {
    const s = f32(x[i] + residual[i % residual.length]);
    sum[i] = added === undefined ? s : f32(s + added[i % hidden]);
  }
  const rowDims = [...dims.slice(0, axis), 1];
  const y = floatOutput(ctx, 0, input.type, dims);
  const mean = ctx.wants(1) ? floatOutput(ctx, 1, 'float32', rowDims) : undefined;
  const inverse = ctx.wants(2) ? floatOutput(ctx, 2, 'float32', rowDims) : undefined;
  normalizeRows(sum, y.y, {
    length: hidden, epsilon: f32(epsilon), centered, step: f32,
    scale: rowParameter(gamma, dims, axis), bias: beta && rowParameter(beta, dims, axis),
  }, (row, m, inv) => {
    if (mean !== undefined) mean.y[row] = m;
    if (inverse !== undefined) inverse.y[row] = inv;
  });
  return [y.finish(), mean?.finish(), inverse?.finish(), ctx.wants(3) ? emit(ctx, 3, input.type, sum, dims) : undefined];
}

/** The elements of skip, which repeat over the batch when there are fewer of them than of input. */
function residualOf(skip: Tensor, input: Tensor): ArrayLike<number> {
  const rows = input.dims.slice(1);
  const shared = skip.dims.length === 3 && skip.dims[0] === 1 ? skip.dims.slice(1) : skip.dims;
  const fits = (dims: readonly number[], wanted: readonly number[]) => dims.length === wanted.length && dims.every((d, i) => d === wanted[i]);
  if (!fits(skip.dims, input.dims) && !fits(shared, rows)) {
    fail('E_SHAPE', 'skip does not fit the input', {
      expected: `${describeShape(input.dims)} or ${describeShape(rows)}`, found: describeShape(skip.dims),
    });
  }
  return unpack(skip);
}

export const skipLayerNormalization = implement(skipContract, ({ attrs }) => {
  const epsilon = attrs.float('epsilon');
  return ([input, skip, gamma, beta, bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx) =>
    runSkip(ctx, { input, skip, gamma, beta, bias, epsilon, centered: true });
});

export const skipSimplifiedLayerNormalization = implement(simplifiedContract, ({ attrs }) => {
  const epsilon = attrs.float('epsilon');
  return ([input, skip, gamma, bias]: [Tensor, Tensor, Tensor, Tensor?], ctx) =>
    runSkip(ctx, { input, skip, gamma, beta: undefined, bias, epsilon, centered: false });
});
