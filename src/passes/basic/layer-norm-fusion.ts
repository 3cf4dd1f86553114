import { newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, either, op, scalar } from '../pattern.ts';
import { dtypeOf, readScalar } from '../support/constants.ts';
import { isRowVector, reducesLastAxis } from '../support/norms.ts';

const mean = as('mean', op('ReduceMean', 'x', 'mean_axes?'));
const centered = op('Sub', 'x', mean);
const square = either(op('Pow', centered, scalar(2)), op('Mul', centered, centered));
const deviation = op('Sqrt', op('Add', as('variance', op('ReduceMean', square, 'variance_axes?')), 'epsilon'));

/** d = x - mean(x):  d / sqrt(mean(d^2) + epsilon) * gamma + beta = LayerNormalization(x, gamma, beta) */
const fusion = (name: string, level: 'basic' | 'extended'): PatternPass => ({
  name,
  level,
  contract: ulp(16),
  doc: 'Recognizes layer normalization. (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * gamma + beta = LayerNormalization(x, gamma, beta).',
  pattern: op('Add', op('Mul', op('Div', centered, deviation), 'gamma'), 'beta'),
  rewrite(m) {
    const x = m.edge('x');
    const epsilon = readScalar(m.edge('epsilon'));
    if (m.root.opset < 17 && level === 'basic') return refuse('LayerNormalization is an operator since opset 17');
    if (dtypeOf(x) !== 'float32') return refuse('the value is not float32');
    if (!reducesLastAxis(m.node('mean')) || !reducesLastAxis(m.node('variance'))) return refuse('it normalizes other axes than the last');
    if (epsilon === undefined) return refuse('epsilon is not a constant of one element');
    if (!isRowVector(m.edge('gamma'), x) || !isRowVector(m.edge('beta'), x)) return refuse('gamma or beta is not a constant vector along the last axis');
    return replaceBy(newNode('LayerNormalization', [x, m.edge('gamma'), m.edge('beta')], [m.result], { axis: -1, epsilon }));
  },
});

export const layerNormFusion = fusion('layer-norm-fusion', 'basic');

/** onnxruntime runs the operator in older models too. */
export const layerNormFusionL2 = fusion('layer-norm-fusion-l2', 'extended');
