import { newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, op, scalar } from '../pattern.ts';
import { dtypeInfo } from '../../tensor/index.ts';
import { dtypeOf, sameShape, shapeOf } from '../support/constants.ts';

/** (1 / x) * y = y / x */
export const divMulFusion: PatternPass = {
  name: 'div-mul-fusion',
  level: 'basic',
  contract: ulp(1),
  doc: 'Divides once instead of inverting and multiplying. (1 / x) * y = y / x, with one rounding instead of two.',
  pattern: op('Mul', as('inverse', op('Div', scalar(1), 'x')), 'y'),
  rewrite(m) {
    const type = dtypeOf(m.edge('x'));
    if (type === undefined || dtypeInfo(type).class !== 'float') return refuse('integers do not divide like that');
    const inverse = m.node('inverse').outputs[0];
    if (!sameShape(shapeOf(inverse), shapeOf(m.edge('x')))) return refuse('the one is broadcast');
    return replaceBy(newNode('Div', [m.edge('y'), m.edge('x')], [m.result]));
  },
};
