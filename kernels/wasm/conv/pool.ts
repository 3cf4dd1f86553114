/** Pools of float32 planes. Windows are walked in the scalar provider's order; global averages are summed in double precision. */
import * as contracts from '../../../src/ops/contracts.ts';
import { tapCounts } from '../../../src/ops/conv/window.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmOutput, type WasmRuntime } from '../runtime.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { layPlanes, padPlanes, planesBytes, writeOffsets, type Planes } from './planes.ts';

function supports(node: PlacedNode, ...types: readonly string[]): true | string {
  const rank = node.inputShape(0)?.length;
  return all(
    onlyTypes(node, 0, ...types), rank === 4 || rank === 3 || 'not one or two spatial axes', node.node.outputs[1] === undefined || 'indices are wanted',
  );
}

/** Slides the window over all planes; `finish` gets each plane of the result while it is at hand. */
function pool(
  wasm: WasmRuntime, ctx: KernelContext, planes: Planes, x: Tensor, micro: 'poolf_sum' | 'poolf_max', fill: number, more: number, finish?: (y: number) => void,
): WasmOutput {
  const { simd } = wasm.kernels;
  const { rows, columns, panels, positions, taps, wp } = planes;
  const count = x.dims[0] * x.dims[1];
  const rowBytes = 4 * columns.output;
  wasm.begin(wasm.outside(x) + planesBytes(planes, 1) + align(4 * taps) + align(32 * panels * rows.output) + align(4 * count * positions) + more);
  const y = wasm.output(ctx, 0, 'float32', [x.dims[0], x.dims[1], ...planes.out]);
  const from = wasm.input(x);
  const padded = wasm.scratch(planesBytes(planes, 1));
  const offsets = wasm.scratch(4 * taps);
  writeOffsets(wasm, planes, offsets);
  const result = wasm.scratch(32 * panels * rows.output);
  for (let c = 0; c < count; c++) {
    padPlanes(wasm, planes, from + 4 * c * rows.input * columns.input, 1, fill, padded);
    simd[micro](padded, rows.stride * wp, columns.stride, offsets, taps, result, 8 * panels, rows.output, columns.output);
    const to = y.ptr + 4 * c * positions;
    simd.copy_rows(result, 32 * panels, to, rowBytes, rows.output, rowBytes);
    finish?.(to);
  }
  return y;
}

export const maxPool = adapt(contracts.maxPool, (node) => supports(node, 'float32', 'uint8', 'int8'), ({ attrs }, wasm) => ([x]: [Tensor], ctx) => {
  if (x.type !== 'float32') return [codesPool(wasm, ctx, layPlanes(attrs, attrs.ints('kernel_shape'), x.dims.slice(2), 16), x).done()];
  const planes = layPlanes(attrs, attrs.ints('kernel_shape'), x.dims.slice(2));
  return [pool(wasm, ctx, planes, x, 'poolf_max', -Infinity, 0).done()];
});

/** Maxima of 8-bit codes; padding is the least code. */
function codesPool(wasm: WasmRuntime, ctx: KernelContext, planes: Planes, x: Tensor): WasmOutput {
  const { simd } = wasm.kernels;
  const { rows, columns, panels, positions, taps, hp, wp } = planes;
  const count = x.dims[0] * x.dims[1];
  const flip = x.type === 'uint8' ? 0x80 : 0;
  wasm.begin(wasm.outside(x) + align(hp * wp + 64) + align(4 * taps) + align(16 * panels * rows.output) + align(count * positions));
  const y = wasm.output(ctx, 0, x.type, [x.dims[0], x.dims[1], ...planes.out]);
  const from = wasm.input(x);
  const padded = wasm.scratch(hp * wp + 64), offsets = wasm.scratch(4 * taps), result = wasm.scratch(16 * panels * rows.output);
  writeOffsets(wasm, planes, offsets, 1);
  for (let c = 0; c < count; c++) {
    simd.pool8_pad(from + c * rows.input * columns.input, rows.input, columns.input, rows.padBegin, columns.padBegin, hp, wp, flip, padded);
    simd.pool8_max(padded, rows.stride * wp, columns.stride, offsets, taps, flip, result, 16 * panels, rows.output);
    simd.copy_rows(result, 16 * panels, y.ptr + c * positions, columns.output, rows.output, columns.output);
  }
  return y;
}

export const averagePool = adapt(contracts.averagePool, (node) => supports(node, 'float32'), ({ attrs }, wasm) => {
  const withPadding = attrs.has('count_include_pad') && attrs.int('count_include_pad') === 1;
  return ([x]: [Tensor], ctx) => {
    const planes = layPlanes(attrs, attrs.ints('kernel_shape'), x.dims.slice(2));
    const { positions } = planes;
    const [rows, columns] = [planes.rows, planes.columns].map((axis) => tapCounts(axis, withPadding));
    let counts: number | undefined;
    const y = pool(wasm, ctx, planes, x, 'poolf_sum', 0, align(4 * positions), (to) => {
      if (counts === undefined) {
        counts = wasm.scratch(4 * positions);
        // A window of nothing gives 0.
        wasm.view(Float32Array, counts, positions).set(Array.from(rows).flatMap((r) => Array.from(columns, (c) => Math.max(1, r * c))));
      }
      wasm.kernels.simd.f32_div(to, 1, counts, 1, to, positions);
    });
    return [y.done()];
  };
});

const whole = (op: typeof contracts.globalAveragePool, isMaximum: boolean) => adapt(
  op, (node) => all(onlyTypes(node, 0, 'float32'), (node.inputShape(0)?.length ?? 0) >= 2 || 'the rank is not known'),
  (_, wasm) => ([x]: [Tensor], ctx) => {
    const [batch, channels, ...spatial] = x.dims;
    const positions = spatial.reduce((n, d) => n * d, 1);
    wasm.begin(wasm.outside(x) + align(4 * batch * channels));
    const y = wasm.output(ctx, 0, 'float32', [batch, channels, ...spatial.map(() => 1)]);
    const from = wasm.input(x);
    if (isMaximum) wasm.kernels.simd.reduce_max(from, y.ptr, batch * channels, positions, 1);
    else wasm.kernels.simd.reduce_sum(from, y.ptr, batch * channels, positions, 1, positions);
    return [y.done()];
  },
);

/** One average a channel. */
export const globalAveragePool = whole(contracts.globalAveragePool, false);
/** One maximum a channel. */
export const globalMaxPool = whole(contracts.globalMaxPool, true);
