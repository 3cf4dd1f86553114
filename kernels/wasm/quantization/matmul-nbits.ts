import { matMulNBits as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { packBlocks, PANEL, panelBytes, scaleBytes, type PackedBlocks } from './nbits-pack.ts';

// Level 4 is taken up as the scalar provider does: only with packed zero points.
const takesInteger = (node: PlacedNode): boolean => node.attrs.int('accuracy_level') === 4 && (node.inputType(3) ?? 'uint8') === 'uint8';

function supports(node: PlacedNode): true | string {
  const { node: { inputs } } = node;
  const constant = (i: number, name: string): true | string => inputs[i] === undefined || node.constant(i) !== undefined || `${name} is not constant`;
  return all(
    onlyTypes(node, 0, 'float32', 'float16'), constant(1, 'B'), constant(2, 'scales'), constant(3, 'zero_points'), inputs[4] === undefined || 'g_idx is given',
    node.attrs.int('bits') !== 2 || !takesInteger(node) || '2-bit weights with accuracy_level 4',
  );
}

/** Rows from which dequantizing a panel once and multiplying in float32 beats unpacking it for every row. */
const PANEL_ROWS = 4;

/**
 * Y = A * dequantize(B)^T + bias. accuracy_level 4 quantizes the activations to int8 by block; the others compute in float32,
 * k ascending. float16 is widened first and rounded once, after the bias.
 */
export const matMulNBits = adapt(contract, supports, (node, wasm) => {
  const { attrs } = node;
  const packed = packBlocks(
    wasm, node.constant(1)!, node.constant(2)!, node.constant(3), attrs.int('K'), attrs.int('N'), attrs.int('bits'), attrs.int('block_size'),
  );
  const integer = takesInteger(node);
  const { k, n } = packed;
  const { simd } = wasm.kernels;
  return ([a, , , , , bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const dims = [...a.dims.slice(0, -1), n];
    const m = sizeOf(dims) / n;
    const half = a.type === 'float16';
    const tile = align(4 * 4 * PANEL);
    wasm.begin(
      wasm.outside(a) + wasm.outside(bias) + align(4 * m * n) + tile + (integer ? quantizedBytes(packed) : align(panelBytes(packed) * (32 / packed.bits)))
      + (half ? align(4 * a.size) + align(4 * m * n) + align(4 * n) : 0),
    );
    const y = wasm.output(ctx, 0, a.type, dims);
    const x = widened(wasm, a);
    const sums = half ? wasm.scratch(4 * m * n) : y.ptr;
    const added = bias && widened(wasm, bias);
    const rest = wasm.scratch(tile);
    if (integer) multiplyInt8(wasm, packed, x, sums, m, rest);
    else if (m < PANEL_ROWS && packed.zeroPairs !== 0) for (let row = 0; row < m; row++) multiplyRow(wasm, packed, x + 4 * row * k, sums + 4 * row * n, rest);
    else multiplyPanels(wasm, packed, x, sums, m, rest);
    if (added !== undefined) for (let row = 0; row < m; row++) simd.f32_add(sums + 4 * row * n, 1, added, 1, sums + 4 * row * n, n);
    if (half) simd.f32_to_f16(sums, y.ptr, m * n);
    return [y.done()];
  };
});

/** Address of a tensor's elements as float32. */
function widened(wasm: WasmRuntime, t: Tensor): number {
  const from = wasm.input(t);
  if (t.type === 'float32') return from;
  const to = wasm.scratch(4 * t.size);
  wasm.kernels.simd.f16_to_f32(from, to, t.size);
  return to;
}

/** Panels whose 16 columns all exist, and the columns of the one that is cut off. */
function split({ n, panels }: PackedBlocks): { full: number; cut: number } {
  const cut = n % PANEL;
  return { full: cut === 0 ? panels : panels - 1, cut };
}

/** Addresses of panel `from` and those after it: weights, scales. */
const panelAt = (p: PackedBlocks, from: number): readonly [w: number, scale: number] => [p.w + from * panelBytes(p), p.scale + from * scaleBytes(p)];
const zeroAt = (p: PackedBlocks, zeros: number, from: number): number => zeros + from * p.blocks * p.zeroStride;

function multiplyRow(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number, rest: number): void {
  const { simd } = wasm.kernels;
  const gemv = p.bits === 2 ? simd.q2_f32_gemv : p.bits === 4 ? simd.q4_f32_gemv : simd.q8_f32_gemv;
  const { full, cut } = split(p);
  const call = (from: number, to: number, count: number): void => gemv(
    x, ...panelAt(p, from), zeroAt(p, p.zero, from), p.zeroStride, to, p.k, p.blockSize, p.blocks, count,
  );
  call(0, y, full);
  if (cut > 0) {
    call(full, rest, 1);
    wasm.memory.copyWithin(y + 4 * full * PANEL, rest, rest + 4 * cut);
  }
}

function multiplyPanels(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number, m: number, rest: number): void {
  const { simd } = wasm.kernels;
  const { full, cut } = split(p);
  const stride = panelBytes(p) * (16 / p.bits); // bytes of one float32 panel of 8 columns
  const b = wasm.scratch(2 * stride);
  for (let panel = 0; panel < p.panels; panel++) {
    simd.qn_dequantize_panel(p.bits, ...panelAt(p, panel), zeroAt(p, p.zero, panel), p.zeroStride, b, p.blockSize, p.blocks);
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

/** Bytes of a padded row of activations, and of the codes, sums and scales of a quantized one. */
function rowBytes(p: PackedBlocks): { padded: number; codes: number; sums: number; scales: number; group: number } {
  const k = p.blocks * p.blockSize;
  const group = Math.min(p.blockSize, 32);
  return { padded: align(4 * k), codes: align(2 * k), sums: align((4 * k) / group), scales: align(4 * p.blocks), group };
}

/** Scratch of four quantized rows and one padded one. */
function quantizedBytes(p: PackedBlocks): number {
  const { padded, codes, sums, scales } = rowBytes(p);
  return padded + 4 * (codes + sums + scales);
}

/** The order of activations that each kernel of `assembly/nbits4.ts` wants. */
const WORDS = 0, BYTES = 1, PAIRS = 2;

/** Four rows at a time through the kernel that unpacks a weight once for all of them; the rest, and 8-bit codes, row by row. */
function multiplyInt8(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number, m: number, rest: number): void {
  const { simd, relaxed } = wasm.kernels;
  const four = p.bits === 4;
  const order = four ? (relaxed === undefined ? WORDS : BYTES) : PAIRS;
  const gemv = !four ? simd.q8_i8_gemv : relaxed?.q4_i8_gemv_relaxed ?? simd.q4_i8_gemv;
  const gemm4 = relaxed?.q4_i8_gemm4_relaxed ?? simd.q4_i8_gemm4;
  const { full, cut } = split(p);
  const kPadded = p.blocks * p.blockSize;
  const bytes = rowBytes(p);
  const padded = wasm.scratch(bytes.padded);
  const codes = wasm.scratch(4 * bytes.codes), sums = wasm.scratch(4 * bytes.sums), scales = wasm.scratch(4 * bytes.scales);
  wasm.memory.fill(0, padded, padded + 4 * kPadded);
  const quantize = (from: number, slot: number): void => {
    if (kPadded !== p.k) {
      wasm.memory.copyWithin(padded, from, from + 4 * p.k);
      from = padded;
    }
    simd.q4_quantize_row(from, codes + slot * bytes.codes, sums + slot * bytes.sums, scales + slot * bytes.scales, p.blockSize, bytes.group, p.blocks, order);
  };
  const strip = (from: number, to: number, ldy: number, count: number): void => gemm4(
    codes, bytes.codes, sums, bytes.sums, scales, bytes.scales, ...panelAt(p, from), zeroAt(p, p.zeroPairs, from), p.zeroStride,
    to, 4 * ldy, p.blockSize, bytes.group, p.blocks, count,
  );
  const single = (from: number, to: number, count: number): void => gemv(
    codes, sums, scales, ...panelAt(p, from), zeroAt(p, p.zeroPairs, from), p.zeroStride, to, p.blockSize, bytes.group, p.blocks, count,
  );
  for (let row = 0; row < m;) {
    const rows = four && m - row >= 4 ? 4 : 1;
    for (let r = 0; r < rows; r++) quantize(x + 4 * (row + r) * p.k, r);
    const to = y + 4 * row * p.n;
    if (rows === 4) strip(0, to, p.n, full);
    else single(0, to, full);
    if (cut > 0) {
      if (rows === 4) strip(full, rest, PANEL, 1);
      else single(full, rest, 1);
      for (let r = 0; r < rows; r++) wasm.memory.copyWithin(to + 4 * (r * p.n + full * PANEL), rest + 4 * r * PANEL, rest + 4 * (r * PANEL + cut));
    }
    row += rows;
  }
}
