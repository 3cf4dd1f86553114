import { dropout as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { unpack, type DType, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { implement } from '../implement.ts';
import { compute, emit, stepOf } from '../support/index.ts';
import { float } from './functions.ts';

/**
 * output = data outside training; in training data * mask / (1 - ratio), where the mask is true with probability
 * 1 - ratio. Training is asked for by an input since opset 12, and by the absence of `is_test` before opset 7.
 */
export const dropout = implement(contract, ({ attrs, version }) => ([x, ratioTensor, mode]: [Tensor, Tensor?, Tensor?], ctx) => {
  const asInput = version.since >= 12;
  const training = asInput
    ? mode !== undefined && (mode.data as Uint8Array)[0] !== 0
    : version.since < 7 && attrs.int('is_test') === 0;
  const ratio = !asInput ? float(attrs, 'ratio') : ratioTensor === undefined ? 0.5 : unpack(ratioTensor)[0];
  const maskType: DType = version.since < 10 ? x.type : 'bool';
  if (!training || ratio === 0) {
    return [ctx.view(0, x, x.dims), ctx.wants(1) ? ones(ctx, maskType, x.dims) : undefined];
  }
  if (!(ratio >= 0 && ratio < 1)) {
    fail('E_VALUE', 'the ratio must lie in [0, 1)', {
      arg: { kind: 'input', name: 'ratio', index: 1 }, found: String(ratio),
    });
  }
  const uniform = ctx.random(attrs.has('seed') ? attrs.int('seed') : undefined);
  const kept = Uint8Array.from({ length: x.size }, () => (uniform() < ratio ? 0 : 1));
  const values = unpack(x);
  const scale = stepOf(x.type)(1 / (1 - ratio));
  const y = compute(ctx, 0, x.type, x.dims, (out) => {
    for (let i = 0; i < x.size; i++) out[i] = kept[i] ? values[i] * scale : 0;
  });
  return [y, ctx.wants(1) ? emit(ctx, 1, maskType, kept, x.dims) : undefined];
});

function ones(ctx: KernelContext, dtype: DType, dims: readonly number[]): Tensor {
  const out = ctx.output(1, dtype, dims);
  if (dtype === 'bool') (out.data as TypedArray as Uint8Array).fill(1);
  else return emit(ctx, 1, dtype, new Uint8Array(out.size).fill(1), dims);
  return out;
}
