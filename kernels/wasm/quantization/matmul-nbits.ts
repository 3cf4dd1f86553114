import { matMulNBits as contract } from '../../../src/ops/contracts.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { align, type WasmRuntime } from '../runtime.ts';
import { EDGE } from '../math/product.ts';
import { int8Scratch, multiplyInt8, takesSignedTops } from './nbits-int8.ts';
import { packBlocks, PANEL, panelAt, zeroAt, type PackedBlocks } from './nbits-pack.ts';
import { rowOfPanels } from './nbits-row.ts';

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
  const integer = takesInteger(node), bits = attrs.int('bits');
  const packed = packBlocks(
    wasm, node.constant(1)!, node.constant(2)!, node.constant(3), attrs.int('K'), attrs.int('N'), bits, attrs.int('block_size'),
    integer && takesSignedTops(wasm.kernels, bits),
  );
  const { k, n } = packed;
  const { simd } = wasm.kernels;
  return ([a, , , , , bias]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx) => {
    const dims = [...a.dims.slice(0, -1), n];
    const m = sizeOf(dims) / n;
    const half = a.type === 'float16';
    const byPanels = m >= PANEL_ROWS || packed.zeroPairs === 0;
    wasm.begin(
      wasm.outside(a) + wasm.outside(bias) + align(4 * m * n) + (integer ? int8Scratch(wasm, packed, m) : wasm.perThread(EDGE + (byPanels ? 2 * floatBytes(packed) : 0)))
      + (half ? align(4 * a.size) + align(4 * m * n) + align(4 * n) : 0),
    );
    const y = wasm.output(ctx, 0, a.type, dims);
    const x = widened(wasm, a);
    const sums = half ? wasm.scratch(4 * m * n) : y.ptr;
    const added = bias && widened(wasm, bias);
    if (integer) multiplyInt8(wasm, packed, x, sums, m);
    else if (byPanels) multiplyPanels(wasm, packed, x, sums, m);
    else for (let row = 0; row < m; row++) multiplyRow(wasm, packed, x + 4 * row * k, sums + 4 * row * n);
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

function multiplyRow(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number): void {
  const byBytes = p.bits === 4 && p.k % 8 === 0 && p.isScalable;
  rowOfPanels(wasm, p, y, ({ simd, relaxed }, panel, to, count) => {
    if (byBytes && relaxed !== undefined) {
      relaxed.q4_f32_bytes_gemv(x, ...panelAt(p, panel), zeroAt(p, p.zeroPairs, panel), p.zeroStride, to, p.k, p.blockSize, p.blocks, count);
      return;
    }
    const gemv = p.bits === 2 ? simd.q2_f32_gemv : p.bits === 4 ? simd.q4_f32_gemv : simd.q8_f32_gemv;
    gemv(x, ...panelAt(p, panel), zeroAt(p, p.zero, panel), p.zeroStride, to, p.k, p.blockSize, p.blocks, count);
  });
}

/** Bytes of a panel of 8 columns in float32. */
const floatBytes = (p: PackedBlocks): number => 32 * p.blocks * p.blockSize;

function multiplyPanels(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number, m: number): void {
  wasm.parallel(p.panels, m * p.k * p.n, EDGE + 2 * floatBytes(p), ({ simd, madd }, panel, edge) => {
    const b = edge + EDGE;
    simd.qn_dequantize_panel(p.bits, ...panelAt(p, panel), zeroAt(p, p.zero, panel), p.zeroStride, b, p.blockSize, p.blocks);
    (madd ?? simd).gemmf(x, p.k, b, floatBytes(p), y + 4 * panel * PANEL, p.n, m, Math.min(PANEL, p.n - panel * PANEL), p.k, edge);
  });
}
