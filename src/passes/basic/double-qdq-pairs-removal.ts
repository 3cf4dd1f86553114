import { EXACT, refuse, sameAs, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { dtypeOf } from '../support/constants.ts';
import { dq, isReversible, QUANTIZE, sameParameters } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

/** QuantizeLinear(DequantizeLinear(x, s, z), s, z) = x */
export const doubleQDQPairsRemoval: PatternPass = {
  name: 'double-qdq-pairs-remover',
  level: 'basic',
  contract: EXACT,
  unless: [QDQ_DISABLED, ['session.disable_double_qdq_remover', '1']],
  doc: 'Removes a dequantize and quantize that undo each other. quantize(dequantize(x, s, z), s, z) = x.',
  pattern: op(QUANTIZE, dq('x'), 'scale', 'zero?'),
  rewrite(m) {
    const node = m.node('dq_x');
    if (dtypeOf(m.edge('x')) !== dtypeOf(m.result) || !sameParameters(m.root, node)) return refuse('the parameters differ: the value is quantized anew');
    if (!isReversible(node, m.edge('x')) || !isReversible(m.root, m.result)) return refuse('the pair may change values');
    return sameAs(m.result, m.edge('x'));
  },
};
