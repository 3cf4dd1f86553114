import { matMulNBits as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { pack4, PANEL, panelBytes, quantizedRowBytes, scaleBytes, type Packed4 } from './nbits4-pack.ts';

function supports(node: PlacedNode): true | string {
  const { attrs, node: { inputs } } = node;
  const constant = (i: number, name: string): true | string => inputs[i] === undefined || node.constant(i) !== undefined || `${name} is not constant`;
  return all(
    attrs.int('bits') === 4 || `${attrs.int('bits')}-bit weights`, onlyTypes(node, 0, 'float32'),
    constant(1, 'B'), constant(2, 'scales'), constant(3, 'zero_points'), inputs[4] === undefined || 'g_idx is given',
    attrs.int('accuracy_level') !== 4 || integerZeros(node) || 'zero points are not integers',
  );
}

// Packed zero points are integers; float ones may be anything.
function integerZeros(node: PlacedNode): boolean {
  const zeros = node.constant(3);
  return zeros === undefined || zeros.type === 'uint8' || Array.from(zeros.data as Float32Array).every((z) => Number.isInteger(z) && z >= 0 && z <= 15);
}

/** Rows from which dequantizing a panel once and multiplying in float32 beats unpacking it for every row. */
const PANEL_ROWS = 4;

/**
 * Y = A * dequantize(B)^T + bias. accuracy_level 4 quantizes the activations to int8 by block; the others compute in float32,
 * k ascending.
 */
export const matMulNBits = adapt(contract, supports, (node, wasm) => {
  const { attrs } = node;
  const packed = pack4(wasm, node.constant(1)!, node.constant(2)!, node.constant(3), attrs.int('K'), attrs.int('N'), attrs.int('block_size'));
  const integer = attrs.int('accuracy_level') === 4;
  const { k, n } = packed;
  return ([a, , , , , bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const dims = [...a.dims.slice(0, -1), n];
    const m = sizeOf(dims) / n;
    const tile = align(4 * 4 * PANEL);
    const work = integer ? paddedRow(packed) + quantizedRowBytes(packed) : align(panelBytes(packed) * 8);
    wasm.begin(wasm.outside(a) + wasm.outside(bias) + align(4 * m * n) + tile + work);
    const y = wasm.output(ctx, 0, 'float32', dims);
    const x = wasm.input(a);
    const rest = wasm.scratch(tile);
    if (integer) multiplyInt8(wasm, packed, x, y.ptr, m, rest);
    else if (m < PANEL_ROWS) for (let row = 0; row < m; row++) multiplyRow(wasm, packed, x + 4 * row * k, y.ptr + 4 * row * n, rest);
    else multiplyPanels(wasm, packed, x, y.ptr, m, rest);
    if (bias !== undefined) {
      const b = wasm.input(bias);
      for (let row = 0; row < m; row++) wasm.kernels.simd.f32_add(y.ptr + 4 * row * n, 1, b, 1, y.ptr + 4 * row * n, n);
    }
    return [y.done()];
  };
});

/** Panels whose 16 columns all exist, and the columns of the one that is cut off. */
function split({ n, panels }: Packed4): { full: number; cut: number } {
  const cut = n % PANEL;
  return { full: cut === 0 ? panels : panels - 1, cut };
}

function multiplyRow(wasm: WasmRuntime, p: Packed4, x: number, y: number, rest: number): void {
  const { full, cut } = split(p);
  const call = (from: number, to: number, count: number): void => wasm.kernels.simd.q4_f32_gemv(
    x, p.w + from * panelBytes(p), p.scale + from * scaleBytes(p), p.zero + from * p.blocks * p.zeroStride, p.zeroStride, to, p.k, p.blockSize, p.blocks, count,
  );
  call(0, y, full);
  if (cut > 0) {
    call(full, rest, 1);
    wasm.memory.copyWithin(y + 4 * full * PANEL, rest, rest + 4 * cut);
  }
}

function multiplyPanels(wasm: WasmRuntime, p: Packed4, x: number, y: number, m: number, rest: number): void {
  const { simd } = wasm.kernels;
  const { full, cut } = split(p);
  const stride = panelBytes(p) * 4; // bytes of one float32 panel of 8 columns
  const b = wasm.scratch(2 * stride);
  for (let panel = 0; panel < p.panels; panel++) {
    simd.q4_dequantize_panel(
      p.w + panel * panelBytes(p), p.scale + panel * scaleBytes(p), p.zero + panel * p.blocks * p.zeroStride, p.zeroStride, b, p.blockSize, p.blocks,
    );
    const whole = panel < full;
    for (let row = 0; row < m; row += 4) {
      const rows = Math.min(4, m - row);
      const to = y + 4 * (row * p.n + panel * PANEL);
      const [c, ldc] = whole ? [to, p.n] : [rest, PANEL];
      if (rows === 4) simd.gemmf_4x8(x + 4 * row * p.k, p.k, b, c, ldc, p.k, stride, 2, 0);
      else for (let r = 0; r < rows; r++) simd.gemmf_1x8(x + 4 * (row + r) * p.k, b, c + 4 * r * ldc, p.k, stride, 2, 0);
      if (!whole) for (let r = 0; r < rows; r++) wasm.memory.copyWithin(to + 4 * r * p.n, rest + 4 * r * PANEL, rest + 4 * r * PANEL + 4 * cut);
    }
  }
}

const paddedRow = (p: Packed4): number => align(4 * p.blocks * p.blockSize);

function multiplyInt8(wasm: WasmRuntime, p: Packed4, x: number, y: number, m: number, rest: number): void {
  const { simd, relaxed } = wasm.kernels;
  const gemv = relaxed?.q4_i8_gemv_relaxed ?? simd.q4_i8_gemv;
  const { full, cut } = split(p);
  const kPadded = p.blocks * p.blockSize;
  const group = Math.min(p.blockSize, 32);
  const padded = wasm.scratch(paddedRow(p));
  const codes = wasm.scratch(2 * kPadded);
  const sums = wasm.scratch((4 * kPadded) / group);
  const scales = wasm.scratch(4 * p.blocks);
  wasm.memory.fill(0, padded, padded + 4 * kPadded);
  const call = (from: number, to: number, count: number): void => gemv(
    codes, sums, scales, p.w + from * panelBytes(p), p.scale + from * scaleBytes(p), p.zeroPairs + from * p.blocks * p.zeroStride, p.zeroStride, to,
    p.blockSize, group, p.blocks, count,
  );
  for (let row = 0; row < m; row++) {
    let from = x + 4 * row * p.k;
    if (kPadded !== p.k) {
      wasm.memory.copyWithin(padded, from, from + 4 * p.k);
      from = padded;
    }
    simd.q4_quantize_row(from, codes, sums, scales, p.blockSize, group, p.blocks, relaxed === undefined ? 0 : 1);
    const to = y + 4 * row * p.n;
    call(0, to, full);
    if (cut > 0) {
      call(full, rest, 1);
      wasm.memory.copyWithin(to + 4 * full * PANEL, rest, rest + 4 * cut);
    }
  }
}
