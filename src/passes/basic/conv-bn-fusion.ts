import { refuse, ulp, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { convWeights, scaledConv } from '../support/channels.ts';
import { constantOf } from '../support/constants.ts';
import { outputUsed } from '../support/nodes.ts';

/**
 * BatchNormalization(Conv(x, w, b)) = Conv(x, k w, k (b - mean) + beta),  k = gamma / sqrt(var + epsilon)
 *
 * k is computed in float64 and the new weights are rounded once.
 */
export const convBNFusion: PatternPass = {
  name: 'conv-bn-fusion',
  level: 'basic',
  contract: ulp(64),
  doc: 'Folds BatchNormalization into the Conv before it. k (conv(x) - mean) + beta, k = gamma / sqrt(var + epsilon).',
  pattern: op('BatchNormalization', as('conv', op('Conv', 'x', 'w', 'b?')), 'gamma', 'beta', 'mean', 'var'),
  rewrite(m) {
    const conv = m.node('conv');
    const { root } = m;
    const weights = convWeights(conv);
    if ('kind' in weights) return weights;
    if (root.int('training_mode', 0) !== 0 || root.outputs.some((_, i) => i > 0 && outputUsed(root, i))) return refuse('it runs in training mode');
    if (root.opset < 9 && root.int('spatial', 1) === 0) return refuse('it normalizes each position by itself');
    const parameters = ['gamma', 'beta', 'mean', 'var'].map((name) => constantOf(m.edge(name)));
    if (parameters.some((p) => p?.type !== 'float32' || p.size !== weights.channels)) {
      return refuse('its parameters are not float32 constants of one element a channel');
    }
    const [gamma, beta, mean, variance] = parameters.map((p) => p!.data as Float32Array);
    const epsilon = root.float('epsilon', 1e-5);
    const k = (c: number) => gamma[c] / Math.sqrt(variance[c] + epsilon);
    return scaledConv(conv, m.result, weights, k, (c) => beta[c] - mean[c] * k(c));
  },
};
