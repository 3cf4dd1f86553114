/** Operators that keep the elements: a handle of its own on the same memory. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { flattenDims, refuseShape, reshapeDims, squeezeDims, unsqueezeDims } from '../../../src/ops/shape/geometry.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { toInts, type Dim, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, HELD, onlyTypes, type GpuAdapter } from '../implement.ts';

/** `rule` gives the new dims from the input's, and the values of input 1 where there is one. */
function view(op: OpContract, prepare: (node: PlacedNode) => (dims: readonly number[], values: number[] | undefined) => readonly Dim[] | undefined): GpuAdapter {
  return adapt(op, (node) => onlyTypes(node, 0, HELD), (node, gpu) => {
    const rule = prepare(node);
    return ([x, values]: [Tensor, Tensor?]) => [gpu.view(x, rule(x.dims, values && toInts(values)) as readonly number[])];
  }, ['device', 'host']);
}

export const reshape = view(contracts.reshape, ({ attrs, version }) => {
  const allowZero = version.since >= 14 && attrs.int('allowzero') !== 0;
  const fixed = version.since < 5 ? (attrs.has('shape') ? attrs.ints('shape') : []) : undefined;
  return (dims, shape) => reshapeDims(dims, fixed ?? shape!, allowZero, refuseShape);
});

export const squeeze = view(contracts.squeeze, ({ attrs, version }) => {
  const fixed = version.since < 13 && attrs.has('axes') ? attrs.ints('axes') : undefined;
  return (dims, axes) => squeezeDims(dims, axes ?? fixed, refuseShape);
});

export const unsqueeze = view(contracts.unsqueeze, ({ attrs, version }) => {
  const fixed = version.since < 13 ? attrs.ints('axes') : undefined;
  return (dims, axes) => unsqueezeDims(dims, fixed ?? axes!, refuseShape);
});

export const flatten = view(contracts.flatten, ({ attrs }) => (dims) => flattenDims(dims, attrs.int('axis'), refuseShape));
export const identity = view(contracts.identity, () => (dims) => dims);
