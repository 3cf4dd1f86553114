/** Matrix products of 8-bit codes, exact in 32-bit integers: shared by every operator with an integer product inside. */
import { fail } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, sizeOf, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { walk } from '../support/index.ts';

/** A matrix inside a flat array: element [r, c] is `codes[at + r * rowStep + c * columnStep]`. */
export interface Matrix {
  readonly codes: NumberArray;
  readonly at: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/**
 * sums[m, n] += sum over k of (a[m, k] - aZeros[m]) * (b[k, n] - bZeros[n]), wrapped to 32 bits.
 * sums: [M, N] row-major, a: [M, K], b: [K, N], aZeros: [M], bZeros: [N]
 */
export function multiplyIntegers(
  sums: Int32Array, a: Matrix, aZeros: NumberArray, b: Matrix, bZeros: NumberArray, M: number, K: number, N: number, ctx: KernelContext,
): void {
  const aZero = Int32Array.from(aZeros), bZero = Int32Array.from(bZeros);
  // Codes less zero points lie in [-255, 255]: in 16 bits, so that products stay in the integer range of the machine. Four
  // steps of k at a time, so that each sum is loaded and stored once for four products.
  const columns = new Int16Array(4 * M); // a[:, k ... k + 3] - aZeros, the four of a row side by side
  const rows = new Int16Array(4 * N); // b[k ... k + 3, :] - bZeros, row after row
  for (let k = 0; k < K; k += 4) {
    if ((k & 63) === 0) ctx.checkAbort();
    const depth = Math.min(4, K - k);
    if (depth < 4) {
      columns.fill(0);
      rows.fill(0);
    }
    for (let d = 0; d < depth; d++) {
      for (let m = 0, at = a.at + (k + d) * a.columnStep; m < M; m++, at += a.rowStep) columns[4 * m + d] = a.codes[at] - aZero[m];
      for (let n = 0, at = b.at + (k + d) * b.rowStep; n < N; n++, at += b.columnStep) rows[d * N + n] = b.codes[at] - bZero[n];
    }
    for (let m = 0; m < M; m++) {
      const x0 = columns[4 * m], x1 = columns[4 * m + 1], x2 = columns[4 * m + 2], x3 = columns[4 * m + 3];
      const start = m * N;
      for (let n = 0; n < N; n++) {
        sums[start + n] += x0 * rows[n] + x1 * rows[N + n] + x2 * rows[2 * N + n] + x3 * rows[3 * N + n]; // wraps when stored
      }
    }
  }
}

/** How the matrices of two tensors meet: `batch` pairs of [M, K] and [K, N], over broadcast leading axes. */
export interface Product {
  readonly dims: readonly number[];
  readonly M: number;
  readonly K: number;
  readonly N: number;
  /** Calls `visit` for each pair, with the number of its matrix in the result and in both operands. */
  each(visit: (y: number, a: number, b: number) => void): void;
}

/** NumPy's matmul: a vector on the left is a row, one on the right a column, and the result lacks that axis. */
export function productOf(a: readonly number[], b: readonly number[]): Product {
  if (a.length === 0 || b.length === 0) fail('E_SHAPE', 'a matrix product needs operands of rank 1 or more', { found: 'a scalar' });
  const M = a.length > 1 ? a[a.length - 2] : 1;
  const K = a[a.length - 1];
  const N = b.length > 1 ? b[b.length - 1] : 1;
  if (b[Math.max(0, b.length - 2)] !== K) {
    fail('E_SHAPE', 'the inner dimensions of a matrix product differ', { found: `[${a.join(', ')}] and [${b.join(', ')}]` });
  }
  const aBatch = a.slice(0, -2), bBatch = b.slice(0, -2);
  const batch = broadcastDims(aBatch, bBatch);
  const strides = [broadcastStrides(aBatch, batch), broadcastStrides(bBatch, batch)];
  return {
    dims: [...batch, ...(a.length > 1 ? [M] : []), ...(b.length > 1 ? [N] : [])],
    M, K, N,
    each: (visit) => walk(batch, strides, visit),
  };
}

/**
 * Parameters of the rows of a, [M] or [batch..., M, 1], or of the columns of b, [N] or [batch..., 1, N], or one value for
 * all: those of matrix `i` are `values[i * matrixStep + r * step]`.
 */
export interface LineParameters {
  readonly values: NumberArray;
  readonly matrixStep: number;
  readonly step: number;
}

export function lineParameters(parameter: Tensor | undefined, operand: readonly number[], lines: 'rows' | 'columns', name: string): LineParameters {
  if (parameter === undefined) return { values: new Uint8Array(1), matrixStep: 0, step: 0 };
  const values = unpack(parameter);
  if (parameter.size === 1) return { values, matrixStep: 0, step: 0 };
  const [rows, columns] = operand.length > 1 ? operand.slice(-2) : lines === 'rows' ? [1, operand[0]] : [operand[0], 1];
  const count = lines === 'rows' ? rows : columns;
  const full = [...operand.slice(0, -2), ...(lines === 'rows' ? [rows, 1] : [1, columns])];
  const { dims } = parameter;
  if (dims.length === 1 && dims[0] === count) return { values, matrixStep: 0, step: 1 };
  if (dims.length === full.length && dims.every((d, i) => d === full[i])) return { values, matrixStep: count, step: 1 };
  return fail('E_SHAPE', `${name} must be one value, or one for each of the ${lines}`, {
    arg: { kind: 'input', name }, expected: `[], [${count}] or [${full.join(', ')}]`, found: `[${dims.join(', ')}]`,
  });
}

/** The `count` parameters of matrix `i` side by side. */
export function linesOf({ values, matrixStep, step }: LineParameters, i: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, r) => values[i * matrixStep + r * step]);
}

/** The operands of an integer matrix product as tensors. */
export interface IntegerOperands {
  readonly a: Tensor;
  readonly aZero: Tensor | undefined;
  readonly b: Tensor;
  readonly bZero: Tensor | undefined;
}

/**
 * Runs an integer matrix product, matrix by matrix: `take` gets the int32 sums [M, N] of each, with its number in the
 * result and in both operands. The array of sums is used again for the next one.
 */
export function forEachProduct(
  { a, aZero, b, bZero }: IntegerOperands, product: Product, ctx: KernelContext, take: (sums: Int32Array, y: number, i: number, j: number) => void,
): void {
  const { M, K, N, dims } = product;
  if (sizeOf(dims) === 0) return;
  const aZeros = lineParameters(aZero, a.dims, 'rows', 'a_zero_point');
  const bZeros = lineParameters(bZero, b.dims, 'columns', 'b_zero_point');
  const aCodes = unpack(a), bCodes = unpack(b);
  const sums = ctx.scratch('int32', [M, N]).data as Int32Array;
  product.each((y, i, j) => {
    sums.fill(0);
    const left = { codes: aCodes, at: i * M * K, rowStep: K, columnStep: 1 };
    const right = { codes: bCodes, at: j * K * N, rowStep: N, columnStep: 1 };
    multiplyIntegers(sums, left, linesOf(aZeros, i, M), right, linesOf(bZeros, j, N), M, K, N, ctx);
    take(sums, y, i, j);
  });
}
