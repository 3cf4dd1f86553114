/** A residual sum and its normalization in one: SkipLayerNormalization, SkipSimplifiedLayerNormalization. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { FLOATS } from '../wgsl/element.ts';
import { normalizeRows } from './row-norm.ts';

const floats = (node: PlacedNode): true | string => all(...node.node.inputs.map((_, i) => onlyTypes(node, i, ...FLOATS)));

/** skip: as input, or [1, S, H], or [S, H]. */
function checkSkip(input: Tensor, skip: Tensor): void {
  const fits = (dims: readonly number[], wanted: readonly number[]) => dims.length === wanted.length && dims.every((d, i) => d === wanted[i]);
  const rows = input.dims.slice(1);
  if (fits(skip.dims, input.dims) || fits(skip.dims.length === 3 && skip.dims[0] === 1 ? skip.dims.slice(1) : skip.dims, rows)) return;
  fail('E_SHAPE', 'skip does not fit the input', { expected: `${describeShape(input.dims)} or ${describeShape(rows)}`, found: describeShape(skip.dims) });
}

interface Parameters {
  readonly gamma: Tensor;
  readonly beta?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  readonly epsilon: number;
  readonly centered: boolean;
}

function run(gpu: WebgpuSession, ctx: KernelContext, input: Tensor, skip: Tensor, { gamma, beta, bias, epsilon, centered }: Parameters): (Tensor | undefined)[] {
  checkSkip(input, skip);
  const length = input.dims.at(-1)!;
  for (const parameter of [gamma, beta, bias]) {
    if (parameter !== undefined && parameter.size !== length) {
      fail('E_SHAPE', 'a parameter does not fit the last axis', { expected: `[${length}]`, found: describeShape(parameter.dims) });
    }
  }
  const { y, sum, mean, inverse } = normalizeRows(gpu, ctx, {
    x: input, skip, bias, scale: gamma, shift: beta, length, epsilon: Math.fround(epsilon), centered,
    wantsSum: ctx.wants(3), wantsMoments: ctx.wants(1) || ctx.wants(2),
  }, [...input.dims.slice(0, -1), 1]);
  return [y, mean, inverse, sum];
}

export const skipLayerNormalization = adapt(contracts.skipLayerNormalization, floats, ({ attrs }, gpu) => (
  [input, skip, gamma, beta, bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?], ctx,
) => run(gpu, ctx, input, skip, { gamma, beta, bias, epsilon: attrs.float('epsilon'), centered: true }));

export const skipSimplifiedLayerNormalization = adapt(
  contracts.skipSimplifiedLayerNormalization,
  (node) => all(floats(node), node.node.outputs[1] === undefined || 'the mean of an RMS normalization'),
  ({ attrs }, gpu) => ([input, skip, gamma, bias]: [Tensor, Tensor, Tensor, Tensor?], ctx) =>
    run(gpu, ctx, input, skip, { gamma, bias, epsilon: attrs.float('epsilon'), centered: false }),
);
