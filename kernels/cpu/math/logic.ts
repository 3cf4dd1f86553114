/** Logic, comparisons and bit operations of two elements, both broadcast; booleans are 0 and 1. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { dtypeInfo, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows } from '../support/index.ts';
import { isBig, map, zip, zipAny, type BigZip, type NumberZip } from './elementwise.ts';
import { operands } from './operands.ts';

type Comparable = number | bigint | string;

const comparison = (op: OpContract, holds: (a: Comparable, b: Comparable) => boolean) =>
  implement(op, ({ attrs }) => ([left, right]: [Tensor, Tensor], ctx) => {
    const { a, b, dims } = operands(left, right, attrs);
    const out = ctx.output(0, 'bool', dims);
    const [x, y] = [a, b].map((t) => (Array.isArray(t.data) || isBig(t.data) ? t.data : unpack(t)) as ArrayLike<Comparable>);
    zipAny(out.data as Uint8Array, x, y, broadcastRows(dims, a.dims, b.dims), (p, q) => (holds(p, q) ? 1 : 0));
    return [out];
  });

export const equal = comparison(contracts.equal, (a, b) => a === b);
export const greater = comparison(contracts.greater, (a, b) => a > b);
export const greaterOrEqual = comparison(contracts.greaterOrEqual, (a, b) => a >= b);
export const less = comparison(contracts.less, (a, b) => a < b);
export const lessOrEqual = comparison(contracts.lessOrEqual, (a, b) => a <= b);

const bitwise = (op: OpContract, f: NumberZip, big?: BigZip) =>
  implement(op, ({ attrs }) => ([left, right]: [Tensor, Tensor], ctx) => {
    const { a, b, dims } = operands(left, right, attrs);
    return [zip(ctx, a.type, dims, a, b, f, big)];
  });

export const and = bitwise(contracts.andOp, (a, b) => a & b);
export const or = bitwise(contracts.orOp, (a, b) => a | b);
export const xor = bitwise(contracts.xorOp, (a, b) => a ^ b);
export const not = implement(contracts.notOp, () => ([x]: [Tensor], ctx) => [map(ctx, x, (v) => 1 - v)]);

export const bitwiseAnd = bitwise(contracts.bitwiseAnd, (a, b) => a & b, (a, b) => a & b);
export const bitwiseOr = bitwise(contracts.bitwiseOr, (a, b) => a | b, (a, b) => a | b);
export const bitwiseXor = bitwise(contracts.bitwiseXor, (a, b) => a ^ b, (a, b) => a ^ b);
export const bitwiseNot = implement(contracts.bitwiseNot, () => ([x]: [Tensor], ctx) => [map(ctx, x, (v) => ~v, (v) => ~v)]);

/**
 * z = x * 2^y or floor(x / 2^y), in the width of x. A count outside [0, width) shifts every bit out: 0 is left, or -1
 * of a negative x shifted right. JavaScript's own shifts take the count modulo 32.
 */
export const bitShift = implement(contracts.bitShift, ({ attrs }) => {
  const direction = attrs.string('direction');
  if (direction !== 'LEFT' && direction !== 'RIGHT') {
    fail('E_ATTRIBUTE', 'unknown direction', {
      arg: { kind: 'attribute', name: 'direction' }, expected: 'LEFT or RIGHT', found: direction,
    });
  }
  return ([x, y]: [Tensor, Tensor], ctx) => {
    const { bits } = dtypeInfo(x.type);
    const { dims } = operands(x, y, attrs);
    const emptied = <T extends number | bigint>(v: T, zero: T, ones: T) => (direction === 'RIGHT' && v < 0 ? ones : zero);
    return [zip(ctx, x.type, dims, x, y,
      (v, count) => (count < 0 || count >= bits ? emptied(v, 0, -1)
        : direction === 'LEFT' ? v << count : v < 0 ? v >> count : v >>> count),
      (v, count) => (count < 0n || count >= 64n ? emptied(v, 0n, -1n) : direction === 'LEFT' ? v << count : v >> count),
    )];
  };
});
