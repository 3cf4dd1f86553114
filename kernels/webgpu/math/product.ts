/** Float matrix products on tensors: shapes, batches and the choice of the program; shared by MatMul, FusedMatMul and Gemm. */
import { fail } from '../../../src/errors.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, describeShape, sizeOf, type Tensor } from '../../../src/tensor/index.ts';
import type { WebgpuSession } from '../runtime/session.ts';
import { storeWith, type FloatType } from '../wgsl/rows.ts';
import { chooseTile } from './float-tile.ts';
import { formKey, thinMatMul, tiledMatMul, type MatMulForm } from './matmul-program.ts';

/** A tensor as matrices: [.., rows, columns], element [r, c] of one of them at r * row + c * column. */
interface Matrices {
  readonly tensor: Tensor;
  readonly batch: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly row: number;
  readonly column: number;
}

function matrices(tensor: Tensor, side: 'left' | 'right', transposed: boolean): Matrices {
  const { dims } = tensor;
  const full = dims.length > 1 ? dims : side === 'left' ? [1, ...dims] : [...dims, 1];
  const [r, c] = full.slice(-2);
  const batch = full.slice(0, -2);
  return transposed && dims.length > 1 ? { tensor, batch, rows: c, columns: r, row: 1, column: c } : { tensor, batch, rows: r, columns: c, row: c, column: 1 };
}

export interface ProductOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly alpha?: number;
  /** y += beta * c, which broadcasts to the rows and columns of y. */
  readonly c?: Tensor | undefined;
  readonly beta?: number;
}

/** Output 0 of a node: alpha * A * B + beta * C. A: [.., M, K], B: [.., K, N], vectors being a row and a column; y in the type of A. */
export function multiply(gpu: WebgpuSession, ctx: KernelContext, a: Tensor, b: Tensor, options: ProductOptions = {}): Tensor {
  const refuse = (): never => fail('E_SHAPE', 'the matrices do not fit', {
    expected: '[.., m, k] and [.., k, n]', found: `${describeShape(a.dims)} and ${describeShape(b.dims)}`,
  });
  if (a.dims.length === 0 || b.dims.length === 0) refuse();
  const left = matrices(a, 'left', options.transA ?? false), right = matrices(b, 'right', options.transB ?? false);
  if (left.columns !== right.rows) refuse();
  const batch = broadcastDims(left.batch, right.batch);
  const M = left.rows, N = right.columns, K = left.columns;
  const dims = [...batch, ...(a.dims.length > 1 ? [M] : []), ...(b.dims.length > 1 ? [N] : [])];
  const y = gpu.output(ctx, a.type, dims);
  // Many rows against one matrix are one product.
  const flat = right.batch.length === 0 && left.row === K && left.column === 1;
  const shape = flat ? { batch: [1, 1, 1], M: M * sizeOf(batch), aBatch: [0, 0, 0], bBatch: [0, 0, 0] }
    : { M, ...batches(batch, left, right) };
  run(gpu, left, right, y, { ...shape, N, K }, options);
  return y;
}

interface Shape {
  readonly batch: readonly number[];
  readonly aBatch: readonly number[];
  readonly bBatch: readonly number[];
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** The batch axes as three, with how far their matrices are apart in A and B; neighbours that step alike are joined. */
function batches(batch: readonly number[], left: Matrices, right: Matrices): Pick<Shape, 'batch' | 'aBatch' | 'bBatch'> {
  const [aSteps, bSteps] = [left, right].map((m) => broadcastStrides(m.batch, batch).map((s) => s * m.rows * m.columns));
  const joined: { size: number; a: number; b: number }[] = [];
  batch.forEach((size, i) => {
    const last = joined.at(-1);
    if (size === 1) return;
    if (last !== undefined && last.a === aSteps[i] * size && last.b === bSteps[i] * size) joined[joined.length - 1] = { size: last.size * size, a: aSteps[i], b: bSteps[i] };
    else joined.push({ size, a: aSteps[i], b: bSteps[i] });
  });
  while (joined.length < 3) joined.unshift({ size: 1, a: 0, b: 0 });
  if (joined.length > 3) fail('E_LIMIT', 'a product over more than three broadcast batch axes', { found: describeShape(batch) });
  return { batch: joined.map((j) => j.size), aBatch: joined.map((j) => j.a), bBatch: joined.map((j) => j.b) };
}

function run(gpu: WebgpuSession, left: Matrices, right: Matrices, y: Tensor, s: Shape, { alpha = 1, beta = 1, c }: ProductOptions): void {
  const { M, N, K, batch } = s;
  const count = sizeOf(batch);
  if (y.size === 0) return;
  const bVectors = right.column === 1 && N % 4 === 0;
  const whole = y.type === 'float32' || bVectors;
  const form: MatMulForm = {
    a: left.tensor.type as FloatType, b: right.tensor.type as FloatType, y: whole ? (y.type as FloatType) : 'float32', c: c?.type as FloatType | undefined,
    aVectors: left.column === 1 && K % 4 === 0, bVectors,
  };
  const [cRow, cColumn] = c === undefined ? [0, 0] : broadcastStrides(c.dims, [M, N]);
  const params = [M, N, K, left.row, left.column, right.row, right.column, batch[1], batch[2], ...s.aBatch, ...s.bBatch, alpha, beta, cRow, cColumn];
  storeWith(gpu, y, form.y, (out) => {
    const operands = c === undefined ? [left.tensor, right.tensor, out] : [left.tensor, right.tensor, c, out];
    if (M <= 4) {
      gpu.run(gpu.program(`thin matmul ${M} ${formKey(form)}`, () => thinMatMul(form, M)), operands, params, [Math.ceil(N / 32), 1, count]);
      return;
    }
    const tile = chooseTile(M, N, count);
    const program = gpu.program(`matmul ${tile.rows} ${tile.columns} ${formKey(form)}`, () => tiledMatMul(form, tile));
    gpu.run(program, operands, params, [Math.ceil(N / tile.columns), Math.ceil(M / tile.rows), count]);
  });
}
