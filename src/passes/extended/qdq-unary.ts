import type { Node } from '../../graph/index.ts';
import { f32 } from '../../numeric/index.ts';
import { LSB, newNode, refuse, replaceBy, type AttributeValue, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { readScalar } from '../support/constants.ts';
import { dequantized, dq, isRefusal, q, quantizedResult } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

interface Rule {
  readonly fused: string;
  readonly attributes: (node: Node) => Record<string, AttributeValue | undefined>;
  /** Why results of this scale are not those of quantizing what the operator gives. */
  readonly refusal?: (scale: number) => string | undefined;
}

/** Part of a step that a result may move by: the rest of 1 that is no whole step. */
const LARGEST_REST = 2 ** -7;

/** Operators of one quantized input whose QLinear form takes (x, x_scale, x_zero_point, y_scale, y_zero_point). */
const RULES: Readonly<Record<string, Rule>> = {
  Sigmoid: { fused: 'QLinearSigmoid', attributes: () => ({}) },
  LeakyRelu: { fused: 'QLinearLeakyRelu', attributes: attributesOf },
  Softmax: {
    fused: 'QLinearSoftmax',
    // The opset decides whether axis splits the tensor in two (before 13) or names one axis.
    attributes: (node) => ({ axis: node.int('axis', node.opset < 13 ? 1 : -1), opset: node.opset }),
    // QLinearSoftmax counts in as many whole steps as fit into 1.
    refusal: (scale) => (1 / scale - Math.floor(f32(1 / scale)) <= LARGEST_REST ? undefined : 'the scale of the result does not divide 1'),
  },
  GlobalAveragePool: { fused: 'QLinearGlobalAveragePool', attributes: () => ({}) },
  AveragePool: { fused: 'QLinearAveragePool', attributes: (node) => withoutOnes(attributesOf(node), 'dilations') },
};

/** quantize(f(dequantize(x))) = QLinearF(x) for f of one input */
export const qdqUnary: PatternPass = {
  name: 'qdq-unary',
  level: 'extended',
  contract: LSB,
  unless: [QDQ_DISABLED],
  doc: 'Runs Sigmoid, LeakyRelu, Softmax, AveragePool and GlobalAveragePool on integers. quantize(f(dequantize(x))) = QLinearF(x).',
  pattern: q(as('f', op(Object.keys(RULES).join('|'), dq('x')))),
  rewrite(m) {
    const f = m.node('f');
    const x = dequantized(m, 'x');
    if (isRefusal(x)) return x;
    const y = quantizedResult(m);
    if (isRefusal(y)) return y;
    if (x.dtype !== y.dtype) return refuse('input and output are of different types');
    const rule = RULES[f.opType];
    const reason = rule.refusal?.(readScalar(m.edge('y_scale'))!);
    if (reason !== undefined) return refuse(reason);
    return replaceBy(newNode(`com.microsoft.${rule.fused}`, [x.value, x.scale, x.zero, y.scale, y.zero], [m.result], rule.attributes(f)));
  },
};

function withoutOnes(attributes: Record<string, AttributeValue>, name: string): Record<string, AttributeValue | undefined> {
  const a = attributes[name];
  const ones = typeof a === 'object' && 'type' in a && a.type === 'ints' && a.value.every((v) => v === 1n);
  return ones ? { ...attributes, [name]: undefined } : attributes;
}
