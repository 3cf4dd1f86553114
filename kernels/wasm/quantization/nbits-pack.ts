/** Packing of MatMulNBits weights of 2, 4 or 8 bits into the panels of `assembly/nbits.ts`. */
import { unpack, type Tensor, type TypedArray } from '../../../src/tensor/index.ts';
import type { WasmRuntime } from '../runtime.ts';

export const PANEL = 16;

export interface PackedBlocks {
  readonly k: number;
  readonly n: number;
  readonly bits: number;
  readonly blockSize: number;
  readonly blocks: number;
  readonly panels: number;
  readonly w: number;
  readonly scale: number;
  /** 2^-24 of every scale is a normal number, or 0. */
  readonly isScalable: boolean;
  /** Zero points as float32, and negated as pairs of int16 (0 when they are not integers). Stride 0: one for all blocks. Pairs are moved by
   * 128 where the engine reads 8-bit codes as signed, their second by 8 where top codes are. */
  readonly zero: number;
  readonly zeroPairs: number;
  readonly zeroStride: number;
}

/** Addresses of block `block` of panel `panel`: weights, scales. */
export function panelAt(p: PackedBlocks, panel: number, block = 0): readonly [w: number, scale: number] {
  const at = panel * p.blocks + block;
  return [p.w + at * 2 * p.bits * p.blockSize, p.scale + at * 64];
}
/** The same in one of the two forms of zero points. */
export const zeroAt = (p: PackedBlocks, zeros: number, panel: number, block = 0): number => zeros + (panel * p.blocks + block) * p.zeroStride;

/** Panels whose 16 columns all exist, and the columns of the one that is cut off. */
export function split({ n, panels }: PackedBlocks): { full: number; cut: number } {
  const cut = n % PANEL;
  return { full: cut === 0 ? panels : panels - 1, cut };
}

/**
 * @param weights uint8 [N, blocks, blockSize * bits / 8], low bits first
 * @param scales float [N * blocks]
 * @param zeros packed uint8 [N, ceil(blocks * bits / 8)], float [N * blocks], or absent for 2^(bits - 1)
 * @param signedTops moves the top one of every four 4-bit codes by 8: a shift then takes it for a sign
 */
export function packBlocks(
  wasm: WasmRuntime, weights: Tensor, scales: Tensor, zeros: Tensor | undefined, k: number, n: number, bits: number, blockSize: number,
  signedTops: boolean,
): PackedBlocks {
  const blocks = Math.ceil(k / blockSize);
  const panels = Math.ceil(n / PANEL);
  const groups = (blocks * blockSize * bits) / 32; // words of a column
  const w = wasm.keep(panels * groups * 64);
  const source = words(weights.data as Uint8Array);
  const target = wasm.view(Uint32Array, w, panels * groups * PANEL).fill(0);
  const flip = signedTops ? 0x80008000 : 0;
  for (let row = 0; row < n; row++) {
    const from = row * groups;
    const to = Math.floor(row / PANEL) * groups * PANEL + (row % PANEL);
    for (let g = 0; g < groups; g++) target[to + g * PANEL] = source[from + g] ^ flip;
  }
  for (const t of [weights, scales, zeros]) wasm.packed(t);
  const scale = wasm.keep(panels * blocks * 64);
  const values = unpack(scales);
  spread(wasm.view(Float32Array, scale, panels * blocks * PANEL).fill(0), values, n, blocks);
  return { k, n, bits, blockSize, blocks, panels, w, scale, isScalable: isScalable(values), ...packZeros(wasm, zeros, n, bits, blocks, panels, signedTops ? 8 : 0) };
}

function isScalable(scales: ArrayLike<number>): boolean {
  for (let i = 0; i < scales.length; i++) if (scales[i] !== 0 && !(Math.abs(scales[i]) >= 2 ** -100)) return false;
  return true;
}

function packZeros(wasm: WasmRuntime, zeros: Tensor | undefined, n: number, bits: number, blocks: number, panels: number, topsMoved: number) {
  const values = zeros === undefined ? undefined : zeros.type === 'uint8' ? unpackCodes(zeros.data as Uint8Array, n, bits, blocks) : unpack(zeros);
  const count = values === undefined ? PANEL : panels * blocks * PANEL;
  const zero = wasm.keep(4 * count);
  const zeroPairs = wasm.keep(4 * count);
  const floats = wasm.view(Float32Array, zero, count).fill(2 ** (bits - 1));
  if (values !== undefined) spread(floats, values, n, blocks);
  const pairs = wasm.view(Int16Array, zeroPairs, 2 * count);
  const moved = bits === 8 && wasm.kernels.dots?.unsigned === false ? 128 : 0;
  let integers = true;
  for (let i = 0; i < count; i++) {
    integers &&= Number.isInteger(floats[i]) && floats[i] >= 0 && floats[i] < 2 ** bits;
    pairs[2 * i] = moved - floats[i];
    pairs[2 * i + 1] = pairs[2 * i] + topsMoved;
  }
  return { zero, zeroPairs: integers ? zeroPairs : 0, zeroStride: values === undefined ? 0 : 64 };
}

// values [N][blocks] -> [N/16][blocks][16]
function spread(target: Float32Array, values: ArrayLike<number>, n: number, blocks: number): void {
  for (let row = 0; row < n; row++) {
    const to = Math.floor(row / PANEL) * blocks * PANEL + (row % PANEL);
    for (let b = 0; b < blocks; b++) target[to + b * PANEL] = values[row * blocks + b];
  }
}

// Each row of packed zero points starts on a byte.
function unpackCodes(bytes: Uint8Array, n: number, bits: number, blocks: number): Float32Array {
  const stride = Math.ceil((blocks * bits) / 8), perByte = 8 / bits;
  const out = new Float32Array(n * blocks);
  for (let row = 0; row < n; row++) {
    for (let b = 0; b < blocks; b++) out[row * blocks + b] = (bytes[row * stride + Math.floor(b / perByte)] >> (bits * (b % perByte))) & (2 ** bits - 1);
  }
  return out;
}

function words(data: TypedArray): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}
