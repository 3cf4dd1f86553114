import { newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf, shapeOf } from '../support/constants.ts';
import { normalizesLastAxis } from '../support/norms.ts';

const normalized = (name: string) =>
  op('Reshape', as(`${name}_norm`, op('SimplifiedLayerNormalization|RMSNormalization', op('Reshape', name, `${name}_cut`), `${name}_gamma`)), `${name}_join`);

/**
 * GroupQueryAttention(rows(norm(heads(q))), rows(norm(heads(k))), v) = GroupQueryAttention(q, k, v, q_norm_weight, k_norm_weight)
 *
 * Asked for, since onnxruntime's CPU kernel does not take these inputs (its GPU kernels do): a saved model would not run there.
 */
export const gqaPreNormFusion: PatternPass = {
  name: 'group-query-attention-pre-norm-fusion',
  level: 'extended',
  contract: ulp(64),
  when: ['optimization.enable_gqa_pre_norm', '1'],
  doc: 'Normalizes the heads of queries and keys inside attention. GroupQueryAttention(norm(q), norm(k), v) = GroupQueryAttention(q, k, v, q_norm_weight, k_norm_weight).',
  pattern: op('com.microsoft.GroupQueryAttention', normalized('q'), normalized('k'), 'v', rest('others')),
  rewrite(m) {
    const { root } = m;
    const [qNorm, kNorm] = [m.node('q_norm'), m.node('k_norm')];
    const width = Number(shapeOf(m.edge('q'))?.[2]);
    const size = width / root.int('num_heads', 1);
    if (m.list('others').length > 11) return refuse('it has norms already');
    if (qNorm.float('epsilon', 1e-5) !== kNorm.float('epsilon', 1e-5)) return refuse('queries and keys have different epsilons');
    const perHead = [qNorm, kNorm].every((n) => normalizesLastAxis(n) && constantOf(n.inputs[1])?.dims.join() === String(size) && shapeOf(n.inputs[0])?.[3] === size);
    if (!perHead) return refuse('the norms are not of one head with constant weights');
    const others = [...m.list('others'), ...new Array<undefined>(11 - m.list('others').length)];
    const inputs = [m.edge('q'), m.edge('k'), m.edge('v'), ...others, m.edge('q_gamma'), m.edge('k_gamma')];
    return replaceBy(newNode(root.key, inputs, root.outputs, { ...attributesOf(root), qk_norm_epsilon: qNorm.float('epsilon', 1e-5) }));
  },
};
