import { dtypeInfo, Tensor, unpack, type NumberArray } from '../../tensor/index.ts';

/** Weights in MatMulNBits' layout: codes without sign, low bits first. */
export interface PackedWeights {
  /** uint8 [N, blocks, blockSize * bits / 8], rows padded with zero codes to whole blocks */
  readonly weight: Tensor;
  /** float32 [N, blocks] */
  readonly scales: Tensor;
  /** uint8 [N, ceil(blocks * bits / 8)]; absent when all are 2^(bits - 1) */
  readonly zeros: Tensor | undefined;
}

/**
 * Packs block-quantized weights w [K, N] (or [N, K] when `transposed`), scales and zero points [blocks, N] (or [N, blocks]).
 * Signed codes are moved up by 2^(bits - 1), zero points with them, so that differences stay.
 */
export function repack(w: Tensor, scales: Tensor, zeros: Tensor | undefined, blockSize: number, transposed: boolean): PackedWeights {
  const { bits, class: cls } = dtypeInfo(w.type);
  const half = 1 << (bits - 1);
  const offset = cls === 'int' ? half : 0;
  const [K, N] = transposed ? [w.dims[1], w.dims[0]] : [w.dims[0], w.dims[1]];
  const blocks = Math.ceil(K / blockSize);
  const rowsOf = (values: NumberArray, rows: number) => (n: number, k: number): number => values[transposed ? n * rows + k : k * N + n];
  const blob = (blockSize * bits) / 8;
  const weight = packRows(rowsOf(unpack(w), K), N, K, blocks * blob, bits, offset);
  const s = rowsOf(unpack(scales), blocks);
  const scale = new Float32Array(N * blocks);
  for (let n = 0; n < N; n++) for (let b = 0; b < blocks; b++) scale[n * blocks + b] = s(n, b);
  const z = zeros === undefined ? () => 0 : rowsOf(unpack(zeros), blocks);
  return {
    weight: new Tensor('uint8', weight, [N, blocks, blob]),
    scales: new Tensor('float32', scale, [N, blocks]),
    zeros: isDefault(z, N, blocks, half - offset) ? undefined
      : new Tensor('uint8', packRows(z, N, blocks, Math.ceil((blocks * bits) / 8), bits, offset), [N, Math.ceil((blocks * bits) / 8)]),
  };
}

// Each row of `columns` codes in `rowBytes` bytes.
function packRows(at: (n: number, k: number) => number, rows: number, columns: number, rowBytes: number, bits: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(rows * rowBytes);
  const perByte = 8 / bits;
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < columns; k++) {
      const byte = n * rowBytes + Math.floor(k / perByte);
      bytes[byte] |= (at(n, k) + offset) << ((k % perByte) * bits);
    }
  }
  return bytes;
}

/** Codes of rows packed low bits first, less an offset, columns first: [columns, rows]. Rows may have padding behind. */
export function unpackRows(packed: Tensor, rows: number, columns: number, bits: number, offset: number): number[] {
  const bytes = packed.data as Uint8Array;
  const rowBytes = bytes.length / rows;
  const perByte = 8 / bits;
  const mask = (1 << bits) - 1;
  const codes = new Array<number>(rows * columns);
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < columns; k++) {
      const byte = bytes[n * rowBytes + Math.floor(k / perByte)]!;
      codes[k * rows + n] = ((byte >> ((k % perByte) * bits)) & mask) - offset;
    }
  }
  return codes;
}

function isDefault(zero: (n: number, b: number) => number, N: number, blocks: number, standard: number): boolean {
  for (let n = 0; n < N; n++) for (let b = 0; b < blocks; b++) if (zero(n, b) !== standard) return false;
  return true;
}
