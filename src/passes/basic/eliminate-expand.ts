import { EXACT, sameAs, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { constantInts, sameShape, shapeOf, staticShape } from '../support/constants.ts';

/** Expand(x, shape) = x when the result has x's shape; Tile(x, 1, 1, ...) = x */
export const expandElimination: PatternPass = {
  name: 'expand-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Expand and Tile that repeat nothing. Expand(x, shape(x)) = x; Tile(x, [1, ...]) = x.',
  pattern: [op('Expand', 'x', 'shape'), op('Tile', 'x', 'repeats')],
  rewrite(m) {
    const counts = constantInts(m.root.inputs[1]);
    const rank = shapeOf(m.edge('x'))?.length ?? -1;
    const once = counts?.every((n) => n === 1) === true && (m.root.opType === 'Tile' || counts.length <= rank);
    return once || sameShape(staticShape(m.edge('x')), staticShape(m.result)) ? sameAs(m.result, m.edge('x')) : undefined;
  },
};
