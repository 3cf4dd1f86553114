import { EXACT, newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, op, shared } from '../pattern.ts';
import { constantOf, dtypeOf, rankOf, sameShape, shapeOf } from '../support/constants.ts';
import { isRowVector, normalizesLastAxis } from '../support/norms.ts';
import { outputUsed } from '../support/nodes.ts';

const FUSED: Readonly<Record<string, string>> = {
  LayerNormalization: 'com.microsoft.SkipLayerNormalization',
  SimplifiedLayerNormalization: 'com.microsoft.SkipSimplifiedLayerNormalization',
  RMSNormalization: 'com.microsoft.SkipSimplifiedLayerNormalization',
};

const sum = shared(as('sum', op('Add', 'input', 'skip')));

/** norm(input + skip) = SkipNorm(input, skip), whose fourth output is the sum, for whoever else reads it */
export const skipLayerNormFusion: PatternPass = {
  name: 'skip-layer-norm-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Adds the residual inside the normalization. LayerNormalization(a + b) = SkipLayerNormalization(a, b); RMS likewise.',
  pattern: [op('LayerNormalization', sum, 'gamma', 'beta?'), op('SimplifiedLayerNormalization|RMSNormalization', sum, 'gamma')],
  rewrite(m) {
    const { root } = m;
    const total = m.node('sum').outputs[0]!;
    const [input, skip, gamma, beta] = [m.edge('input'), m.edge('skip'), m.edge('gamma'), m.optional('beta')];
    const rank = rankOf(total);
    if (dtypeOf(total) !== 'float32') return refuse('a rounded sum would be normalized unrounded');
    if (!normalizesLastAxis(root)) return refuse('it normalizes other axes than the last');
    if (rank !== 2 && rank !== 3) return refuse('the rank is neither 2 nor 3');
    if (!sameShape(shapeOf(input), shapeOf(skip))) return refuse('the addends are of different shapes');
    if (!isRowVector(gamma, total) || (beta !== undefined && !isRowVector(beta, total))) return refuse('gamma or beta is not a constant vector along the last axis');
    if (root.outputs.some((_, i) => i > 0 && outputUsed(root, i))) return refuse('mean or deviation is used');
    const usedElsewhere = total.isOutput || [...total.users].some((u) => u !== root);
    const inputs = root.opType === 'LayerNormalization' ? [input, skip, gamma, beta] : [input, skip, gamma];
    const outputs = [m.result, undefined, undefined, usedElsewhere ? total : undefined];
    return replaceBy(newNode(FUSED[root.opType], inputs, outputs, { epsilon: root.float('epsilon', 1e-5) }));
  },
};

/** SkipNorm(x + bias, skip) = SkipNorm(x, skip, bias) */
export const biasSkipLayerNormFusion: PatternPass = {
  name: 'bias-skip-layer-norm-fusion',
  level: 'extended',
  contract: ulp(16),
  doc: 'Adds the bias of the layer before inside the normalization. SkipLayerNormalization(x + bias, skip) = SkipLayerNormalization(x, skip, bias).',
  pattern: [0, 1].flatMap((side) => {
    const biased = op('Add', 'x', 'bias');
    const [a, b] = side === 0 ? [biased, 'skip'] : ['skip', biased];
    return [
      op('com.microsoft.SkipLayerNormalization', a, b, 'gamma', 'beta?'),
      op('com.microsoft.SkipSimplifiedLayerNormalization', a, b, 'gamma'),
    ];
  }),
  rewrite(m) {
    const { root } = m;
    const [x, skip, gamma] = [m.edge('x'), m.edge('skip'), m.edge('gamma')];
    const [values, bias] = constantOf(x) === undefined ? [x, m.edge('bias')] : [m.edge('bias'), x];
    if (!isRowVector(bias, values)) return refuse('the bias is not a constant vector along the last axis');
    if (!sameShape(shapeOf(values), shapeOf(skip))) return refuse('the addends are of different shapes');
    const centered = root.opType === 'SkipLayerNormalization';
    const inputs = centered ? [values, skip, gamma, m.optional('beta'), bias] : [values, skip, gamma, bias];
    return replaceBy(newNode(root.key, inputs, root.outputs, Object.fromEntries(root.attributes)));
  },
};
