import { newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { GELU_ERF } from '../support/gelu.ts';

/** x/2 (1 + erf(x / sqrt(2))) = Gelu(x), an operator since opset 20 */
export const geluFusionL1: PatternPass = {
  name: 'gelu-fusion-l1',
  level: 'basic',
  contract: ulp(2),
  doc: 'Recognizes Gelu where opset 20 has it. x/2 (1 + erf(x / sqrt(2))) = Gelu(x).',
  pattern: GELU_ERF,
  rewrite: (m) => (m.root.opset < 20 ? refuse('Gelu is an operator since opset 20') : replaceBy(newNode('Gelu', [m.edge('x')], [m.result]))),
};
