/** Averages of 8-bit codes: windows through float32, in the scalar provider's order; whole axes as integer sums. */
import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import { forEachRun } from '../../../src/ops/conv/window.ts';
import { meanMultiplier } from '../../../src/ops/quantization/lookup-table.ts';
import type { KernelContext, PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { layPlanes, padPlanes, planesBytes, writeOffsets } from '../conv/planes.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { reducedBlock } from '../math/axes.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { single, value } from './scalars.ts';

type Inputs = [x: Tensor, xScale: Tensor, xZero: Tensor | undefined, yScale: Tensor, yZero?: Tensor];

const codesOnly = (node: PlacedNode): true | string => all(onlyTypes(node, 0, 'uint8', 'int8'), single(node, 1, 2, 3, 4));
const flipOf = (x: Tensor): number => (x.type === 'uint8' ? 0x80 : 0);

/** y [outer, inner] = the quantized mean over `length` of x [outer, length, inner]. */
function mean(wasm: WasmRuntime, ctx: KernelContext, [x, xScale, xZero, yScale, yZero]: Inputs, dims: readonly number[], outer: number, length: number, inner: number): [Tensor] {
  wasm.begin(wasm.outside(x) + align(sizeOf(dims)));
  const y = wasm.output(ctx, 0, x.type, dims);
  const flip = flipOf(x);
  const [lo, hi] = integerRange(x.type);
  const multiplier = meanMultiplier(value(xScale), value(yScale), length);
  wasm.kernels.simd.mean_8(wasm.input(x), outer, length, inner, flip, value(xZero) - flip, multiplier, value(yZero), lo, hi, y.ptr);
  return [y.done()];
}

function globalMean(wasm: WasmRuntime, ctx: KernelContext, inputs: Inputs, channelsLast: boolean): [Tensor] {
  const { dims } = inputs[0];
  const channel = channelsLast ? dims.length - 1 : 1;
  const spatial = dims.filter((_, i) => i !== 0 && i !== channel);
  const [outer, inner] = channelsLast ? [dims[0], dims[channel]] : [dims[0] * dims[1], 1];
  return mean(wasm, ctx, inputs, dims.map((d, i) => (i === 0 || i === channel ? d : 1)), outer, sizeOf(spatial), inner);
}

/** One quantized average a channel. */
export const qLinearGlobalAveragePool = adapt(
  contracts.qLinearGlobalAveragePool, (node) => all(codesOnly(node), (node.inputShape(0)?.length ?? 0) >= 2 || 'the rank is not known'),
  ({ attrs }, wasm) => {
    const channelsLast = attrs.int('channels_last') !== 0;
    return (inputs: Inputs, ctx) => globalMean(wasm, ctx, inputs, channelsLast);
  },
);

/** The quantized mean over neighbouring axes. */
export const qLinearReduceMean = adapt(
  contracts.qLinearReduceMean,
  (node) => all(codesOnly(node), reducedBlock(node.attrs.ints('axes'), node.inputShape(0)?.length) !== undefined || 'the axes are not neighbours'),
  ({ attrs }, wasm) => (inputs: Inputs, ctx) => {
    const { dims } = inputs[0];
    const { from, to } = reducedBlock(attrs.ints('axes'), dims.length)!;
    const kept = attrs.int('keepdims') !== 0 ? dims.map((d, i) => (i >= from && i < to ? 1 : d)) : dims.filter((_, i) => i < from || i >= to);
    return mean(wasm, ctx, inputs, kept, sizeOf(dims.slice(0, from)), sizeOf(dims.slice(from, to)), sizeOf(dims.slice(to)));
  },
);

/** y = saturate(rint(sum((x - x_zero_point) * x_scale) / count / y_scale + y_zero_point)) under a window. */
export const qLinearAveragePool = adapt(
  contracts.qLinearAveragePool,
  (node) => {
    const rank = node.inputShape(0)?.length;
    return all(codesOnly(node), node.attrs.int('channels_last') === 0 || 'channels last', rank === 4 || rank === 3 || 'not one or two spatial axes');
  },
  ({ attrs }, wasm) => (inputs: Inputs, ctx) => {
    const [x, xScale, xZero, yScale, yZero] = inputs;
    const planes = layPlanes(attrs, attrs.ints('kernel_shape'), x.dims.slice(2));
    const { rows, columns, panels, positions, taps, wp } = planes;
    // A window over all of the input is a global pool, and rounds like one.
    if ([rows, columns].every((a) => a.kernel === a.input && a.padBegin === 0 && a.padEnd === 0)) return globalMean(wasm, ctx, inputs, false);
    const { simd } = wasm.kernels;
    const count = x.dims[0] * x.dims[1], area = rows.input * columns.input, rowBytes = 4 * columns.output;
    wasm.begin(
      wasm.outside(x) + align(count * positions) + planesBytes(planes, 1) + align(4 * taps) + align(32 * panels * rows.output) + 2 * align(4 * positions) + align(4 * area) + 128,
    );
    const y = wasm.output(ctx, 0, x.type, [x.dims[0], x.dims[1], ...planes.out]);
    const from = wasm.input(x);
    const scale = wasm.scratch(4), zero = wasm.scratch(4), offsets = wasm.scratch(4 * taps);
    const flip = flipOf(x);
    wasm.view(Float32Array, scale, 1)[0] = value(xScale);
    wasm.view(Int32Array, zero, 1)[0] = value(xZero) - flip;
    writeOffsets(wasm, planes, offsets);
    const counts = wasm.scratch(4 * positions);
    const list = wasm.view(Float32Array, counts, positions).fill(attrs.int('count_include_pad') !== 0 ? taps : 0);
    if (attrs.int('count_include_pad') === 0) forEachRun([rows, columns], (_tap, _input, output, n) => { for (let i = output; i < output + n; i++) list[i]++; });
    const plane = wasm.scratch(4 * area), padded = wasm.scratch(planesBytes(planes, 1)), panel = wasm.scratch(32 * panels * rows.output), sums = wasm.scratch(4 * positions);
    const [lo, hi] = integerRange(x.type);
    for (let c = 0; c < count; c++) {
      simd.dequantize_8(from + c * area, scale, zero, 4, flip, plane, area, 1);
      padPlanes(wasm, planes, plane, 1, 0, padded);
      simd.poolf_sum(padded, rows.stride * wp, columns.stride, offsets, taps, panel, 8 * panels, rows.output, columns.output);
      simd.copy_rows(panel, 32 * panels, sums, rowBytes, rows.output, rowBytes);
      simd.average_to_8(sums, counts, value(yScale), value(yZero), lo, hi, y.ptr + c * positions, positions);
    }
    return [y.done()];
  },
);
