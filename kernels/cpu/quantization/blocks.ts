/** Weights in blocks: 2, 4 or 8 bits a code, packed low bits first, a scale and a zero point for each block of a row. */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';

/** `out[i]` = code `i` of the bytes from `at` on, for i in [0, count). */
export function unpackCodes(bytes: Uint8Array, at: number, bits: number, count: number, out: NumberArray): void {
  const mask = (1 << bits) - 1;
  const perByte = 8 / bits;
  for (let i = 0; i < count; at++) {
    let byte = bytes[at];
    for (const end = Math.min(count, i + perByte); i < end; i++, byte >>= bits) out[i] = byte & mask;
  }
}

/**
 * A [N, K] matrix of block-quantized weights.
 * codes: [N, blocks, blockSize * bits / 8] bytes; scales: [N, blocks]; zero points: packed like codes in rows of
 * ceil(blocks * bits / 8) bytes, or plain floats [N, blocks], or 2^(bits - 1) when absent.
 */
export interface BlockWeights {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly blockSize: number;
  readonly blocks: number;
  readonly codes: Uint8Array;
  readonly rowBytes: number;
  readonly scales: NumberArray;
  readonly zeros: NumberArray;
  /** Block of each column, when columns were reordered; else column k lies in block floor(k / blockSize). */
  readonly groups: Int32Array | undefined;
}

export interface BlockFormat {
  readonly K: number;
  readonly N: number;
  readonly bits: number;
  readonly blockSize: number;
}

/** Weights as MatMulNBits gives them. Checks that the parts have the sizes the format asks for. */
export function blockWeights(
  { K, N, bits, blockSize }: BlockFormat, codes: Tensor, scales: Tensor, zeroPoints?: Tensor, groups?: Tensor,
): BlockWeights {
  const blocks = Math.ceil(K / blockSize);
  const rowBytes = blocks * ((blockSize * bits) / 8);
  expectSize('B', codes, N * rowBytes);
  expectSize('scales', scales, N * blocks);
  const order = groups?.data as Int32Array | undefined;
  if (order?.some((g) => g < 0 || g >= blocks)) {
    fail('E_VALUE', 'g_idx names a block that does not exist', { arg: { kind: 'input', name: 'g_idx' }, expected: `[0, ${blocks - 1}]` });
  }
  return {
    K, N, bits, blockSize, blocks, rowBytes, codes: codes.data as Uint8Array, scales: unpack(scales),
    zeros: zeroPointsOf(zeroPoints, N, blocks, bits), groups: order,
  };
}

export function expectSize(name: string, t: Tensor, size: number): void {
  if (t.size !== size) fail('E_SHAPE', `${name} has the wrong size`, { arg: { kind: 'input', name }, expected: `${size} elements`, found: `[${t.dims.join(', ')}]` });
}

/** Zero points of [rows, blocks], each row of packed ones starting at a new byte. Absent ones are 2^(bits - 1). */
export function zeroPointsOf(zeroPoints: Tensor | undefined, rows: number, blocks: number, bits: number): NumberArray {
  if (zeroPoints === undefined) return new Float32Array(rows * blocks).fill(2 ** (bits - 1));
  if (zeroPoints.type !== 'uint8') {
    expectSize('zero_points', zeroPoints, rows * blocks);
    return unpack(zeroPoints);
  }
  const rowBytes = Math.ceil((blocks * bits) / 8);
  expectSize('zero_points', zeroPoints, rows * rowBytes);
  const zeros = new Float32Array(rows * blocks);
  for (let r = 0; r < rows; r++) unpackCodes(zeroPoints.data as Uint8Array, r * rowBytes, bits, blocks, zeros.subarray(r * blocks, (r + 1) * blocks));
  return zeros;
}

/** Makes rows of the weights in float32: (code - zero point) * scale. Each row stands in the memory of the one before. */
export function rowsOf(weights: BlockWeights): (n: number) => Float32Array {
  const row = new Float32Array(weights.K);
  return (n) => {
    dequantizeRow(weights, n, row);
    return row;
  };
}

function dequantizeRow(w: BlockWeights, n: number, row: Float32Array): void {
  const { K, bits, blockSize, blocks, codes, rowBytes, scales, zeros, groups } = w;
  unpackCodes(codes, n * rowBytes, bits, K, row);
  const first = n * blocks;
  if (groups !== undefined) {
    for (let k = 0; k < K; k++) row[k] = f32(row[k] - zeros[first + groups[k]]) * scales[first + groups[k]];
    return;
  }
  for (let b = 0; b < blocks; b++) {
    const scale = scales[first + b], zero = zeros[first + b];
    for (let k = b * blockSize, end = Math.min(K, k + blockSize); k < end; k++) row[k] = f32(row[k] - zero) * scale;
  }
}
