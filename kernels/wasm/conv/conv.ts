/**
 * Conv and FusedConv on float32: implicit products over packed positions, and a direct kernel for depthwise channels. Taps are
 * added in the scalar provider's order, but each product is rounded before it is added, which that provider does not do.
 */
import { conv as contract, fusedConv as fusedContract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { checkWeights, kernelOf } from '../../../src/ops/conv/window.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import type { Kernels } from '../modules.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { layPlanes, padPlanes, planesBytes, writeOffsets, type Planes } from './planes.ts';

/** Bytes of packed positions kept in cache while all rows of weights pass over them. */
const TILE_BYTES = 256 * 1024;
const EDGE = 128;

type Apply = (simd: Kernels['simd'], y: number, n: number) => void;

/** What a fused convolution does to its sums, from `activation` and `activation_params`. */
function activationOf(attrs: Attrs): Apply | undefined | string {
  const name = attrs.has('activation') ? attrs.string('activation') : '';
  const params = attrs.has('activation_params') ? attrs.floats('activation_params') : [];
  if (name === '') return undefined;
  if (name === 'Relu') return (simd, y, n) => simd.f32_relu(y, y, n);
  if (name === 'Sigmoid') return (simd, y, n) => simd.f32_sigmoid(y, y, n);
  if (name === 'Tanh') return (simd, y, n) => simd.f32_tanh(y, y, n);
  if (name === 'LeakyRelu' && params.length > 0) return (simd, y, n) => simd.f32_leaky_relu(y, params[0], y, n);
  if (name === 'HardSigmoid' && params.length > 1) return (simd, y, n) => simd.f32_hard_sigmoid(y, params[0], params[1], y, n);
  if (name === 'Clip' && params.length > 1) return (simd, y, n) => simd.f32_clip(y, params[0], params[1], y, n);
  return `activation ${name}`;
}

interface Shape {
  readonly planes: Planes;
  readonly batch: number;
  readonly group: number;
  readonly channels: number; // of a group
  readonly outputs: number; // of a group
  readonly k: number;
}

/** How the positions become columns of a product. */
function methodOf({ planes: { rows, columns, taps }, channels, outputs }: Shape): 'depthwise' | 'pointwise' | 'packed' {
  if (channels === 1 && outputs === 1) return 'depthwise';
  const plain = [rows, columns].every((a) => a.stride === 1 && a.padBegin === 0 && a.padEnd === 0 && a.input === a.output);
  return taps === 1 && plain ? 'pointwise' : 'packed';
}

const panelBytes = (s: Shape): number => 32 * s.k;

/** Output rows packed at a time. */
const tileRows = (s: Shape): number => Math.max(1, Math.min(s.planes.rows.output, Math.floor(TILE_BYTES / Math.max(1, s.planes.panels * panelBytes(s)))));
/** Positions packed at a time, in panels. */
const tilePanels = (s: Shape): number => Math.max(1, Math.min(Math.ceil(s.planes.positions / 8), Math.floor(TILE_BYTES / panelBytes(s))));

/** Bytes a thread needs for a tile: packed positions and, where rows end in padding, their sums. */
function tileBytes(s: Shape): number {
  const { planes } = s;
  switch (methodOf(s)) {
    case 'pointwise': return EDGE + tilePanels(s) * panelBytes(s);
    case 'depthwise': return 32 * planes.panels * planes.rows.output;
    case 'packed': return EDGE + align(tileRows(s) * planes.panels * panelBytes(s)) + 32 * tileRows(s) * planes.panels * s.outputs;
  }
}

/** Bytes of scratch of `convolve`. */
function scratchOf(wasm: WasmRuntime, s: Shape): number {
  const tiles = wasm.perThread(tileBytes(s));
  return methodOf(s) === 'pointwise' ? tiles : planesBytes(s.planes, s.group * s.channels) + align(4 * s.planes.taps) + tiles;
}

/** y = the sums of X * W, all images. */
function convolve(wasm: WasmRuntime, s: Shape, x: number, w: number, y: number): void {
  const { planes: { rows, columns }, batch, group, channels, outputs, planes } = s;
  const method = methodOf(s);
  const image = 4 * group * channels * rows.input * columns.input, result = 4 * group * outputs * planes.positions;
  const padded = method === 'pointwise' ? 0 : wasm.scratch(planesBytes(planes, group * channels));
  for (let n = 0; n < batch; n++) {
    const to = y + n * result;
    if (method === 'pointwise') {
      pointwise(wasm, s, x + n * image, w, to);
      continue;
    }
    padPlanes(wasm, planes, x + n * image, group * channels, 0, padded);
    if (method === 'depthwise') depthwise(wasm, s, padded, w, to);
    else products(wasm, s, padded, w, to);
  }
}

const workOf = ({ planes, group, outputs, k }: Shape): number => group * outputs * k * planes.positions;

/** Output channels of a tile, when there are `others` tiles for all of them: whole strips of 4. */
const tileOutputs = (wasm: WasmRuntime, s: Shape, others: number): number => 4 * Math.ceil(Math.ceil(s.outputs / 4) / wasm.cuts(others, workOf(s)));

/** A 1 x 1 kernel: the image [C, positions] is the right matrix as it is. */
function pointwise(wasm: WasmRuntime, s: Shape, x: number, w: number, y: number): void {
  const { planes: { positions }, group, outputs, k } = s;
  const width = 8 * tilePanels(s), across = Math.ceil(positions / width);
  const height = tileOutputs(wasm, s, group * across), down = Math.ceil(outputs / height);
  wasm.parallel(group * across * down, workOf(s), tileBytes(s), ({ simd, madd }, tile, edge) => {
    const packed = edge + EDGE;
    const m = height * (tile % down), from = width * (Math.floor(tile / down) % across), g = Math.floor(tile / (down * across));
    const count = Math.min(width, positions - from);
    simd.gemmf_pack_b(x + 4 * (g * k * positions + from), positions, k, count, packed);
    (madd ?? simd).gemmf(w + 4 * (g * outputs + m) * k, k, packed, panelBytes(s), y + 4 * ((g * outputs + m) * positions + from), positions, Math.min(height, outputs - m), count, k, edge);
  });
}

function products(wasm: WasmRuntime, s: Shape, padded: number, w: number, y: number): void {
  const { rows, columns, hp, wp, panels, positions } = s.planes;
  const { channels, outputs, group, k } = s;
  const band = tileRows(s), bands = Math.ceil(rows.output / band);
  const height = tileOutputs(wasm, s, group * bands), down = Math.ceil(outputs / height);
  const isWhole = columns.output === 8 * panels; // rows follow each other without padding
  wasm.parallel(group * bands * down, workOf(s), tileBytes(s), ({ simd, madd }, tile, edge) => {
    const packed = edge + EDGE, sums = packed + align(band * panels * panelBytes(s));
    const first = height * (tile % down), row = band * (Math.floor(tile / down) % bands), g = Math.floor(tile / (down * bands));
    const count = Math.min(band, rows.output - row), kept = Math.min(height, outputs - first);
    for (let r = 0; r < count; r++) {
      const from = padded + 4 * (g * channels * hp * wp + (row + r) * rows.stride * wp);
      simd.convf_pack(
        from, hp * wp, wp, channels, rows.kernel, columns.kernel, rows.dilation, columns.dilation, columns.stride, panels, packed + r * panels * panelBytes(s),
      );
    }
    const n = count * panels * 8;
    const weights = w + 4 * (g * outputs + first) * k, to = y + 4 * ((g * outputs + first) * positions + row * columns.output);
    if (isWhole) (madd ?? simd).gemmf(weights, k, packed, panelBytes(s), to, positions, kept, n, k, edge);
    else {
      (madd ?? simd).gemmf(weights, k, packed, panelBytes(s), sums, n, kept, n, k, edge);
      for (let m = 0; m < kept; m++) simd.copy_rows(sums + 4 * m * n, 32 * panels, to + 4 * m * positions, 4 * columns.output, count, 4 * columns.output);
    }
  });
}

function depthwise(wasm: WasmRuntime, s: Shape, padded: number, w: number, y: number): void {
  const { rows, columns, hp, wp, panels, positions, taps } = s.planes;
  const offsets = wasm.scratch(4 * taps);
  writeOffsets(wasm, s.planes, offsets);
  wasm.parallel(s.group, workOf(s), tileBytes(s), ({ simd }, c, sums) => {
    simd.convf_depthwise(padded + 4 * c * hp * wp, rows.stride * wp, columns.stride, w + 4 * c * taps, offsets, taps, sums, 8 * panels, rows.output, columns.output);
    simd.copy_rows(sums, 32 * panels, y + 4 * c * positions, 4 * columns.output, rows.output, 4 * columns.output);
  });
  wasm.unscratch(offsets);
}

function supports(node: PlacedNode): true | string {
  const rank = node.inputShape(0)?.length;
  const activation = activationOf(node.attrs);
  return all(
    onlyTypes(node, 0, 'float32'), onlyTypes(node, 1, 'float32'), rank === 4 || rank === 3 || 'not one or two spatial axes',
    typeof activation === 'string' ? activation : true,
  );
}

const convolution = (op: OpContract) => adapt(op, supports, (node, wasm) => {
  const { attrs } = node;
  const constant = node.constant(1);
  const kept = constant === undefined ? undefined : wasm.keepCopy(constant.data as Float32Array);
  wasm.packed(constant);
  const activate = activationOf(attrs) as Apply | undefined;
  return ([x, w, b, z]: [Tensor, Tensor, Tensor?, Tensor?], ctx) => {
    const { simd } = wasm.kernels;
    const group = attrs.int('group');
    checkWeights(x.dims, w.dims, group, x.dims[1]);
    const planes = layPlanes(attrs, kernelOf(attrs, w.dims.slice(2))!, x.dims.slice(2));
    const [batch, m] = [x.dims[0], w.dims[0]];
    const dims = [batch, m, ...planes.out];
    expectDims('B', b, [m]);
    expectDims('Z', z, dims);
    const shape: Shape = { planes, batch, group, channels: w.dims[1], outputs: m / group, k: w.dims[1] * planes.taps };
    const size = batch * m * planes.positions;
    wasm.begin([x, b, z, kept === undefined ? w : undefined].reduce((sum, t) => sum + wasm.outside(t), 0) + scratchOf(wasm, shape) + align(4 * size));
    const y = wasm.output(ctx, 0, 'float32', dims);
    const weights = kept ?? wasm.input(w);
    if (size > 0) convolve(wasm, shape, wasm.input(x), weights, y.ptr);
    if (b !== undefined) {
      const bias = wasm.input(b);
      for (let i = 0, at = y.ptr; i < batch * m; i++, at += 4 * planes.positions) simd.f32_add(at, 1, bias + 4 * (i % m), 0, at, planes.positions);
    }
    if (z !== undefined) simd.f32_add(y.ptr, 1, wasm.input(z), 1, y.ptr, size);
    activate?.(simd, y.ptr, size);
    return [y.done()];
  };
});

function expectDims(name: string, t: Tensor | undefined, dims: readonly number[]): void {
  if (t === undefined || (t.dims.length === dims.length && t.dims.every((d, i) => d === dims[i]))) return;
  fail('E_SHAPE', `${name} does not fit the result`, { arg: { kind: 'input', name }, expected: describeShape(dims), found: describeShape(t.dims) });
}

export const conv = convolution(contract);
export const fusedConv = convolution(fusedContract);
