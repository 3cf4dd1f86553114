import { LSB, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { addRefusal, dequantized, dq, isRefusal, q, quantizedResult } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

/** quantize(dequantize(a) + dequantize(b)) = QLinearAdd(a, b), and Mul likewise */
export const qdqBinary: PatternPass = {
  name: 'qdq-binary',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Adds and multiplies integers. quantize(dequantize(a) + dequantize(b)) = QLinearAdd(a, b); Mul likewise.',
  pattern: q(as('f', op('Add|Mul', dq('a'), dq('b')))),
  rewrite(m) {
    const a = dequantized(m, 'a');
    if (isRefusal(a)) return a;
    const b = dequantized(m, 'b');
    if (isRefusal(b)) return b;
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    if (a.dtype !== b.dtype || a.dtype !== y.dtype) return refuse('inputs and output are of different types');
    if (m.node('f').opType === 'Add') {
      const reason = addRefusal(m.edge('a_scale'), m.edge('b_scale'), m.edge('y_scale'));
      if (reason !== undefined) return reason;
    }
    const inputs = [a.value, a.scale, a.zero, b.value, b.scale, b.zero, y.scale, y.zero];
    return replaceBy(newNode(`com.microsoft.QLinear${m.node('f').opType}`, inputs, [m.result]));
  },
};

/** quantize(Where(c, dequantize(a), dequantize(b))) = QLinearWhere(c, a, b) */
export const qdqWhere: PatternPass = {
  name: 'qdq-where',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Selects among integers. quantize(where(c, dequantize(a), dequantize(b))) = QLinearWhere(c, a, b).',
  pattern: q(op('Where', 'c', dq('a'), dq('b'))),
  rewrite(m) {
    const a = dequantized(m, 'a');
    if (isRefusal(a)) return a;
    const b = dequantized(m, 'b');
    if (isRefusal(b)) return b;
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    if (a.dtype !== b.dtype || a.dtype !== y.dtype) return refuse('inputs and output are of different types');
    const inputs = [m.edge('c'), a.value, a.scale, a.zero, b.value, b.scale, b.zero, y.scale, y.zero];
    return replaceBy(newNode('com.microsoft.QLinearWhere', inputs, [m.result]));
  },
};
