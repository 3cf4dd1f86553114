import { LSB, newNode, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { bias, integerBias, unitsOf } from '../support/bias.ts';
import { rankOf, readScalar } from '../support/constants.ts';
import { dequantized, dq, isRefusal, pairingRefusal, q, quantizedResult } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

/**
 * quantize(Conv(dequantize(x), dequantize(w), b)) = QLinearConv(x, w, b)
 *
 * Sums are exact integers, multiplied once by x_scale * w_scale / y_scale; the bias joins them as int32.
 */
export const qdqConv: PatternPass = {
  name: 'qdq-conv',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Convolves integers. quantize(conv(dequantize(x), dequantize(w), b)) = QLinearConv(x, w, b).',
  pattern: q(as('conv', op('Conv', dq('x'), dq('w'), bias))),
  rewrite(m) {
    const x = dequantized(m, 'x');
    if (isRefusal(x)) return x;
    const w = dequantized(m, 'w', { axis: 0, rank: rankOf(m.edge('w')) ?? 0 });
    if (isRefusal(w)) return w;
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    const pairing = pairingRefusal(x, w, y);
    if (pairing !== undefined) return pairing;
    const b = integerBias(m, unitsOf(m.edge('x_scale'), m.edge('w_scale')), readScalar(m.edge('y_scale')));
    if (b !== undefined && isRefusal(b)) return b;
    const inputs = [x.value, x.scale, x.zero, w.value, w.scale, w.zero, y.scale, y.zero, b];
    return replaceBy(newNode('QLinearConv', inputs, [m.result], attributesOf(m.node('conv'))));
  },
};
