import { EXACT, newNode, refuse, replaceBy, sameAs, type PatternPass } from '../pass.ts';
import { as, op, shared } from '../pattern.ts';
import { dtypeInfo, type DType } from '../../tensor/index.ts';
import { attributesOf } from '../support/attributes.ts';
import { dtypeOf } from '../support/constants.ts';

/** Cast(x: T, to T) = x */
export const castElimination: PatternPass = {
  name: 'cast-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Cast to the type a value has. Cast(x: T, to T) = x.',
  pattern: [op('Cast', 'x'), op('CastLike', 'x', 'like')],
  rewrite(m) {
    const type = dtypeOf(m.edge('x'));
    return type !== undefined && type === dtypeOf(m.result) ? sameAs(m.result, m.edge('x')) : undefined;
  },
};

/** Cast(Cast(x: A, to B), to C) = Cast(x, to C) when B holds every value of A */
export const castChainElimination: PatternPass = {
  name: 'cast-chain-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Joins two casts when the first loses nothing. Cast(Cast(x: A, to B), to C) = Cast(x, to C).',
  pattern: as('second', op('Cast', shared(as('first', op('Cast', 'x'))))),
  rewrite(m) {
    const a = dtypeOf(m.edge('x'));
    const b = dtypeOf(m.node('first').outputs[0]);
    if (a === undefined || b === undefined) return undefined;
    if (!holdsAll(b, a)) return refuse(`${b} does not hold every ${a} value`);
    if (dtypeOf(m.result) === a) return sameAs(m.result, m.edge('x'));
    return replaceBy(newNode('Cast', [m.edge('x')], [m.result], attributesOf(m.node('second'))));
  },
};

/** Bits of magnitude an integer type has, or of significand a float type has; and the exponent range of floats. */
const FLOATS: Partial<Record<DType, readonly [significand: number, exponent: number]>> = {
  float16: [11, 15], bfloat16: [8, 127], float32: [24, 127], float64: [53, 1023],
};

function holdsAll(wide: DType, narrow: DType): boolean {
  const w = dtypeInfo(wide);
  const n = dtypeInfo(narrow);
  const integer = n.class === 'int' || n.class === 'uint';
  if (wide === narrow) return true;
  if (integer && (w.class === 'int' || w.class === 'uint')) {
    return n.class === w.class ? w.bits >= n.bits : w.class === 'int' && w.bits > n.bits;
  }
  const to = FLOATS[wide];
  const from = FLOATS[narrow];
  if (to === undefined) return false;
  if (integer) return to[0] >= (n.class === 'int' ? n.bits - 1 : n.bits) && to[1] >= n.bits;
  return from !== undefined && to[0] >= from[0] && to[1] >= from[1];
}
