import type { Node } from '../../graph/index.ts';
import { LSB, newNode, refuse, replaceBy, type NewNode, type PatternPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { isRefusal, q, quantizedResult, readParameters } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

/** quantize(Concat(dequantize(a), dequantize(b), ...)) = QLinearConcat(a, b, ...) */
export const qdqConcat: PatternPass = {
  name: 'qdq-concat',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Concatenates integers, each brought to the scale of the result. quantize(concat(dequantize(a), ...)) = QLinearConcat(a, ...).',
  pattern: q(as('concat', op('Concat', rest('parts')))),
  rewrite(m) {
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    const inputs: NewNode['inputs'][number][] = [y.scale, y.zero];
    const nodes: Node[] = [];
    for (const part of m.list('parts')) {
      const node = part?.producer;
      if (node === undefined || node.opType !== 'DequantizeLinear') return refuse('a part is not dequantized');
      const x = readParameters(node, 'a part', node.inputs[0]!);
      if (isRefusal(x)) return x;
      if (x.dtype !== y.dtype) return refuse('a part is of another type than the result');
      inputs.push(x.value, x.scale, x.zero);
      nodes.push(node);
    }
    const patch = replaceBy(newNode('com.microsoft.QLinearConcat', inputs, [m.result], attributesOf(m.node('concat'))));
    return { ...patch, from: [...m.nodes, ...nodes] };
  },
};
