/** Concat and Split: parts of a tensor along one axis, seen as [outer, length, inner], put together and taken apart. */
import { fail } from '../../../src/errors.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import { axisIn, refuseShape, splitSizes } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { splitAt, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { copyStrided } from '../support/index.ts';

/** The tensors one after another along `axis`, as output 0. All must agree on the other axes. */
export function concatTensors(ctx: KernelContext, parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  const at = axisIn(axis, first.dims.length, refuseShape);
  let length = 0;
  for (const part of parts) {
    if (part.dims.length !== first.dims.length || part.dims.some((d, i) => i !== at && d !== first.dims[i])) {
      fail('E_SHAPE', `the inputs differ outside axis ${at}`, { expected: `[${first.dims.join(', ')}]`, found: `[${part.dims.join(', ')}]` });
    }
    length += part.dims[at];
  }
  const y = ctx.output(0, first.type, first.dims.map((d, i) => (i === at ? length : d)));
  const { outer, inner } = splitAt(first.dims, at);
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

export const split = implement(contracts.split, ({ attrs, version, node }) => {
  const axis = attrs.has('axis') ? attrs.int('axis') : 0;
  const parts = node.outputs.length;
  const fixed = attrs.has('split') ? attrs.ints('split') : undefined;
  if (attrs.has('num_outputs') && attrs.int('num_outputs') !== parts) {
    fail('E_ATTRIBUTE', 'num_outputs differs from the number of outputs', { expected: String(parts), found: String(attrs.int('num_outputs')) });
  }
  return ([x, split]: [Tensor, Tensor?], ctx) => {
    const at = axisIn(axis, x.dims.length, refuseShape);
    const given = split === undefined ? fixed : version.since < 2 ? Array.from(unpack(split)) : toInts(split);
    if (given !== undefined && given.length !== parts) {
      fail('E_SHAPE', 'split sizes do not fit the outputs', { expected: `${parts} sizes`, found: String(given.length) });
    }
    let start = 0;
    return splitSizes(x.dims[at], given, parts, version.since >= 18, refuseShape).map((length, i) => {
      const from = start;
      start += length;
      if (!ctx.wants(i)) return undefined;
      const part = ctx.output(i, x.type, x.dims.map((d, a) => (a === at ? length : d)));
      takePart(part, x, at, from, length);
      return part;
    });
  };
});
