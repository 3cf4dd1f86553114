/** 8-bit integer products around the gemm8 micro-kernels: packing, blocking, and what happens to the int32 results. */
import type { Kernels } from '../modules.ts';
import { align, ELEMENT_WORK, type WasmRuntime } from '../runtime.ts';
import { singleStrips } from './strips.ts';

/**
 * B of a product, packed in panels of 8 columns: for int16 dots (gemm8.ts), or for i32 dots where the engine has fast ones
 * (gemm8-relaxed.ts). `colz` holds the zero point of each column as the kernels want it, `colsum` the sums of columns.
 */
export interface PackedB {
  readonly ptr: number;
  readonly colz: number;
  readonly colsum: number;
  readonly k: number;
  readonly n: number;
  readonly panels: number;
  readonly panelBytes: number;
}

/** k side by side in a lane: 2 or 4. */
const sideBySide = (wasm: WasmRuntime): number => (wasm.kernels.dots === undefined ? 2 : 4);

/** B as it will be packed at `ptr`. */
export function layB(wasm: WasmRuntime, k: number, n: number, ptr = 0): PackedB {
  const panels = Math.ceil(n / 8), together = sideBySide(wasm);
  const panelBytes = 8 * together * Math.ceil(k / together);
  const colz = ptr + align(panels * panelBytes);
  return { ptr, colz, colsum: colz + align(panels * 32), k, n, panels, panelBytes };
}

/** Bytes of a packed B with its columns' zero points and sums. */
export function packedBytes(wasm: WasmRuntime, k: number, n: number): number {
  const { colsum, panels } = layB(wasm, k, n);
  return colsum + align(panels * 32);
}

/**
 * Packs B [K][N] at `src` (or [N][K] when `transposed`) into `ptr`. `zeros` gives the zero point of column n, or one for all.
 */
export function packB(
  wasm: WasmRuntime, src: number, k: number, n: number, unsigned: boolean, zeros: ArrayLike<number>, ptr: number, transposed = false,
): PackedB {
  const b = layB(wasm, k, n, ptr);
  const { simd, dots } = wasm.kernels;
  const flip = unsigned === (dots?.unsigned ?? false) ? 0 : 0x80;
  if (dots !== undefined && transposed) dots.gemm8_dot_pack_bt(src, k, k, n, flip, Number(dots.unsigned), ptr, b.colsum);
  else if (dots !== undefined) dots.gemm8_dot_pack_b(src, n, k, n, flip, Number(dots.unsigned), ptr, b.colsum);
  else if (transposed) simd.gemm8_pack_bt(src, k, k, n, flip, ptr);
  else simd.gemm8_pack_b(src, n, k, n, flip, ptr);
  const moved = unsigned ? -flip : flip;
  const z = wasm.view(Int32Array, b.colz, b.panels * 8).fill(0);
  for (let i = 0; i < n; i++) z[i] = zeros[zeros.length === 1 ? 0 : i] + moved;
  return b;
}

/**
 * Receives int32 results of a tile: `rows` rows, `ldc` apart, of `count` values at `acc`, from row `row` and column `column` on.
 * Columns past N (at most 7) are padding. Makes calls of `kernels` only: see `TileBody`.
 */
export type Epilogue = (kernels: Kernels, acc: number, ldc: number, row: number, rows: number, column: number, count: number) => void;

/** Bytes of packed B kept in cache while all strips of A pass over it. */
const GROUP_BYTES = 128 * 1024;

/** Panels of B that go together. */
const groupOf = (b: PackedB): number => Math.max(1, Math.min(b.panels, Math.floor(GROUP_BYTES / Math.max(1, b.panelBytes))));

/** Rows that the kernels take. */
const INT16_STRIPS = [4, 3, 2, 1], DOT_STRIPS = [6, 4, 2, 1];

/** What a product needs of scratch: packed A, what each of its rows sums to, and int32 results of one strip for each thread. */
export function gemmScratch(wasm: WasmRuntime, m: number, b: PackedB): number {
  if (isRow(wasm, m, b)) return align(b.panelBytes) + 64 + 32 * b.panels;
  const fours = Math.ceil(m / 4);
  return align(fours * b.panelBytes) + align(16 * fours) + wasm.perThread(6 * groupOf(b) * 32);
}

/** One row that one thread takes all in one go. */
const isRow = (wasm: WasmRuntime, m: number, b: PackedB): boolean => m === 1 && wasm.cuts(1, b.k * b.n) === 1;

/** C = (A - za) * (B - zb) for A [M][K] at `a`, rows `lda` bytes apart. Scratch: `gemmScratch`, begun by the caller. */
export function gemm8(
  wasm: WasmRuntime, a: number, lda: number, m: number, unsigned: boolean, za: number, b: PackedB, epilogue: Epilogue,
): void {
  const flip = unsigned ? 0x80 : 0, zero = za - flip;
  if (isRow(wasm, m, b)) {
    const row = wasm.scratch(b.panelBytes), term = wasm.scratch(64), c = wasm.scratch(32 * b.panels);
    packA(wasm.kernels, a, lda, 1, b.k, flip, zero, row, term);
    multiply(wasm.kernels, 1, row, term, zero, b, 0, b.panels, c);
    epilogue(wasm.kernels, c, 8 * b.panels, 0, 1, 0, b.n);
    return;
  }
  const { dots } = wasm.kernels;
  const rowBytes = b.panelBytes / (dots === undefined ? 4 : 8);
  const strips = singleStrips(m, dots === undefined ? INT16_STRIPS : DOT_STRIPS);
  const fours = Math.ceil(m / 4);
  const packed = wasm.scratch(fours * b.panelBytes);
  const terms = wasm.scratch(16 * fours);
  wasm.parallel(strips.length, ELEMENT_WORK * m * b.k, 0, (kernels, s) => {
    const { row, rows } = strips[s];
    packA(kernels, a + row * lda, lda, rows, b.k, flip, zero, packed + row * rowBytes, terms + 4 * row);
  });
  const group = groupOf(b), groups = Math.ceil(b.panels / group);
  const work = m * b.k * b.n;
  const chunk = Math.ceil(strips.length / wasm.cuts(groups, work)), chunks = Math.ceil(strips.length / chunk); // strips of a tile
  wasm.parallel(groups * chunks, work, 6 * group * 32, (kernels, tile, c) => {
    const p = Math.floor(tile / chunks) * group, first = (tile % chunks) * chunk;
    const panels = Math.min(group, b.panels - p);
    const columns = Math.min(8 * panels, b.n - 8 * p);
    for (const { row, rows } of strips.slice(first, first + chunk)) {
      multiply(kernels, rows, packed + row * rowBytes, terms + 4 * row, zero, b, p, panels, c);
      epilogue(kernels, c, 8 * panels, row, rows, 8 * p, columns);
    }
  });
}

function packA({ simd, dots }: Kernels, a: number, lda: number, rows: number, k: number, flip: number, zero: number, to: number, terms: number): void {
  if (dots === undefined && rows === 1) simd.gemm8_pack_row(a, k, flip, zero, to, terms);
  else if (dots === undefined) simd.gemm8_pack_a(a, lda, rows, k, flip, zero, to, terms);
  else dots.gemm8_dot_pack_a(a, lda, rows, k, flip, zero, to, terms);
}

/** A packed strip times `panels` panels of B from panel `p` on. */
function multiply({ simd, dots }: Kernels, rows: number, a: number, terms: number, za: number, b: PackedB, p: number, panels: number, c: number): void {
  const at = b.ptr + p * b.panelBytes, colz = b.colz + 32 * p;
  if (dots !== undefined) dots.gemm8_dot(rows, a, terms, za, at, colz, b.colsum + 32 * p, c, 8 * panels, b.panelBytes / 32, panels);
  else if (rows === 1) simd.gemm8_1x8(a, terms, at, colz, c, b.panelBytes / 16, panels);
  else simd.gemm8_4x8(a, terms, at, colz, c, 8 * panels, b.panelBytes / 16, panels);
}
