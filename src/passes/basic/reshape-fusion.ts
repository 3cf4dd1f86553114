import { int64 } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { constantOf, shapeOf } from '../support/constants.ts';
import { isDim, shapeEntries } from '../support/dims.ts';

/**
 * Reshape(x, Concat(Shape(x)[0], Shape(x)[1], 4, 16)) = Reshape(x, [0, 0, 4, 16])
 *
 * Inference has followed the shape arithmetic: where an entry is x's own dimension in that place, 0 copies it; one entry
 * it cannot tell may be -1, if the others are positive numbers. With a copied 0 among them -1 would be ambiguous for empty
 * tensors, unless the model itself says -1.
 */
export const reshapeFusion: PatternPass = {
  name: 'reshape-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Replaces computed shapes by constants. Reshape(x, Concat(Shape(x)[0], n)) = Reshape(x, [0, n]).',
  pattern: op('Reshape', 'x', 'shape'),
  rewrite(m) {
    const { root } = m;
    const [x, shape] = [m.edge('x'), m.edge('shape')];
    const wanted = shape.shapeValue;
    const dims = shapeOf(x);
    if (wanted === undefined || constantOf(shape) !== undefined || shape.producer === undefined) return undefined;
    if (root.int('allowzero', 0) !== 0) return refuse('allowzero is set');
    const sources = shapeEntries(shape);
    const copied = (i: number): boolean => (wanted[i] !== undefined && wanted[i] === dims?.[i]) || (sources !== undefined && isDim(sources[i], x, i));
    const entries = wanted.map((d, i) => (typeof d === 'number' ? d : copied(i) ? 0 : -1));
    const open = entries.filter((d) => d === -1).length;
    if (open > 1) return refuse('more than one dimension is unknown');
    if (open === 1 && entries.includes(0) && !wanted.includes(-1)) return refuse('an unknown dimension stands beside a copied one');
    return replaceBy(newNode('Reshape', [x, newConstant('shape', int64(entries))], [m.result]));
  },
};
