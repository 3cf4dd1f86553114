import { int64 } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { constantOf, shapeOf } from '../support/constants.ts';

/**
 * Reshape(x, Concat(Shape(x)[0], Shape(x)[1], 4, 16)) = Reshape(x, [0, 0, 4, 16])
 *
 * Inference has followed the shape arithmetic: where an entry is x's own dimension in that place, 0 copies it; one entry
 * it cannot tell may be -1, if the others are positive numbers (with a copied 0 among them, -1 would be ambiguous).
 */
export const reshapeFusion: PatternPass = {
  name: 'reshape-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Replaces computed shapes by constants. Reshape(x, Concat(Shape(x)[0], n)) = Reshape(x, [0, n]).',
  pattern: op('Reshape', 'x', 'shape'),
  rewrite(m) {
    const { root } = m;
    const wanted = m.edge('shape').shapeValue;
    const dims = shapeOf(m.edge('x'));
    if (wanted === undefined || constantOf(m.edge('shape')) !== undefined || m.edge('shape').producer === undefined) return undefined;
    if (root.int('allowzero', 0) !== 0) return refuse('allowzero is set');
    const entries = wanted.map((d, i) => (typeof d === 'number' ? d : d !== undefined && d === dims?.[i] ? 0 : -1));
    if (wanted.includes(0)) return refuse('a dimension is zero');
    const open = entries.filter((d) => d === -1).length;
    if (open > 1) return refuse('more than one dimension is unknown');
    if (open === 1 && entries.includes(0)) return refuse('an unknown dimension stands beside a copied one');
    return replaceBy(newNode('Reshape', [m.edge('x'), newConstant('shape', int64(entries))], [m.result]));
  },
};
