/**
 * Functions of one element: y = f(x). Each is evaluated in double precision and rounded once, to the type of x; for
 * abs, neg, ceil, floor, round, sign, reciprocal and sqrt that is the exact IEEE result.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { rint } from '../../../src/numeric/index.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';
import { map, type BigMap, type NumberMap } from './elementwise.ts';
import { erf as erfOf } from './erf.ts';

const unary = (op: OpContract, f: NumberMap, big?: BigMap) =>
  implement(op, () => ([x]: [Tensor], ctx) => [map(ctx, x, f, big)]);

export const abs = unary(contracts.abs, Math.abs, (x) => (x < 0n ? -x : x));
export const neg = unary(contracts.neg, (x) => -x, (x) => -x);
export const ceil = unary(contracts.ceil, Math.ceil);
export const floor = unary(contracts.floor, Math.floor);
export const round = unary(contracts.round, rint);
export const sign = unary(contracts.sign, Math.sign, (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n));
export const reciprocal = unary(contracts.reciprocal, (x) => 1 / x);
export const sqrt = unary(contracts.sqrt, Math.sqrt);
export const exp = unary(contracts.exp, Math.exp);
export const log = unary(contracts.log, Math.log);
export const erf = unary(contracts.erf, erfOf, (x) => BigInt(Math.trunc(erfOf(Number(x)))));
export const sin = unary(contracts.sin, Math.sin);
export const cos = unary(contracts.cos, Math.cos);
export const tan = unary(contracts.tan, Math.tan);
export const asin = unary(contracts.asin, Math.asin);
export const acos = unary(contracts.acos, Math.acos);
export const atan = unary(contracts.atan, Math.atan);
export const sinh = unary(contracts.sinh, Math.sinh);
export const cosh = unary(contracts.cosh, Math.cosh);
export const tanh = unary(contracts.tanh, Math.tanh);
export const asinh = unary(contracts.asinh, Math.asinh);
export const acosh = unary(contracts.acosh, Math.acosh);
export const atanh = unary(contracts.atanh, Math.atanh);

const predicate = (op: OpContract, prepare: (attrs: Attrs) => (x: number) => boolean) =>
  implement(op, ({ attrs }) => {
    const holds = prepare(attrs);
    return ([x]: [Tensor], ctx) => {
      const values = unpack(x);
      return [compute(ctx, 0, 'bool', x.dims, (y) => {
        for (let i = 0; i < x.size; i++) y[i] = holds(values[i]) ? 1 : 0;
      })];
    };
  });

export const isNaN = predicate(contracts.isNaN, () => Number.isNaN);
export const isInf = predicate(contracts.isInf, (attrs) => {
  const largest = attrs.int('detect_positive') ? Infinity : NaN;
  const smallest = attrs.int('detect_negative') ? -Infinity : NaN;
  return (x) => x === largest || x === smallest;
});
