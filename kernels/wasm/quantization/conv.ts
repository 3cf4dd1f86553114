/** QLinearConv and ConvInteger: implicit products over packed positions, and a direct kernel for depthwise channels. */
import { convInteger as integerContract, qLinearConv as qLinearContract } from '../../../src/ops/contracts.ts';
import { kernelOf } from '../../../src/ops/conv/window.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';
import { evenRows, layPlanes, writeOffsets, type Planes } from '../conv/planes.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { packWeights, type PackedWeights } from './conv-weights.ts';

function supports(node: PlacedNode, w: number, wZero: number, xZero: number): true | string {
  const shape = node.inputShape(0);
  const weights = node.constant(w);
  const zeroFed = node.node.inputs[wZero] !== undefined && node.constant(wZero) === undefined;
  const zeroX = node.inputShape(xZero);
  return all(
    onlyTypes(node, 0, 'uint8', 'int8'), onlyTypes(node, w, 'uint8', 'int8'),
    weights !== undefined || 'the weights are not constant', !zeroFed || 'w_zero_point is not constant',
    shape?.length === 4 || shape?.length === 3 || 'not one or two spatial axes',
    node.node.inputs[xZero] === undefined || (zeroX?.every((d) => d === 1) ?? false) || 'x_zero_point is not known to be one value',
  );
}

/**
 * Receives the int32 sums of `count` neighbouring positions, from position `at` on, of `rows` output channels, `ldacc` apart. Makes calls
 * of `kernels` only: see `TileBody`.
 */
type Emit = (kernels: Kernels, acc: number, ldacc: number, image: number, channel: number, rows: number, at: number, count: number) => void;

/** Bytes of packed positions kept in cache while all strips of weights pass over them. */
const TILE_BYTES = 96 * 1024;

/** The planes of one run, and how much of them is packed at a time. */
interface Layout {
  readonly images: number;
  readonly planes: Planes;
  readonly planeBytes: number;
  /** Bytes of a panel of 8 packed positions. */
  readonly panelBytes: number;
  readonly tileRows: number;
  readonly dims: readonly number[];
}

function layOut(node: PlacedNode, weights: PackedWeights, x: Tensor): Layout {
  const panelBytes = 8 * weights.together * weights.steps;
  const window = layPlanes(node.attrs, kernelOf(node.attrs, weights.kernel)!, x.dims.slice(2));
  const planes = weights.depthwise ? window : evenRows(window, 8 * Math.max(1, Math.floor(TILE_BYTES / panelBytes)));
  const { rows, panels, hp, wp, out } = planes;
  const tileRows = weights.depthwise ? rows.output : Math.max(1, Math.min(rows.output, Math.floor(TILE_BYTES / (panels * panelBytes))));
  return { images: x.dims[0], planes, planeBytes: align(x.dims[1] * hp * wp + 64), panelBytes, tileRows, dims: [x.dims[0], weights.m, ...out] };
}

/** Bytes a thread needs for a tile: packed positions, their zero points, int32 sums of one strip; or the sums of one channel. */
function tileBytes({ planes: { rows, panels }, tileRows, panelBytes }: Layout, { depthwise }: PackedWeights): number {
  const tile = tileRows * panels;
  return depthwise ? 32 * rows.output * panels : align(tile * panelBytes) + align(tile * 32) + 6 * tile * 32;
}

/** Bytes of scratch of `convolve`. */
const convolveScratch = (wasm: WasmRuntime, layout: Layout, weights: PackedWeights): number =>
  layout.planeBytes + align(4 * weights.together * weights.steps) + wasm.perThread(tileBytes(layout, weights));

function convolve(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, x: Tensor, xPtr: number, zero: number, emit: Emit): void {
  const { simd, dots } = wasm.kernels;
  const { rows, columns, hp, wp } = layout.planes;
  const channels = x.dims[1], unsigned = x.type === 'uint8';
  const flip = unsigned === (weights.dots && dots!.unsigned) ? 0 : 0x80;
  const z = zero + (unsigned ? -flip : flip);
  const planes = wasm.scratch(layout.planeBytes);
  for (let image = 0; image < layout.images; image++) {
    simd.conv8_pad(xPtr + image * channels * rows.input * columns.input, channels, rows.input, columns.input, rows.padBegin, columns.padBegin, hp, wp, flip, z, planes);
    if (weights.depthwise) depthwise(wasm, layout, weights, planes, z, image, emit);
    else products(wasm, layout, weights, planes, z, image, emit);
  }
}

function products(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, from: number, z: number, image: number, emit: Emit): void {
  const { planes, tileRows, panelBytes } = layout;
  const { rows, columns, hp, wp, panels } = planes;
  const { m, channels, group, outputs, steps, k, groupRows, strips } = weights;
  const offsets = wasm.scratch(4 * k);
  writeOffsets(wasm, planes, offsets, 1, channels);
  const packedBytes = align(tileRows * panels * panelBytes), colzBytes = align(tileRows * panels * 32);
  const isWhole = columns.output === 8 * panels; // rows follow each other without padding: one run
  const bands = Math.ceil(rows.output / tileRows);
  const work = m * k * rows.output * columns.output;
  const chunk = Math.ceil(strips.length / wasm.cuts(group * bands, work)); // strips of a tile, which packs its positions anew
  const chunks = Math.ceil(strips.length / chunk);
  wasm.parallel(group * bands * chunks, work, tileBytes(layout, weights), (kernels, tile, packed) => {
    const { simd, dots } = kernels;
    const colz = packed + packedBytes, acc = colz + colzBytes;
    const first = (tile % chunks) * chunk, y = (Math.floor(tile / chunks) % bands) * tileRows, g = Math.floor(tile / (chunks * bands));
    const count = Math.min(tileRows, rows.output - y), ldacc = 8 * count * panels;
    for (let r = 0; r < count; r++) {
      const p = from + g * channels * hp * wp + (y + r) * rows.stride * wp, to = packed + r * panels * panelBytes;
      if (weights.dots) simd.conv8_pack_quads(p, offsets, k, columns.stride, panels, to);
      else simd.conv8_pack(p, offsets, k, columns.stride, panels, to);
    }
    simd.fill_i32(colz, z, ldacc);
    for (const strip of strips.slice(first, first + chunk)) {
      const slot = g * groupRows + strip.row, w = weights.w + slot * 4 * steps, sums = weights.sums + 4 * slot;
      if (weights.dots) dots!.gemm8_dot(strip.rows, w, sums, 0, packed, colz, colz, acc, ldacc, steps, count * panels);
      else simd.gemm8_4x8(w, sums, packed, colz, acc, ldacc, steps, count * panels);
      const channel = g * outputs + strip.row;
      if (isWhole) emit(kernels, acc, ldacc, image, channel, strip.rows, y * columns.output, count * columns.output);
      else for (let r = 0; r < count; r++) emit(kernels, acc + 32 * r * panels, ldacc, image, channel, strip.rows, (y + r) * columns.output, columns.output);
    }
  });
  wasm.unscratch(offsets);
}

function depthwise(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, from: number, z: number, image: number, emit: Emit): void {
  const { rows, columns, hp, wp } = layout.planes;
  const { steps, m, k } = weights;
  const offsets = wasm.scratch(8 * steps);
  wasm.view(Int32Array, offsets, 2 * steps).fill(0);
  writeOffsets(wasm, layout.planes, offsets, 1);
  wasm.parallel(m, m * k * rows.output * columns.output, tileBytes(layout, weights), (kernels, channel, acc) => {
    kernels.simd.conv8_depthwise(
      from + channel * hp * wp, rows.stride * wp, columns.stride, weights.w + channel * steps * 4, offsets, steps,
      Math.imul(-z, weights.rowSums[channel]), acc, columns.output, rows.output, columns.output,
    );
    emit(kernels, acc, 0, image, channel, 1, 0, rows.output * columns.output);
  });
  wasm.unscratch(offsets);
}

/** y = saturate(rint(f32(sum + B[m]) * ((x_scale * w_scale[m]) / y_scale)) + y_zero_point). */
export const qLinearConv = adapt(
  qLinearContract,
  (node) => all(supports(node, 3, 5, 2), node.node.inputs[8] === undefined || node.constant(8) !== undefined || 'B is not constant'),
  (node, wasm) => {
    const weights = packWeights(node, wasm, 3, 5);
    const bias = node.constant(8);
    const biases = bias === undefined ? 0 : wasm.keepCopy(bias.data as Int32Array);
    const scales = wasm.keep(4 * weights.m);
    return ([x, xScale, xZero, , wScale, , yScale, yZero]: readonly Tensor[], ctx) => {
      const layout = layOut(node, weights, x);
      const { positions } = layout.planes;
      wasm.begin(wasm.outside(x) + convolveScratch(wasm, layout, weights) + align(layout.images * weights.m * positions));
      const y = wasm.output(ctx, 0, yZero.type, layout.dims);
      const multipliers = wasm.view(Float32Array, scales, weights.m);
      const ws = wScale.data as Float32Array;
      for (let i = 0; i < weights.m; i++) {
        multipliers[i] = f32(f32((xScale.data as Float32Array)[0] * ws[ws.length === 1 ? 0 : i]) / (yScale.data as Float32Array)[0]);
      }
      const zero = (yZero.data as NumberArray)[0];
      const [lo, hi] = integerRange(yZero.type);
      convolve(wasm, layout, weights, x, wasm.input(x), (xZero.data as NumberArray)[0], ({ simd }, acc, ldacc, image, channel, rows, at, count) => {
        const to = y.ptr + (image * weights.m + channel) * positions + at;
        simd.requantize(acc, ldacc, biases === 0 ? 0 : biases + 4 * channel, scales + 4 * channel, 0, 4, zero, lo, hi, to, positions, rows, count);
      });
      return [y.done()];
    };
  },
);

/** y = the int32 convolution of x less x_zero_point and w less w_zero_point, modulo 2^32. */
export const convInteger = adapt(integerContract, (node) => supports(node, 1, 3, 2), (node, wasm) => {
  const weights = packWeights(node, wasm, 1, 3);
  return ([x, , xZero]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
    const layout = layOut(node, weights, x);
    const { positions } = layout.planes;
    wasm.begin(wasm.outside(x) + convolveScratch(wasm, layout, weights) + align(4 * layout.images * weights.m * positions));
    const y = wasm.output(ctx, 0, 'int32', layout.dims);
    const zero = xZero === undefined ? 0 : (xZero.data as NumberArray)[0];
    convolve(wasm, layout, weights, x, wasm.input(x), zero, ({ simd }, acc, ldacc, image, channel, rows, at, count) => {
      simd.copy_rows(acc, 4 * ldacc, y.ptr + 4 * ((image * weights.m + channel) * positions + at), 4 * positions, rows, 4 * count);
    });
    return [y.done()];
  };
});
