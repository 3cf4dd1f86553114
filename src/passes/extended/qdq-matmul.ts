import { LSB, newNode, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { rankOf } from '../support/constants.ts';
import { dequantized, dq, isRefusal, pairingRefusal, q, quantizedResult } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

const product = op('MatMul', dq('a'), dq('b'));
const columns = (rank = 2) => ({ axis: rank - 1, rank });

/** quantize(MatMul(dequantize(a), dequantize(b))) = QLinearMatMul(a, b), b per tensor or per column */
export const qdqMatMul: PatternPass = {
  name: 'qdq-matmul',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Multiplies integer matrices. quantize(dequantize(a) * dequantize(b)) = QLinearMatMul(a, b).',
  pattern: q(product),
  rewrite(m) {
    const a = dequantized(m, 'a');
    if (isRefusal(a)) return a;
    const b = dequantized(m, 'b', columns(rankOf(m.edge('b'))));
    if (isRefusal(b)) return b;
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    const pairing = pairingRefusal(a, b, y);
    if (pairing !== undefined) return pairing;
    return replaceBy(newNode('QLinearMatMul', [a.value, a.scale, a.zero, b.value, b.scale, b.zero, y.scale, y.zero], [m.result]));
  },
};

/** MatMul(dequantize(a), dequantize(b)) = MatMulIntegerToFloat(a, b) where the product stays float */
export const qdqMatMulIntegerToFloat: PatternPass = {
  name: 'qdq-matmul-integer-to-float',
  level: 'extended',
  contract: ulp(64),
  unless: [QDQ_DISABLED],
  doc: 'Multiplies integer matrices where the product stays float. dequantize(a) * dequantize(b) = MatMulIntegerToFloat(a, b).',
  pattern: product,
  rewrite(m) {
    const a = dequantized(m, 'a');
    if (isRefusal(a)) return a;
    const b = dequantized(m, 'b', columns(rankOf(m.edge('b'))));
    if (isRefusal(b)) return b;
    const pairing = pairingRefusal(a, b, undefined);
    if (pairing !== undefined) return pairing;
    return replaceBy(newNode('com.microsoft.MatMulIntegerToFloat', [a.value, b.value, a.scale, b.scale, a.zero, b.zero], [m.result]));
  },
};
