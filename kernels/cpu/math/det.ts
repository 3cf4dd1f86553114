import { det as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';

/** y[..] = det(x[.., n, n]): elimination with the largest pivot of each column, in double precision. */
export const det = implement(contract, () => ([x]: [Tensor], ctx) => {
  const [rows, n] = x.dims.slice(-2);
  if (x.dims.length < 2 || rows !== n) fail('E_SHAPE', 'a determinant needs square matrices', { found: describeShape(x.dims) });
  const values = unpack(x);
  const m = new Float64Array(n * n);
  return [compute(ctx, 0, x.type, x.dims.slice(0, -2), (y) => {
    for (let i = 0; i < y.length; i++) {
      m.set(values.subarray(i * n * n, (i + 1) * n * n));
      y[i] = determinant(m, n);
    }
  })];
});

function determinant(m: Float64Array, n: number): number {
  let result = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(m[i * n + k]) > Math.abs(m[pivot * n + k])) pivot = i;
    const top = m[pivot * n + k];
    if (top === 0) return 0;
    if (pivot !== k) {
      for (let j = k; j < n; j++) [m[k * n + j], m[pivot * n + j]] = [m[pivot * n + j], m[k * n + j]];
      result = -result;
    }
    result *= top;
    for (let i = k + 1; i < n; i++) {
      const factor = m[i * n + k] / top;
      for (let j = k + 1; j < n; j++) m[i * n + j] -= factor * m[k * n + j];
    }
  }
  return result;
}
