import { inverse as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';

/**
 * Y[..] = X[.., n, n]^-1: Gauss-Jordan elimination of [X | I] with the largest pivot of each column, in double precision. A
 * singular matrix has no inverse and is refused.
 */
export const inverse = implement(contract, () => ([x]: [Tensor], ctx) => {
  const [rows, n] = x.dims.slice(-2);
  if (x.dims.length < 2 || rows !== n) fail('E_SHAPE', 'only square matrices have an inverse', { found: describeShape(x.dims) });
  const values = unpack(x);
  return [compute(ctx, 0, x.type, x.dims, (y) => {
    for (let at = 0; at < y.length; at += n * n) {
      ctx.checkAbort();
      const m = Float64Array.from(values.subarray(at, at + n * n)); // [n, n]
      const right = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)); // I, and in the end X^-1
      for (let k = 0; k < n; k++) eliminate(m, right, n, k);
      y.set(right, at);
    }
  })];
});

/** Makes column k of m a column of the identity, by row operations on m and `right` alike. */
function eliminate(m: Float64Array, right: Float64Array, n: number, k: number): void {
  let pivot = k;
  for (let i = k + 1; i < n; i++) if (Math.abs(m[i * n + k]) > Math.abs(m[pivot * n + k])) pivot = i;
  const top = m[pivot * n + k];
  if (top === 0) fail('E_VALUE', 'a singular matrix has no inverse', { found: `no pivot in column ${k}` });
  for (const side of [m, right]) {
    for (let j = 0; j < n; j++) {
      const swapped = side[pivot * n + j];
      side[pivot * n + j] = side[k * n + j];
      side[k * n + j] = swapped / top;
    }
  }
  for (let i = 0; i < n; i++) {
    const factor = m[i * n + k];
    if (i === k || factor === 0) continue;
    for (const side of [m, right]) for (let j = 0; j < n; j++) side[i * n + j] -= factor * side[k * n + j];
  }
}
