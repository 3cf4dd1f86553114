import { EXACT, newNode, replaceBy, sameAs, type PatternPass } from '../pass.ts';
import { as, op, shared } from '../pattern.ts';
import { permOf } from '../support/turning.ts';

/** Transpose(x, [0, 1, ...]) = x */
export const eliminateTranspose: PatternPass = {
  name: 'eliminate-transpose',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Transpose that keeps the order of axes. Transpose(x, [0, 1, ...]) = x.',
  pattern: op('Transpose', 'x'),
  rewrite(m) {
    const perm = permOf(m.root);
    return perm?.every((axis, i) => axis === i) === true ? sameAs(m.result, m.edge('x')) : undefined;
  },
};

/** Transpose(Transpose(x, p), q) = Transpose(x, p[q]) */
export const transposeFusion: PatternPass = {
  name: 'transpose-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Joins two transposes. Transpose(Transpose(x, p), q) = Transpose(x, p[q]).',
  pattern: op('Transpose', shared(as('inner', op('Transpose', 'x')))),
  rewrite(m) {
    const p = permOf(m.node('inner'));
    const q = permOf(m.root);
    if (p === undefined || q === undefined || p.length !== q.length) return undefined;
    const perm = q.map((axis) => p[axis]);
    if (perm.every((axis, i) => axis === i)) return sameAs(m.result, m.edge('x'));
    return replaceBy(newNode('Transpose', [m.edge('x')], [m.result], { perm }));
  },
};
