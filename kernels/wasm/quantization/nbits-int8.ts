/** MatMulNBits with int8 activations (accuracy_level 4): products of single rows, and of strips of rows with unpacked panels. */
import type { Kernels } from '../modules.ts';
import { align, ELEMENT_WORK, type WasmRuntime } from '../runtime.ts';
import { PANEL, panelAt, split, zeroAt, type PackedBlocks } from './nbits-pack.ts';
import { ROW_REST, rowOfPanels } from './nbits-row.ts';
import { stripsOf } from './strips.ts';

/** Activations of `rows` rows, quantized for one strip. */
interface Rows {
  readonly codes: number;
  readonly sums: number;
  readonly scales: number;
}

/** How an engine multiplies: the order of activations (`nbits_quantize_row`), and the micro-kernels. */
interface Way {
  readonly order: number;
  /** The order for a single row, where it is another. */
  readonly singleOrder?: number;
  /** Bytes of an activation. */
  readonly width: 1 | 2;
  /** k whose sum is kept apart, at most. */
  readonly group: number;
  readonly strips: readonly number[];
  /** What is added to activations of strips, modulo 256. */
  readonly moved?: 128;
  /** Bytes beside the codes of an unpacked block. */
  readonly beside?: number;
  single(kernels: Kernels, p: PackedBlocks, a: Rows, panel: number, y: number, count: number): void;
  /** Unpacks blocks from `block` on of a panel to `to`. */
  unpack(kernels: Kernels, p: PackedBlocks, panel: number, block: number, blocks: number, to: number): void;
  /** `count` strips of `rows` rows, one after the other from `a` on, times the unpacked blocks. */
  strip(kernels: Kernels, p: PackedBlocks, rows: number, a: Rows, panel: number, block: number, blocks: number, b: number, y: number, yBytes: number, carry: number, count: number): void;
}

const FOURS = 0, EVEN_ODD = 1, TWOS = 2, PLAIN = 3, SHIFTS = 4;

const groupOf = (way: Way, p: PackedBlocks): number => Math.min(p.blockSize, way.group);
const groups = (way: Way, p: PackedBlocks): number => p.blockSize / groupOf(way, p);

/** Bytes between strips of `rows` rows: codes, sums, scales. */
function strides(way: Way, p: PackedBlocks, rows: number): readonly [codes: number, sums: number, scales: number] {
  return [rows * way.width * p.blocks * p.blockSize, rows * 4 * p.blocks * groups(way, p), rows * 4 * p.blocks];
}

/** Where blocks from `block` on of strips of `rows` rows lie. */
function from(way: Way, p: PackedBlocks, rows: number, a: Rows, block: number): Rows {
  const [codes, sums, scales] = strides(way, p, rows).map((bytes) => (bytes / p.blocks) * block);
  return { codes: a.codes + codes, sums: a.sums + sums, scales: a.scales + scales };
}

/** Dots added in int32, where one instruction does that: 4- and 8-bit codes. */
const relaxedDots = (bits: number): Way => ({
  order: bits === 4 ? EVEN_ODD : PLAIN, width: 1, group: 256, strips: [6, 4, 2, 1],
  single({ dots }, p, a, panel, y, count) {
    const args = [a.codes, a.sums, a.scales, ...panelAt(p, panel), zeroAt(p, p.zeroPairs, panel), p.zeroStride, y, p.blockSize, groupOf(this, p), p.blocks, count] as const;
    if (bits === 4) dots!.q4_dots_gemv(...args);
    else dots!.q8_dots_gemv(...args, flipOf(dots!));
  },
  unpack({ dots }, p, panel, block, blocks, to) {
    const at = panelAt(p, panel, block)[0], words = (blocks * p.blockSize * bits) / 32;
    if (bits === 4) dots!.q4_unpack_bytes(at, words, to);
    else dots!.q8_unpack_bytes(at, words, to, flipOf(dots!));
  },
  strip({ dots }, p, rows, ...args) {
    const kernel = rows === 6 ? dots!.nbits_dots_6 : rows === 4 ? dots!.nbits_dots_4 : rows === 2 ? dots!.nbits_dots_2 : dots!.nbits_dots_1;
    kernel(...stripArguments(this, p, rows, ...args));
  },
});

/** The same, but for strips 4-bit codes become signed bytes less their zero points, and activations unsigned: where dots take those, and sums stay below 2^22. */
const signedDots: Way = {
  ...relaxedDots(4), moved: 128, beside: 4 * PANEL,
  unpack({ dots }, p, panel, block, blocks, to) {
    const at = panelAt(p, panel, block)[0], starts = to + PANEL * blocks * p.blockSize;
    dots!.q4_unpack_signed(at, zeroAt(p, p.zeroPairs, panel, block), p.zeroStride, p.blockSize, blocks, to, starts);
  },
  strip({ dots }, p, rows, a, panel, block, blocks, b, y, yBytes, _carry, count) {
    const at = from(this, p, rows, a, block), [codes, , scales] = strides(this, p, rows);
    const kernel = rows === 6 ? dots!.q4_signed_6 : rows === 4 ? dots!.q4_signed_4 : rows === 2 ? dots!.q4_signed_2 : dots!.q4_signed_1;
    kernel(at.codes, codes, at.scales, scales, b, b + PANEL * blocks * p.blockSize, panelAt(p, panel, block)[1], y, yBytes, p.blockSize, blocks, Number(block === 0), count);
  },
};

/** Largest block of `signedDots`. */
const SIGNED_BLOCK = 256;

/** 4-bit codes as bytes, dots added in int16. */
const relaxedWords: Way = {
  order: EVEN_ODD, width: 1, group: 32, strips: [4, 2, 1],
  single({ relaxed }, p, a, panel, y, count) {
    relaxed!.q4_words_gemv(
      a.codes, a.sums, a.scales, ...panelAt(p, panel), zeroAt(p, p.zeroPairs, panel), p.zeroStride, y, p.blockSize, groupOf(this, p), p.blocks, count,
    );
  },
  unpack({ relaxed }, p, panel, block, blocks, to) {
    relaxed!.q4_unpack_bytes(panelAt(p, panel, block)[0], (blocks * p.blockSize) / 8, to);
  },
  strip({ relaxed }, p, rows, ...args) {
    const kernel = rows === 4 ? relaxed!.nbits_words_4 : rows === 2 ? relaxed!.nbits_words_2 : relaxed!.nbits_words_1;
    kernel(...stripArguments(this, p, rows, ...args));
  },
};

/** Codes as int16, for engines without relaxed SIMD. */
const int16 = (bits: number): Way => ({
  ...(bits === 4 ? { order: FOURS, singleOrder: SHIFTS } : { order: TWOS }), width: 2, group: 256, strips: [4, 2, 1],
  single({ simd }, p, a, panel, y, count) {
    const gemv = bits === 4 ? simd.q4_i8_gemv : simd.q8_i8_gemv;
    gemv(a.codes, a.sums, a.scales, ...panelAt(p, panel), zeroAt(p, p.zeroPairs, panel), p.zeroStride, y, p.blockSize, groupOf(this, p), p.blocks, count);
  },
  unpack({ simd }, p, panel, block, blocks, to) {
    simd.nbits_unpack_words(bits, panelAt(p, panel, block)[0], zeroAt(p, p.zeroPairs, panel, block), p.zeroStride, p.blockSize, blocks, to);
  },
  strip({ simd }, p, rows, a, panel, block, blocks, b, y, yBytes, _carry, count) {
    const at = from(this, p, rows, a, block), [codes, , scales] = strides(this, p, rows);
    simd.nbits_gemm(rows, at.codes, codes, at.scales, scales, b, panelAt(p, panel, block)[1], y, yBytes, p.blockSize, blocks, Number(block === 0), count);
  },
});

function stripArguments(
  way: Way, p: PackedBlocks, rows: number, a: Rows, panel: number, block: number, blocks: number, b: number, y: number, yBytes: number, carry: number, count: number,
): Parameters<NonNullable<Kernels['relaxed']>['nbits_dots_1']> {
  const at = from(way, p, rows, a, block), [codes, sums, scales] = strides(way, p, rows);
  return [
    at.codes, codes, at.sums, sums, at.scales, scales, b, panelAt(p, panel, block)[1], zeroAt(p, p.zeroPairs, panel, block), p.zeroStride,
    y, yBytes, groupOf(way, p), groups(way, p), blocks, Number(block === 0), carry, count,
  ];
}

/** True where the products read the top one of every four codes as signed: `packBlocks`. */
export const takesSignedTops = ({ relaxed }: Kernels, bits: number): boolean => relaxed === undefined && bits === 4;

const flipOf = ({ unsigned }: { readonly unsigned: boolean }): number => (unsigned ? 0 : 0x80);

function wayOf({ relaxed, dots }: Kernels, { bits, blockSize }: PackedBlocks): Way {
  if (dots !== undefined) return bits === 4 && dots.unsigned && blockSize <= SIGNED_BLOCK ? signedDots : relaxedDots(bits);
  return relaxed !== undefined && bits === 4 ? relaxedWords : int16(bits);
}

/** Rows from which unpacking a panel once for all of them beats unpacking it for every row. */
const PANEL_ROWS = 4;
/** k of a panel unpacked at a time: all of it stays in the first cache. */
const CHUNK = 2048;
const CARRY = 192;

/** Blocks unpacked at a time. */
const chunkOf = (way: Way, p: PackedBlocks): number => Math.min(p.blocks, Math.max(1, Math.floor(CHUNK / way.width / p.blockSize)));

const unpackedBytes = (way: Way, p: PackedBlocks): number => align((way.width * PANEL * p.blockSize + (way.beside ?? 0)) * chunkOf(way, p));

/** Bytes a thread needs for a panel: what `strip` carries, unpacked blocks, and results where columns are cut off. */
const tileBytes = (way: Way, p: PackedBlocks, m: number): number => CARRY + unpackedBytes(way, p) + 4 * m * PANEL;

/** Bytes of a row of activations, padded to whole blocks; filling the end writes whole vectors. */
const paddedBytes = (p: PackedBlocks): number => 4 * p.blocks * p.blockSize + 64;

/** Bytes of scratch of `multiplyInt8`. */
export function int8Scratch(wasm: WasmRuntime, p: PackedBlocks, m: number): number {
  const way = wayOf(wasm.kernels, p);
  const [codes, sums, scales] = strides(way, p, m < PANEL_ROWS ? 1 : m);
  return align(codes) + align(sums) + align(scales) + wasm.perThread(paddedBytes(p))
    + wasm.perThread(m < PANEL_ROWS ? ROW_REST : tileBytes(way, p, m));
}

/** y [m][n] = the product of x [m][k], quantized by blocks, with the weights. */
export function multiplyInt8(wasm: WasmRuntime, p: PackedBlocks, x: number, y: number, m: number): void {
  const way = wayOf(wasm.kernels, p);
  const { full, cut } = split(p);
  const [codes, sums, scales] = strides(way, p, m < PANEL_ROWS ? 1 : m).map((bytes) => wasm.scratch(bytes));
  const missing = p.blocks * p.blockSize - p.k;
  const [order, moved] = m < PANEL_ROWS ? [way.singleOrder ?? way.order, 0] : [way.order, way.moved ?? 0];
  const quantize = ({ simd }: Kernels, padded: number, row: number, a: Rows, rows: number): void => {
    let at = x + 4 * row * p.k;
    if (missing > 0) {
      simd.copy_rows(at, 0, padded, 0, 1, 4 * p.k);
      simd.fill_i32(padded + 4 * p.k, 0, missing);
      at = padded;
    }
    simd.nbits_quantize_row(at, a.codes, a.sums, a.scales, rows, p.blockSize, groupOf(way, p), p.blocks, order, moved);
  };
  if (m < PANEL_ROWS) {
    const a = { codes, sums, scales };
    for (let row = 0; row < m; row++) {
      wasm.parallel(1, 0, paddedBytes(p), (own, _, padded) => quantize(own, padded, row, a, 1));
      rowOfPanels(wasm, p, y + 4 * row * p.n, (own, panel, to, count) => way.single(own, p, a, panel, to, count));
    }
    return;
  }
  const perRow = strides(way, p, 1);
  const rowsAt = (row: number): Rows => ({ codes: codes + row * perRow[0], sums: sums + row * perRow[1], scales: scales + row * perRow[2] });
  const strips = stripsOf(m, way.strips);
  const single = strips.flatMap(({ row, rows, count }) => Array.from({ length: count }, (_, i) => ({ row: row + i * rows, rows })));
  wasm.parallel(single.length, ELEMENT_WORK * m * p.k, paddedBytes(p), (own, strip, padded) => {
    const { row, rows } = single[strip], a = rowsAt(row);
    for (let r = 0; r < rows; r++) quantize(own, padded, row + r, { codes: a.codes + 4 * r, sums: a.sums + 4 * r, scales: a.scales + 4 * r }, rows);
  });
  const chunk = chunkOf(way, p);
  wasm.parallel(p.panels, m * p.k * p.n, tileBytes(way, p, m), (own, panel, carry) => {
    const unpacked = carry + CARRY, rest = unpacked + unpackedBytes(way, p);
    if (groups(way, p) > 1) own.simd.fill_i32(carry, 0, CARRY / 4);
    const [to, ldy] = panel < full ? [y + 4 * panel * PANEL, p.n] : [rest, PANEL];
    for (let block = 0; block < p.blocks; block += chunk) {
      const blocks = Math.min(chunk, p.blocks - block);
      way.unpack(own, p, panel, block, blocks, unpacked);
      for (const { row, rows, count } of strips) {
        way.strip(own, p, rows, rowsAt(row), panel, block, blocks, unpacked, to + 4 * row * ldy, 4 * ldy, carry, count);
      }
    }
    if (panel >= full) own.simd.copy_rows(rest, 4 * PANEL, y + 4 * full * PANEL, 4 * p.n, m, 4 * cut);
  });
}
