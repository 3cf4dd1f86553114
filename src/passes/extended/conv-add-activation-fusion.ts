import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { dtypeOf, sameShape, shapeOf } from '../support/constants.ts';

const sum = op('Add', as('conv', op('Conv', 'x', 'w', 'b?')), 'z');

/** f(Conv(x, w, b) + z) = FusedConv(x, w, b, z, activation f): the sum of a residual block; f may be missing */
export const convAddActivationFusion: PatternPass = {
  name: 'conv-add-activation-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Adds the residual, and applies the activation, where convolution ends. relu(conv(x) + z) = FusedConv(x, z, Relu).',
  pattern: [op('Relu', sum), sum],
  rewrite(m) {
    const conv = m.node('conv');
    if (dtypeOf(m.result) !== 'float32') return refuse('it is not computed in float32');
    if (!sameShape(shapeOf(m.edge('z')), shapeOf(conv.outputs[0]))) return refuse('the addend is of another shape than the result');
    const activation = m.root.opType === 'Relu' ? { activation: 'Relu' } : {};
    return replaceBy(newNode('com.microsoft.FusedConv', [m.edge('x'), m.edge('w'), m.optional('b'), m.edge('z')], [m.result], { ...attributesOf(conv), ...activation }));
  },
};
