import { OPS } from '../../ops/index.ts';
import { EXACT, newNode, replaceBy, sameAs, type PatternPass } from '../pass.ts';
import { as, op, rest, shared } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantInts, sameElements, shapeOf } from '../support/constants.ts';

/** Operators whose contracts say: the same elements in the same order, under other dimensions. */
const VIEWS = [...OPS].filter(([, op]) => op.view).map(([key]) => key).join('|');

/** view(x) = x when the shapes are equal, and so is view(view(x)) */
export const viewElimination: PatternPass = {
  name: 'view-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Reshape, Squeeze, Unsqueeze, Flatten, alone or in pairs, that lead back to the same shape. view(x) = x.',
  pattern: [
    op(VIEWS, 'x', rest('shape')),
    op(VIEWS, shared(op(VIEWS, 'x', rest('inner'))), rest('outer')),
  ],
  rewrite: (m) => (sameElements(shapeOf(m.edge('x')), shapeOf(m.result)) ? sameAs(m.result, m.edge('x')) : undefined),
};

/** Reshape(view(x), shape) = Reshape(x, shape) when shape copies no dimension */
export const reshapeChainElimination: PatternPass = {
  name: 'reshape-chain-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Reshapes from the first of several views. Reshape(view(x), shape) = Reshape(x, shape).',
  pattern: as('outer', op('Reshape', shared(op(VIEWS, 'x', rest('inner'))), 'shape')),
  rewrite(m) {
    const shape = constantInts(m.edge('shape'));
    if (shape === undefined || shape.includes(0)) return undefined;
    return replaceBy(newNode('Reshape', [m.edge('x'), m.edge('shape')], [m.result], attributesOf(m.root)));
  },
};
