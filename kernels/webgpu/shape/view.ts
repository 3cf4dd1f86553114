/** Operators that keep the elements and change the shape: another tensor on the same memory. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { flattenDims, refuseShape, reshapeDims, squeezeDims, unsqueezeDims } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts, type Dim, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, type WebgpuAdapter } from '../implement.ts';
import { movable } from './movable.ts';

type Rule = (dims: readonly number[], given: readonly number[] | undefined) => readonly Dim[];

/** `rule` makes the new dims from the old ones and the second input, which the host reads. */
const view = (op: OpContract, prepare: (node: PlacedNode) => Rule): WebgpuAdapter => adapt(
  op, (node) => movable(node, 0),
  (node, gpu) => {
    const rule = prepare(node);
    return ([x, second]: [Tensor, Tensor?], ctx) => {
      const dims = rule(x.dims, second && toInts(second)) as readonly number[];
      ctx.admit(x.type, dims);
      return [gpu.share(x, dims)];
    };
  },
  ['device', 'host'],
);

export const reshape = view(contracts.reshape, ({ attrs, version }) => {
  const allowZero = version.since >= 14 && attrs.int('allowzero') !== 0;
  const fixed = version.since < 5 ? (attrs.has('shape') ? attrs.ints('shape') : []) : undefined;
  return (dims, shape) => reshapeDims(dims, fixed ?? shape!, allowZero, refuseShape);
});
export const squeeze = view(contracts.squeeze, ({ attrs, version }) => {
  const fixed = version.since < 13 && attrs.has('axes') ? attrs.ints('axes') : undefined;
  return (dims, axes) => squeezeDims(dims, axes ?? fixed, refuseShape)!;
});
export const unsqueeze = view(contracts.unsqueeze, ({ attrs, version }) => {
  const fixed = version.since < 13 ? attrs.ints('axes') : undefined;
  return (dims, axes) => unsqueezeDims(dims, fixed ?? axes!, refuseShape);
});
export const flatten = view(contracts.flatten, ({ attrs }) => (dims) => flattenDims(dims, attrs.int('axis'), refuseShape));
export const identity = view(contracts.identity, () => (dims) => dims);
export const expandDims = view(contracts.expandDims, () => (dims, axis) => unsqueezeDims(dims, axis!.slice(0, 1), refuseShape));
