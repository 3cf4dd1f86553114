/**
 * Functions of two elements: c = f(a, b), both broadcast. Sums and products of 32-bit integers wrap: the sum of two is
 * exact in a double and stored modulo 2^32, the product is formed by Math.imul.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { isFloat, zip, type BigZip, type NumberZip } from './elementwise.ts';
import { operands } from './operands.ts';

/** One operator: on floats, on integers of up to 32 bits, on 64-bit integers. */
interface Binary {
  readonly float: NumberZip;
  readonly int: NumberZip;
  readonly big: BigZip;
}

const binary = (op: OpContract, f: Binary) =>
  implement(op, ({ attrs }) => ([left, right]: [Tensor, Tensor], ctx) => {
    const { a, b, dims } = operands(left, right, attrs);
    return [zip(ctx, a.type, dims, a, b, isFloat(a.type) ? f.float : f.int, f.big)];
  });

const divisor = <T extends number | bigint>(b: T): T => (b == 0 ? fail('E_VALUE', 'integer division by zero') : b);

export const add = binary(contracts.add, { float: (a, b) => a + b, int: (a, b) => a + b, big: (a, b) => a + b });
export const sub = binary(contracts.sub, { float: (a, b) => a - b, int: (a, b) => a - b, big: (a, b) => a - b });
export const mul = binary(contracts.mul, { float: (a, b) => a * b, int: Math.imul, big: (a, b) => a * b });
export const div = binary(contracts.div, {
  float: (a, b) => a / b,
  int: (a, b) => Math.trunc(a / divisor(b)), // exact: a double quotient of 32-bit integers never rounds up to the next one
  big: (a, b) => a / divisor(b),
});

/** a - b * floor(a / b): the sign of b. A float zero takes the sign of b as well. */
const FLOOR_MOD: Binary = {
  float: (a, b) => {
    const rest = a % b; // exact
    if (rest === 0) return b < 0 ? -0 : 0;
    return rest < 0 === b < 0 ? rest : rest + b;
  },
  int: (a, b) => {
    const rest = a % divisor(b);
    return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
  },
  big: (a, b) => {
    const rest = a % divisor(b);
    return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
  },
};

/** a - b * trunc(a / b): the sign of a, C's fmod. */
const TRUNC_MOD: Binary = {
  float: (a, b) => a % b,
  int: (a, b) => a % divisor(b),
  big: (a, b) => a % divisor(b),
};

export const mod = implement(contracts.mod, ({ attrs, version }) => {
  const f = attrs.int('fmod') ? TRUNC_MOD : FLOOR_MOD;
  return ([a, b]: [Tensor, Tensor], ctx) => {
    if (isFloat(a.type) && f === FLOOR_MOD && version.since < 28) {
      fail('E_ATTRIBUTE', 'floats need fmod=1 before opset 28', {
        arg: { kind: 'attribute', name: 'fmod' }, expected: '1', found: '0',
      });
    }
    const { dims } = operands(a, b, attrs);
    return [zip(ctx, a.type, dims, a, b, isFloat(a.type) ? f.float : f.int, f.big)];
  };
});
