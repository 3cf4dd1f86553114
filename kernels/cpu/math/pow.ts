import { pow as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows, compute } from '../support/index.ts';
import { isBig, isFloat, zipAny, zipNumbers } from './elementwise.ts';
import { operands } from './operands.ts';

/**
 * z = x ^ y in the type of x, whatever the type of y. A float on either side is computed in double precision, and
 * truncated when x is an integer; integers are multiplied exactly and wrap.
 */
export const pow = implement(contract, ({ attrs }) => ([left, right]: [Tensor, Tensor], ctx) => {
  const { a: x, b: y, dims } = operands(left, right, attrs);
  const rows = broadcastRows(dims, x.dims, y.dims);
  if (isFloat(x.type)) return [compute(ctx, 0, x.type, dims, (z) => zipNumbers(z, doubles(x), doubles(y), rows, power))];
  const out = ctx.output(0, x.type, dims);
  const z = out.data as Int32Array | BigInt64Array;
  if (isFloat(y.type)) {
    const wide = new Float64Array(out.size);
    zipNumbers(wide, doubles(x), doubles(y), rows, power);
    if (isBig(z)) for (let i = 0; i < out.size; i++) z[i] = BigInt(Number.isFinite(wide[i]) ? Math.trunc(wide[i]) : 0);
    else z.set(wide);
  } else {
    const wide = new BigInt64Array(out.size);
    zipAny(wide, bigints(x), bigints(y), rows, integerPower);
    if (isBig(z)) z.set(wide);
    else for (let i = 0; i < out.size; i++) z[i] = Number(BigInt.asIntN(32, wide[i]));
  }
  return [out];
});

const doubles = (t: Tensor): NumberArray => (isBig(t.data) ? Float64Array.from(t.data, Number) : unpack(t));
const bigints = (t: Tensor): BigInt64Array | BigUint64Array =>
  (isBig(t.data) ? t.data : BigInt64Array.from(unpack(t) as Int32Array, BigInt));

/** IEEE pow: unlike JavaScript's, 1 to any power is 1, and so is -1 to an infinite one. */
function power(x: number, y: number): number {
  return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}

/** x ^ y modulo 2^64 by repeated squaring. A negative power truncates 1 / x ^ -y. */
function integerPower(x: bigint, y: bigint): bigint {
  if (y < 0n) {
    if (x === 0n) return fail('E_VALUE', 'zero to a negative integer power');
    return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  }
  let result = 1n;
  for (let square = x, rest = y; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}
