/** Pools over one or two spatial axes. */
import * as contracts from '../../../src/ops/contracts.ts';
import { slide, windowOf } from '../../../src/ops/conv/window.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { meanMultiplier } from '../../../src/ops/quantization/lookup-table.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { GpuEngine } from '../engine.ts';
import { pool as poolKernel, rowMaximum, rowSum } from '../functions/index.ts';
import { adapt, all, onlyTypes, type GpuAdapter } from '../implement.ts';
import { requantized } from '../quantization/requantized.ts';

const FLOATS: readonly DType[] = ['float32', 'float16'];
const MAXIMUM = 0, MEAN_INSIDE = 1, MEAN_COUNTED = 2, SUM = 3;

const planar = (node: PlacedNode): true | string => {
  const rank = node.inputShape(0)?.length;
  return all(rank === 4 || rank === 3 || 'not one or two spatial axes', node.node.outputs[1] === undefined || 'indices are wanted');
};

async function run(gpu: GpuEngine, ctx: KernelContext, { attrs }: PlacedNode, x: Tensor, kind: number, zero = 0, type: DType = x.type): Promise<Tensor> {
  const axes = slide(windowOf(attrs, attrs.ints('kernel_shape')), x.dims.slice(2));
  const unit = { ...axes[0], input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  const [r, c] = axes.length === 1 ? [unit, axes[0]] : [axes[0], axes[1]];
  return gpu.run(ctx, poolKernel, type, [...x.dims.slice(0, 2), ...axes.map((a) => a.output)], [
    x, kind, r.input, c.input, r.output, c.output, r.kernel, c.kernel, r.stride, c.stride, r.dilation, c.dilation, r.padBegin, c.padBegin, r.padEnd, c.padEnd, zero,
  ]);
}

export const maxPool = adapt(
  contracts.maxPool,
  (node) => all(onlyTypes(node, 0, [...FLOATS, 'uint8', 'int8']), planar(node)),
  (node, gpu) => async ([x]: [Tensor], ctx) => [await run(gpu, ctx, node, x, MAXIMUM)],
);

export const averagePool = adapt(contracts.averagePool, (node) => all(onlyTypes(node, 0, FLOATS), planar(node)), (node, gpu) => {
  const kind = node.attrs.has('count_include_pad') && node.attrs.int('count_include_pad') === 1 ? MEAN_COUNTED : MEAN_INSIDE;
  return async ([x]: [Tensor], ctx) => [await run(gpu, ctx, node, x, kind)];
});

function overAll(op: OpContract, mean: boolean): GpuAdapter {
  return adapt(op, (node) => all(onlyTypes(node, 0, FLOATS), (node.inputShape(0)?.length ?? 0) > 2 || 'no spatial axes'), (_, gpu) => async ([x]: [Tensor], ctx) => {
    const n = x.dims.slice(2).reduce((s, d) => s * d, 1);
    const dims = x.dims.map((d, i) => (i < 2 ? d : 1));
    return [mean ? await gpu.run(ctx, rowSum, x.type, dims, [x, n, 1 / n]) : await gpu.run(ctx, rowMaximum, x.type, dims, [x, n])];
  });
}

export const globalAveragePool = overAll(contracts.globalAveragePool, true);
export const globalMaxPool = overAll(contracts.globalMaxPool, false);

const single = (t: Tensor | undefined, otherwise: number): number => (t === undefined ? otherwise : unpack(t)[0]);
const firstAxesLast = (node: PlacedNode): true | string => node.attrs.int('channels_last') === 0 || 'channels last';

/** The sum of codes less the zero point over all positions, requantized. Sums stay below 2^24 for up to 65,793 positions. */
export const qLinearGlobalAveragePool = adapt(
  contracts.qLinearGlobalAveragePool,
  (node) => all(onlyTypes(node, 0, ['uint8', 'int8']), firstAxesLast(node), (node.inputShape(0)?.slice(2).reduce<number>((s, d) => s * (typeof d === 'number' ? d : Infinity), 1) ?? Infinity) < 65000 || 'sums may pass 2^24'),
  (_, gpu) => async ([x, xScale, xZero, yScale, yZero]: [Tensor, Tensor, Tensor | undefined, Tensor, Tensor?], ctx) => {
    const n = x.dims.slice(2).reduce((s, d) => s * d, 1);
    const dims = x.dims.map((d, i) => (i < 2 ? d : 1));
    const acc = await gpu.run(ctx, poolKernel, 'float32', dims, [x, SUM, 1, n, 1, 1, 1, n, 1, 1, 1, 1, 0, 0, 0, 0, single(xZero, 0)]);
    const multiplier = Float32Array.of(meanMultiplier(single(xScale, 1), single(yScale, 1), n));
    return [await requantized(gpu, ctx, acc, multiplier, 1, 1, x.type, yZero)];
  },
  ['device', 'host', 'host', 'host', 'host'],
);
