/** QLinearConv and ConvInteger: implicit products over packed positions, and a direct kernel for depthwise channels. */
import { convInteger as integerContract, qLinearConv as qLinearContract } from '../../../src/ops/contracts.ts';
import { kernelOf, slide, windowOf, type WindowAxis } from '../../../src/ops/conv/window.ts';
import { f32, integerRange } from '../../../src/numeric/index.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import type { NumberArray, Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align, type WasmRuntime } from '../runtime.ts';

/** Weights of a node, packed. `k` taps of a group's channels to an output channel. */
interface PackedWeights {
  readonly m: number;
  readonly group: number;
  readonly channels: number; // of a group
  readonly kernel: readonly [number, number];
  readonly k: number;
  readonly pairs: number;
  /** Strips of 4 output channels of a group, [group][m / group / 4][K/2][4][2] i16, and their sums; or depthwise taps [m][K/2][2] i16. */
  readonly w: number;
  readonly sums: number;
  readonly rowSums: Int32Array;
  readonly depthwise: boolean;
}

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

function packWeights(node: PlacedNode, wasm: WasmRuntime, wIndex: number, zeroIndex: number): PackedWeights {
  const tensor = node.constant(wIndex)!;
  const zeros = node.constant(zeroIndex)?.data as NumberArray | undefined;
  const [m, channels, ...spatial] = tensor.dims;
  const kernel: readonly [number, number] = spatial.length === 1 ? [1, spatial[0]] : [spatial[0], spatial[1]];
  const group = node.attrs.int('group');
  const k = channels * kernel[0] * kernel[1];
  const pairs = Math.ceil(k / 2);
  const data = tensor.data as NumberArray;
  const depthwise = channels === 1 && m === group;
  const perGroup = m / group;
  const strips = depthwise ? 0 : Math.ceil(perGroup / 4);
  const rowSums = new Int32Array(depthwise ? m : group * strips * 4);
  const packed = new Int16Array(depthwise ? m * pairs * 2 : group * strips * pairs * 8);
  for (let row = 0; row < m; row++) {
    const zero = zeros === undefined ? 0 : zeros[zeros.length === 1 ? 0 : row];
    const g = Math.floor(row / perGroup), r = row % perGroup;
    const slot = depthwise ? row : (g * strips + (r >> 2)) * 4 + (r & 3);
    for (let i = 0; i < k; i++) {
      const value = data[row * k + i] - zero;
      rowSums[slot] += value;
      packed[depthwise ? row * pairs * 2 + i : ((g * strips + (r >> 2)) * pairs + (i >> 1)) * 8 + (r & 3) * 2 + (i & 1)] = value;
    }
  }
  return { m, group, channels, kernel, k, pairs, w: wasm.keepCopy(packed), sums: wasm.keepCopy(rowSums), rowSums, depthwise };
}

/** Receives the int32 sums of `count` neighbouring positions of an output channel, from position `at` on. Makes calls of `kernels` only: see `TileBody`. */
type Rows = (kernels: Kernels, acc: number, image: number, channel: number, at: number, count: number) => void;

/** Bytes of packed positions kept in cache while all strips of weights pass over them. */
const TILE_BYTES = 96 * 1024;

interface Layout {
  readonly images: number;
  readonly rows: WindowAxis;
  readonly columns: WindowAxis;
  readonly hp: number;
  readonly wp: number;
  readonly planes: number;
  /** Panels of a row of output, and rows of a tile. */
  readonly rowPanels: number;
  readonly tileRows: number;
  readonly dims: readonly number[];
}

function layOut(node: PlacedNode, weights: PackedWeights, x: Tensor): Layout {
  const spatial = x.dims.slice(2);
  const window = windowOf(node.attrs, kernelOf(node.attrs, node.constant(node.op === qLinearContract ? 3 : 1)!.dims.slice(2))!);
  const axes = slide(window, spatial);
  const unit: WindowAxis = { ...axes[0], input: 1, output: 1, kernel: 1, stride: 1, dilation: 1, padBegin: 0, padEnd: 0 };
  const [rows, columns] = axes.length === 1 ? [unit, axes[0]] : [axes[0], axes[1]];
  const rowPanels = Math.ceil(columns.output / 8);
  const panelBytes = 16 * weights.pairs;
  const tileRows = weights.depthwise ? rows.output : Math.max(1, Math.min(rows.output, Math.floor(TILE_BYTES / (rowPanels * panelBytes))));
  // A panel reads 8 positions even where the row ends: the planes are wide enough for its taps.
  const wp = Math.max(columns.input + columns.padBegin, (rowPanels * 8 - 1) * columns.stride + (columns.kernel - 1) * columns.dilation + 1);
  const hp = Math.max(rows.input + rows.padBegin, (rows.output - 1) * rows.stride + (rows.kernel - 1) * rows.dilation + 1);
  const planes = (x.dims[1] * hp * wp) + 64;
  return {
    images: x.dims[0], rows, columns, hp, wp, planes, rowPanels, tileRows,
    dims: [x.dims[0], weights.m, ...axes.map((a) => a.output)],
  };
}

/** Bytes a thread needs for a tile: packed positions, their zero points, int32 sums of one strip; or the sums of one channel. */
function tileBytes({ rows, rowPanels, tileRows }: Layout, { pairs, depthwise }: PackedWeights): number {
  const panels = tileRows * rowPanels;
  return depthwise ? 32 * rows.output * rowPanels : align(panels * 16 * pairs) + align(panels * 32) + 4 * panels * 32;
}

/** Bytes of scratch of `convolve`. */
const convolveScratch = (wasm: WasmRuntime, layout: Layout, weights: PackedWeights): number =>
  align(layout.planes) + align(8 * weights.pairs) + wasm.perThread(tileBytes(layout, weights));

function convolve(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, x: Tensor, xPtr: number, zero: number, emit: Rows): void {
  const { simd } = wasm.kernels;
  const { images, rows, columns, hp, wp } = layout;
  const flip = x.type === 'uint8' ? 0x80 : 0;
  const z = zero - flip;
  const c = x.dims[1];
  const planes = wasm.scratch(layout.planes);
  for (let image = 0; image < images; image++) {
    const from = xPtr + image * c * rows.input * columns.input;
    simd.conv8_pad(from, c, rows.input, columns.input, rows.padBegin, columns.padBegin, hp, wp, flip, z, planes);
    if (weights.depthwise) depthwise(wasm, layout, weights, planes, z, image, emit);
    else products(wasm, layout, weights, planes, z, image, emit);
  }
}

function products(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, planes: number, z: number, image: number, emit: Rows): void {
  const { rows, columns, hp, wp, rowPanels, tileRows } = layout;
  const { channels, group, pairs, kernel, m } = weights;
  const perGroup = m / group, strips = Math.ceil(perGroup / 4);
  const panelBytes = 16 * pairs;
  const packedBytes = align(tileRows * rowPanels * panelBytes), colzBytes = align(tileRows * rowPanels * 32);
  const isWhole = columns.output === 8 * rowPanels; // rows follow each other without padding: one run
  const bands = Math.ceil(rows.output / tileRows);
  const work = m * weights.k * rows.output * columns.output;
  const chunk = Math.ceil(strips / wasm.cuts(group * bands, work)); // strips of a tile, which packs its positions anew
  const chunks = Math.ceil(strips / chunk);
  wasm.parallel(group * bands * chunks, work, tileBytes(layout, weights), (kernels, tile, packed) => {
    const { simd } = kernels;
    const colz = packed + packedBytes, acc = colz + colzBytes;
    const first = (tile % chunks) * chunk, y = (Math.floor(tile / chunks) % bands) * tileRows, g = Math.floor(tile / (chunks * bands));
    const count = Math.min(tileRows, rows.output - y);
    for (let r = 0; r < count; r++) {
      const from = planes + g * channels * hp * wp + (y + r) * rows.stride * wp;
      simd.conv8_pack(from, hp * wp, wp, channels, kernel[0], kernel[1], rows.dilation, columns.dilation, columns.stride, rowPanels, packed + r * rowPanels * panelBytes);
    }
    const panels = count * rowPanels;
    simd.fill_i32(colz, z, panels * 8);
    for (let s = first; s < Math.min(strips, first + chunk); s++) {
      const strip = g * strips + s;
      simd.gemm8_4x8(weights.w + strip * pairs * 16, weights.sums + strip * 16, packed, colz, acc, 8 * panels, pairs, panels);
      for (let i = 0; i < Math.min(4, perGroup - 4 * s); i++) {
        const channel = g * perGroup + 4 * s + i;
        const row = acc + 4 * i * 8 * panels;
        if (isWhole) emit(kernels, row, image, channel, y * columns.output, count * columns.output);
        else for (let r = 0; r < count; r++) emit(kernels, row + 32 * r * rowPanels, image, channel, (y + r) * columns.output, columns.output);
      }
    }
  });
}

function depthwise(wasm: WasmRuntime, layout: Layout, weights: PackedWeights, planes: number, z: number, image: number, emit: Rows): void {
  const { rows, columns, hp, wp, rowPanels } = layout;
  const { pairs, kernel, k, m } = weights;
  const offsets = wasm.scratch(8 * pairs);
  const list = wasm.view(Int32Array, offsets, 2 * pairs).fill(0);
  for (let t = 0; t < k; t++) list[t] = Math.floor(t / kernel[1]) * rows.dilation * wp + (t % kernel[1]) * columns.dilation;
  const isWhole = columns.output === 8 * rowPanels;
  wasm.parallel(m, m * k * rows.output * columns.output, tileBytes(layout, weights), (kernels, channel, acc) => {
    kernels.simd.conv8_depthwise(
      planes + channel * hp * wp, rows.stride * wp, columns.stride, weights.w + channel * pairs * 4, offsets, pairs,
      Math.imul(-z, weights.rowSums[channel]), acc, 8 * rowPanels, rows.output, columns.output,
    );
    if (isWhole) emit(kernels, acc, image, channel, 0, rows.output * columns.output);
    else for (let r = 0; r < rows.output; r++) emit(kernels, acc + 32 * r * rowPanels, image, channel, r * columns.output, columns.output);
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
      const positions = layout.rows.output * layout.columns.output;
      wasm.begin(wasm.outside(x) + convolveScratch(wasm, layout, weights) + align(layout.images * weights.m * positions));
      const y = wasm.output(ctx, 0, yZero.type, layout.dims);
      const multipliers = wasm.view(Float32Array, scales, weights.m);
      const ws = wScale.data as Float32Array;
      for (let i = 0; i < weights.m; i++) {
        multipliers[i] = f32(f32((xScale.data as Float32Array)[0] * ws[ws.length === 1 ? 0 : i]) / (yScale.data as Float32Array)[0]);
      }
      const zero = (yZero.data as NumberArray)[0];
      const [lo, hi] = integerRange(yZero.type);
      convolve(wasm, layout, weights, x, wasm.input(x), (xZero.data as NumberArray)[0], ({ simd }, acc, image, channel, at, count) => {
        const to = y.ptr + (image * weights.m + channel) * positions + at;
        simd.requantize(acc, 0, biases === 0 ? 0 : biases + 4 * channel, scales + 4 * channel, 0, 0, zero, lo, hi, to, 0, 1, count);
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
    const positions = layout.rows.output * layout.columns.output;
    wasm.begin(wasm.outside(x) + convolveScratch(wasm, layout, weights) + align(4 * layout.images * weights.m * positions));
    const y = wasm.output(ctx, 0, 'int32', layout.dims);
    const zero = xZero === undefined ? 0 : (xZero.data as NumberArray)[0];
    convolve(wasm, layout, weights, x, wasm.input(x), zero, ({ simd }, acc, image, channel, at, count) => {
      simd.copy_rows(acc, 0, y.ptr + 4 * ((image * weights.m + channel) * positions + at), 0, 1, 4 * count);
    });
    return [y.done()];
  };
});
