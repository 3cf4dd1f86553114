import { pack } from '../../tensor/index.ts';
import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { QDQ_DISABLED } from '../settings.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf, dtypeOf, readScalar } from '../support/constants.ts';
import { DEQUANTIZE, isReversible, QUANTIZE, sameParameters } from '../support/quantization.ts';

/** dequantize(quantize(x, s, z: int8)) = dequantize(quantize(x, s, z + 128: uint8)): both ends move alike, so differences stay */
export const qdqS8ToU8: PatternPass = {
  name: 'qdq-s8-to-u8-transformer',
  level: 'basic',
  contract: EXACT,
  when: ['session.qdqisint8allowed', '0'],
  unless: [QDQ_DISABLED],
  doc: 'Quantizes activations to uint8 where the model says int8: some kernels have only that. dequantize(quantize(x, z)) = dequantize(quantize(x, z + 128)).',
  pattern: as('dequantize', op(DEQUANTIZE, as('quantize', op(QUANTIZE, 'x', 's', 'z?')), 't', 'u?')),
  rewrite(m) {
    const [quantize, dequantize] = [m.node('quantize'), m.root];
    const codes = quantize.outputs[0]!;
    if (dtypeOf(codes) !== 'int8') return undefined;
    if (constantOf(m.edge('x')) !== undefined) return undefined;
    if (!sameParameters(quantize, dequantize) || !isReversible(dequantize, codes)) return refuse('the parameters differ, or are not constant');
    if (constantOf(m.edge('s'))?.size !== 1) return refuse('the value is not quantized per tensor');
    const zero = m.optional('z') === undefined ? 0 : readScalar(m.optional('z'));
    if (zero === undefined) return refuse('the zero point is not constant');
    const [moved, integers] = [newConstant('zero_point', pack('uint8', [zero + 128], [])), fresh('quantized')];
    return replaceBy(
      newNode(quantize.key, [m.edge('x'), m.edge('s'), moved], [integers], attributesOf(quantize)),
      newNode(dequantize.key, [integers, m.edge('t'), moved], [m.result], attributesOf(dequantize)),
    );
  },
};
