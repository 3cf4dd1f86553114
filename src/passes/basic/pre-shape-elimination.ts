import { EXACT, newNode, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, rest, shared } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { KEEP_SHAPE } from '../support/movement.ts';

/** Shape(f(x)) = Shape(x), for f that keep shapes: then f is read by fewer, and a pattern it is part of can take it */
export const preShapeElimination: PatternPass = {
  name: 'pre-shape-node-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Reads a shape before what keeps it. shape(f(x)) = shape(x) for Cast, activations, quantizers.',
  pattern: as('shape', op('Shape', shared(op([...KEEP_SHAPE].join('|'), 'x', rest('parameters'))))),
  rewrite: (m) => replaceBy(newNode('Shape', [m.edge('x')], [m.result], attributesOf(m.root))),
};
