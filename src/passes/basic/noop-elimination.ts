import type { Edge } from '../../graph/index.ts';
import { dtypeInfo } from '../../tensor/index.ts';
import { EXACT, refuse, sameAs, ulp, type PatternPass } from '../pass.ts';
import { op, type Match } from '../pattern.ts';
import { constantOf, dtypeOf, numbersOf, shapeOf } from '../support/constants.ts';

const NEUTRAL: Readonly<Record<string, number>> = { Mul: 1, Div: 1, Add: 0, Sub: 0 };

/** x * 1 = x / 1 = x - 0 = x;  x + 0 = x for integers;  x + -0 = x for floats */
export const noopElimination: PatternPass = {
  name: 'noop-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes arithmetic with the neutral element. x * 1 = x / 1 = x - 0 = x.',
  pattern: op('Mul|Div|Add|Sub', 'a', 'b'),
  rewrite(m) {
    const x = neutralOperand(m);
    if (x === undefined) return undefined;
    if (flipsZero(m.root.opType, x.constant)) return refuse('adding it turns -0 into +0');
    return sameAs(m.result, x.value);
  },
};

/** x + 0 = x as numbers: for floats, x = -0 gives +0 */
export const addZeroElimination: PatternPass = {
  name: 'add-zero-elimination',
  level: 'basic',
  contract: ulp(0),
  doc: 'Removes the addition of zero to floats. x + 0 = x, but for the sign of a zero.',
  pattern: op('Add|Sub', 'a', 'b'),
  rewrite(m) {
    const x = neutralOperand(m);
    return x !== undefined && flipsZero(m.root.opType, x.constant) ? sameAs(m.result, x.value) : undefined;
  },
};

// The operand that the other one leaves as it is, when broadcasting does not change its shape.
function neutralOperand(m: Match): { value: Edge; constant: Edge } | undefined {
  const { opType } = m.root;
  const orders = opType === 'Mul' || opType === 'Add' ? [['a', 'b'], ['b', 'a']] : [['a', 'b']];
  for (const [value, constant] of orders) {
    const [x, c] = [m.edge(value), m.edge(constant)];
    if (uniform(c) !== NEUTRAL[opType]) continue;
    if (leavesShape(c, x) && x !== c) return { value: x, constant: c };
  }
  return undefined;
}

/** Masks that hide nothing are larger than one element; more than this is no mask. */
const LARGEST = 2 ** 20;

// The value of a constant all of whose elements are the same, signs of zeros included.
function uniform(edge: Edge): number | undefined {
  const tensor = constantOf(edge);
  if (tensor === undefined || tensor.size === 0 || tensor.size > LARGEST) return undefined;
  const values = numbersOf(tensor);
  if (values === undefined) return undefined;
  for (let i = 1; i < values.length; i++) if (!Object.is(values[i], values[0])) return undefined;
  return values[0];
}

// Broadcasting with one element of no higher rank, or with dimensions that x has, leaves the shape of x as it is.
function leavesShape(constant: Edge, x: Edge): boolean {
  const [dims, shape] = [constantOf(constant)!.dims, shapeOf(x)];
  const offset = (shape?.length ?? -1) - dims.length;
  return offset >= 0 && dims.every((d, i) => d === 1 || d === shape![i + offset]);
}

function flipsZero(opType: string, constant: Edge): boolean {
  const isFloat = dtypeInfo(dtypeOf(constant) ?? 'float32').class === 'float';
  const zero = uniform(constant);
  if (!isFloat || constantOf(constant) === undefined) return false;
  return (opType === 'Add' && Object.is(zero, 0)) || (opType === 'Sub' && Object.is(zero, -0));
}
