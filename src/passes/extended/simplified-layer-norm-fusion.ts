import { newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, either, op, scalar } from '../pattern.ts';
import { dtypeOf, readScalar } from '../support/constants.ts';
import { isRowVector, reducesLastAxis } from '../support/norms.ts';

const square = either(op('Pow', 'x', scalar(2)), op('Mul', 'x', 'x'));
const root = op('Sqrt', op('Add', as('mean', op('ReduceMean', square, 'axes?')), 'epsilon'));
const normalized = either(op('Div', 'x', root), op('Mul', 'x', op('Div', scalar(1), root)), op('Mul', 'x', op('Reciprocal', root)));

/** x / sqrt(mean(x^2) + epsilon) * gamma = SimplifiedLayerNormalization(x, gamma) */
export const simplifiedLayerNormFusion: PatternPass = {
  name: 'simplified-layer-norm-fusion',
  level: 'extended',
  contract: ulp(16),
  doc: 'Recognizes RMS normalization. x / sqrt(mean(x^2) + epsilon) * gamma = SimplifiedLayerNormalization(x, gamma).',
  pattern: op('Mul', normalized, 'gamma'),
  rewrite(m) {
    const x = m.edge('x');
    const epsilon = readScalar(m.edge('epsilon'));
    if (dtypeOf(x) !== 'float32') return refuse('the value is not float32');
    if (!reducesLastAxis(m.node('mean'))) return refuse('it normalizes other axes than the last');
    if (epsilon === undefined) return refuse('epsilon is not a constant of one element');
    if (!isRowVector(m.edge('gamma'), x)) return refuse('gamma is not a constant vector along the last axis');
    return replaceBy(newNode('SimplifiedLayerNormalization', [x, m.edge('gamma')], [m.result], { axis: -1, epsilon }));
  },
};
