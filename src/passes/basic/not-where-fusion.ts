import { EXACT, newNode, replaceBy, type PatternPass } from '../pass.ts';
import { op, shared } from '../pattern.ts';

/** Where(Not(c), a, b) = Where(c, b, a) */
export const notWhereFusion: PatternPass = {
  name: 'not-where-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Swaps the branches instead of negating the condition. Where(Not(c), a, b) = Where(c, b, a).',
  pattern: op('Where', shared(op('Not', 'c')), 'a', 'b'),
  rewrite: (m) => replaceBy(newNode('Where', [m.edge('c'), m.edge('b'), m.edge('a')], [m.result])),
};
