/**
 * Operators that keep the elements and change the shape: views, nothing is copied.
 * Shapes: [d_0, ..., d_(n-1)] to any shape of the same size.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { flattenDims, refuseShape, reshapeDims, squeezeDims, unsqueezeDims } from '../../../src/ops/shape/geometry.ts';
import { isTensor, toInts, type Dim, type Tensor, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';

// The shared rules work on dimensions that may be unknown; here all are numbers.
const known = (dims: readonly Dim[]) => dims as readonly number[];

export const reshape = implement(contracts.reshape, ({ attrs, version }) => {
  const allowZero = version.since >= 14 && attrs.int('allowzero') !== 0;
  const fixed = version.since < 5 ? (attrs.has('shape') ? attrs.ints('shape') : []) : undefined;
  return ([data, shape]: [Tensor, Tensor], ctx) =>
    [ctx.view(0, data, known(reshapeDims(data.dims, fixed ?? toInts(shape), allowZero, refuseShape)))];
});

export const squeeze = implement(contracts.squeeze, ({ attrs, version }) => {
  const fixed = version.since < 13 && attrs.has('axes') ? attrs.ints('axes') : undefined;
  return ([data, axes]: [Tensor, Tensor?], ctx) =>
    [ctx.view(0, data, known(squeezeDims(data.dims, axes === undefined ? fixed : toInts(axes), refuseShape)!))];
});

export const unsqueeze = implement(contracts.unsqueeze, ({ attrs, version }) => {
  const fixed = version.since < 13 ? attrs.ints('axes') : undefined;
  return ([data, axes]: [Tensor, Tensor], ctx) =>
    [ctx.view(0, data, known(unsqueezeDims(data.dims, fixed ?? toInts(axes), refuseShape)))];
});

export const expandDims = implement(contracts.expandDims, () => ([data, axis]: [Tensor, Tensor], ctx) =>
  [ctx.view(0, data, known(unsqueezeDims(data.dims, toInts(axis).slice(0, 1), refuseShape)))]);

export const flatten = implement(contracts.flatten, ({ attrs }) => ([data]: [Tensor], ctx) =>
  [ctx.view(0, data, known(flattenDims(data.dims, attrs.int('axis'), refuseShape)))]);

export const identity = implement(contracts.identity, () => ([x]: [Value], ctx) => [isTensor(x) ? ctx.view(0, x, x.dims) : x]);
