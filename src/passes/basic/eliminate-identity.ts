import { EXACT, sameAs, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';

/** Identity(x) = x */
export const eliminateIdentity: PatternPass = {
  name: 'eliminate-identity',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Identity. Identity(x) = x.',
  pattern: op('Identity', 'x'),
  rewrite: (m) => sameAs(m.result, m.edge('x')),
};
