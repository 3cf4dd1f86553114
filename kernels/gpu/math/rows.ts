/** Operators over rows: reductions and softmax. Other axes are moved to the end first. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axesIn, axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { sizeOf, stridesOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { rowMaximum, rowMinimum, rowSum } from '../functions/index.ts';
import { adapt, all, onlyTypes, type GpuAdapter } from '../implement.ts';
import { filled } from '../shape/filled.ts';
import { move } from '../shape/strided.ts';
import { softmaxRows } from './softmax-rows.ts';

/** The tensor with `axes` last: [...kept, ...axes]. */
async function axesLast(gpu: GpuEngine, ctx: KernelContext, x: Tensor, axes: readonly number[]): Promise<Tensor> {
  const order = [...x.dims.keys()].filter((i) => !axes.includes(i)).concat(axes);
  if (order.every((a, i) => a === i)) return gpu.view(x, x.dims);
  const strides = stridesOf(x.dims);
  return move(gpu, ctx, x, order.map((a) => x.dims[a]), order.map((a) => strides[a]));
}

/** What a reduction of no elements gives. */
const NOTHING = { mean: NaN, sum: 0, maximum: -Infinity, minimum: Infinity };

function reduction(op: OpContract, kind: 'mean' | 'sum' | 'maximum' | 'minimum'): GpuAdapter {
  return adapt(
    op,
    (node) => all(onlyTypes(node, 0, kind === 'mean' || kind === 'sum' ? ['float32', 'float16'] : ['float32', 'float16', 'uint8', 'int8']), (node.inputShape(0)?.length ?? 9) <= 6 || 'more than six axes'),
    ({ attrs }, gpu) => {
      const keep = attrs.int('keepdims') !== 0;
      const fixed = attrs.has('axes') ? attrs.ints('axes') : undefined;
      const noop = attrs.has('noop_with_empty_axes') && attrs.int('noop_with_empty_axes') !== 0;
      return async ([x, given]: [Tensor, Tensor?], ctx) => {
        const listed = given === undefined ? fixed : toInts(given);
        if (noop && (listed === undefined || listed.length === 0)) return [gpu.view(x, x.dims)];
        const axes = listed === undefined || listed.length === 0 ? [...x.dims.keys()] : axesIn(listed, x.dims.length, refuseShape).sort((a, b) => a - b);
        const n = sizeOf(axes.map((a) => x.dims[a]));
        const dims = keep ? x.dims.map((d, i) => (axes.includes(i) ? 1 : d)) : x.dims.filter((_, i) => !axes.includes(i));
        if (n === 0) return [filled(gpu, x.type, dims, NOTHING[kind])];
        const rows = await axesLast(gpu, ctx, x, axes);
        const y = kind === 'maximum' ? await gpu.run(ctx, rowMaximum, x.type, dims, [rows, n])
          : kind === 'minimum' ? await gpu.run(ctx, rowMinimum, x.type, dims, [rows, n])
            : await gpu.run(ctx, rowSum, x.type, dims, [rows, n, kind === 'mean' ? 1 / n : 1]);
        rows.dispose();
        return [y];
      };
    },
    ['device', 'host'],
  );
}

export const reduceMax = reduction(contracts.reduceMax, 'maximum');
export const reduceMean = reduction(contracts.reduceMean, 'mean');
export const reduceMin = reduction(contracts.reduceMin, 'minimum');
export const reduceSum = reduction(contracts.reduceSum, 'sum');

export const softmax = adapt(
  contracts.softmax,
  (node) => all(onlyTypes(node, 0, ['float32', 'float16']), (node.inputShape(0)?.length ?? 9) <= 6 || 'more than six axes'),
  ({ attrs, version }, gpu) => async ([x]: [Tensor], ctx) => {
    const rank = x.dims.length;
    const axis = axisIn(attrs.int('axis'), rank, refuseShape);
    // Before opset 13 all axes from `axis` on are one row.
    if (version.since < 13 || axis === rank - 1) return [await softmaxRows(gpu, ctx, x, version.since < 13 ? sizeOf(x.dims.slice(axis)) : x.dims[axis])];
    const rows = await axesLast(gpu, ctx, x, [axis]);
    const y = await softmaxRows(gpu, ctx, rows, x.dims[axis]);
    const order = [...x.dims.keys()].filter((i) => i !== axis).concat(axis);
    const strides = stridesOf(rows.dims);
    const back = await move(gpu, ctx, y, x.dims, x.dims.map((_, i) => strides[order.indexOf(i)]));
    rows.dispose();
    y.dispose();
    return [back];
  },
);
