import { CHANGES, refuse, sameAs, type PatternPass } from '../pass.ts';
import { as, op, shared } from '../pattern.ts';
import { QDQ_DISABLED } from '../settings.ts';
import { dtypeOf } from '../support/constants.ts';
import { DEQUANTIZE, QUANTIZE, sameParameters } from '../support/quantization.ts';

/** dequantize(quantize(x, s, z), s, z) ~ x: off by half a step, and by what saturation cuts */
export const qdqFinalCleanup: PatternPass = {
  name: 'qdq-final-cleanup-transformer',
  level: 'extended',
  contract: CHANGES,
  when: ['session.enable_quant_qdq_cleanup', '1'],
  unless: [QDQ_DISABLED],
  doc: 'Removes quantizers that no fusion took: the float between them is not rounded any more. dequantize(quantize(x)) ~ x.',
  pattern: as('dequantize', op(DEQUANTIZE, shared(as('quantize', op(QUANTIZE, 'x', 's', 'z?'))), 't', 'u?')),
  rewrite(m) {
    if (!sameParameters(m.node('quantize'), m.root)) return refuse('the parameters differ');
    if (dtypeOf(m.edge('x')) !== dtypeOf(m.result)) return refuse('the value comes back as another type');
    return sameAs(m.result, m.edge('x'));
  },
};
