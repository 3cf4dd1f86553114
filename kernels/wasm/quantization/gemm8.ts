/** 8-bit integer products around the gemm8 micro-kernels: packing, blocking, and what happens to the int32 results. */
import { align, type WasmRuntime } from '../runtime.ts';

/** B of a product, packed. `colz` holds the zero point of each column as the kernels want it. */
export interface PackedB {
  readonly ptr: number;
  readonly colz: number;
  readonly k: number;
  readonly n: number;
  readonly panels: number;
  readonly pairs: number;
}

/** Bytes of a packed B, column zero points included. */
export function packedBytes(k: number, n: number): number {
  const panels = Math.ceil(n / 8);
  return align(panels * 16 * Math.ceil(k / 2)) + align(panels * 32);
}

/**
 * Packs B [K][N] at `src` (or [N][K] when `transposed`) into `ptr`. `zeros` gives the zero point of column n, or one for all.
 */
export function packB(
  wasm: WasmRuntime, src: number, k: number, n: number, unsigned: boolean, zeros: ArrayLike<number>, ptr: number, transposed = false,
): PackedB {
  const panels = Math.ceil(n / 8);
  const pairs = Math.ceil(k / 2);
  const flip = unsigned ? 0x80 : 0;
  const { simd } = wasm.kernels;
  if (transposed) simd.gemm8_pack_bt(src, k, k, n, flip, ptr);
  else simd.gemm8_pack_b(src, n, k, n, flip, ptr);
  const colz = ptr + align(panels * 16 * pairs);
  const z = wasm.view(Int32Array, colz, panels * 8).fill(0);
  for (let i = 0; i < n; i++) z[i] = zeros[zeros.length === 1 ? 0 : i] - flip;
  return { ptr, colz, k, n, panels, pairs };
}

/** What a product needs of scratch: packed A, row sums, and int32 results of one strip. */
export function gemmScratch(m: number, b: PackedB): number {
  const strips = Math.ceil(m / 4);
  return align(strips * 16 * b.pairs) + align(strips * 16) + align(4 * b.panels * 32);
}

/**
 * Receives int32 results of a row segment: `count` values at `acc` for row `row`, columns from `column` on. Columns past N
 * (at most 7) are padding.
 */
export type Epilogue = (acc: number, row: number, column: number, count: number) => void;

/** Bytes of packed B kept in cache while all strips of A pass over it. */
const GROUP_BYTES = 128 * 1024;

/** C = (A - za) * (B - zb) for A [M][K] at `a`, rows `lda` bytes apart. Scratch: `gemmScratch`, begun by the caller. */
export function gemm8(
  wasm: WasmRuntime, a: number, lda: number, m: number, unsigned: boolean, za: number, b: PackedB, epilogue: Epilogue,
): void {
  const { simd } = wasm.kernels;
  const strips = Math.ceil(m / 4);
  const stripBytes = 16 * b.pairs;
  const packed = wasm.scratch(strips * stripBytes);
  const sums = wasm.scratch(strips * 16);
  const flip = unsigned ? 0x80 : 0;
  for (let s = 0; s < strips; s++) {
    simd.gemm8_pack_a(a + 4 * s * lda, lda, Math.min(4, m - 4 * s), b.k, flip, za - flip, packed + s * stripBytes, sums + 16 * s);
  }
  const group = Math.max(1, Math.floor(GROUP_BYTES / (16 * b.pairs)));
  const c = wasm.scratch(4 * Math.min(group, b.panels) * 32);
  for (let p = 0; p < b.panels; p += group) {
    const panels = Math.min(group, b.panels - p);
    const columns = Math.min(8 * panels, b.n - 8 * p);
    const ldc = 8 * panels;
    const bp = b.ptr + p * 16 * b.pairs;
    const zp = b.colz + p * 32;
    for (let s = 0; s < strips; s++) {
      const rows = Math.min(4, m - 4 * s);
      const ap = packed + s * stripBytes;
      if (rows === 1) simd.gemm8_1x8(ap, wasm.int32(sums + 16 * s), bp, zp, c, b.pairs, panels);
      else simd.gemm8_4x8(ap, sums + 16 * s, bp, zp, c, ldc, b.pairs, panels);
      for (let r = 0; r < rows; r++) epilogue(c + 4 * r * ldc, 4 * s + r, 8 * p, columns);
    }
  }
}
