import { refuse, ulp, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { convRank, convWeights, perChannel, scaledConv } from '../support/channels.ts';

/** Mul(Conv(x, w, b), k) = Conv(x, k w, k b),  k one number a channel */
export const convMulFusion: PatternPass = {
  name: 'conv-mul-fusion',
  level: 'basic',
  contract: ulp(64),
  doc: 'Folds the multiplication by one constant a channel into the Conv before it. k conv(x, w, b) = conv(x, k w, k b).',
  pattern: op('Mul', as('conv', op('Conv', 'x', 'w', 'b?')), 'k'),
  rewrite(m) {
    const conv = m.node('conv');
    const weights = convWeights(conv);
    if ('kind' in weights) return weights;
    const k = perChannel(m.edge('k'), weights.channels, convRank(conv));
    if (k === undefined) return refuse('the factor is not a float32 constant of one element a channel');
    return scaledConv(conv, m.result, weights, (c) => k[c], () => 0);
  },
};

/** Add(Conv(x, w, b), d) = Conv(x, w, b + d),  d one number a channel */
export const convAddFusion: PatternPass = {
  name: 'conv-add-fusion',
  level: 'basic',
  contract: ulp(64),
  doc: 'Folds the addition of one constant a channel into the bias of the Conv before it. conv(x, w, b) + d = conv(x, w, b + d).',
  pattern: op('Add', as('conv', op('Conv', 'x', 'w', 'b?')), 'd'),
  rewrite(m) {
    const conv = m.node('conv');
    const weights = convWeights(conv);
    if ('kind' in weights) return weights;
    const d = perChannel(m.edge('d'), weights.channels, convRank(conv));
    if (d === undefined) return refuse('the addend is not a float32 constant of one element a channel');
    return scaledConv(conv, m.result, weights, () => 1, (c) => d[c]);
  },
};
