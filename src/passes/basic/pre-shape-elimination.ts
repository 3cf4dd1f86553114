import { EXACT, newNode, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { shapeSource } from '../support/dims.ts';

/** Shape(f(x)) = Shape(x), for f that keep shapes: then f is read by fewer, and a pattern it is part of can take it */
export const preShapeElimination: PatternPass = {
  name: 'pre-shape-node-elimination',
  level: 'basic',
  contract: EXACT,
  doc: 'Reads a shape before what keeps it. shape(f(x)) = shape(x) for Cast, activations, quantizers.',
  pattern: op('Shape', 'x'),
  rewrite(m) {
    const x = shapeSource(m.edge('x'));
    return x === m.edge('x') ? undefined : replaceBy(newNode('Shape', [x], [m.result], attributesOf(m.root)));
  },
};
