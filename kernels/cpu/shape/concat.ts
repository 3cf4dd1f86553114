/** Concat and Split: parts of a tensor along one axis, seen as [outer, length, inner], put together and taken apart. */
import * as contracts from '../../../src/ops/contracts.ts';
import { divisionOf, joined } from '../../../src/ops/shape/division.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { splitAt, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { copyStrided } from '../support/index.ts';

/** The tensors one after another along `axis`, as output 0. All must agree on the other axes. */
export function concatTensors(ctx: KernelContext, parts: readonly Tensor[], axis: number): Tensor {
  const { axis: at, dims } = joined(parts, axis);
  const y = ctx.output(0, parts[0].type, dims);
  const { outer, length, inner } = splitAt(dims, at);
  let start = 0;
  for (const part of parts) {
    const run = part.dims[at] * inner;
    copyStrided([outer, run], { tensor: y, offset: start, strides: [length * inner, 1] }, { tensor: part });
    start += run;
  }
  return y;
}

/** Fills `part` with the elements of `x` that start at `start` along `axis`. */
export function takePart(part: Tensor, x: Tensor, axis: number, start: number, length: number): void {
  const { outer, length: whole, inner } = splitAt(x.dims, axis);
  copyStrided([outer, length * inner], { tensor: part }, { tensor: x, offset: start * inner, strides: [whole * inner, 1] });
}

export const concat = implement(contracts.concat, ({ attrs }) => {
  const axis = attrs.has('axis') ? attrs.int('axis') : 1; // opset 1 may leave it out
  return (inputs: Tensor[], ctx) => [concatTensors(ctx, inputs, axis)];
});

export const split = implement(contracts.split, (placed) => {
  const divide = divisionOf(placed);
  return ([x, sizes]: [Tensor, Tensor?], ctx) => {
    const { axis, parts } = divide(x, sizes);
    return parts.map(({ start, length, dims }, i) => {
      if (!ctx.wants(i)) return undefined;
      const part = ctx.output(i, x.type, dims);
      takePart(part, x, axis, start, length);
      return part;
    });
  };
});
