import type { Edge, Node } from '../../graph/index.ts';
import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf } from '../support/constants.ts';
import { REPEATS } from '../support/movement.ts';
import { takes } from '../support/nodes.ts';
import { dq, isReversible, q, sameParameters } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

const NOT_TAKEN = 'the operator does not take these integers';

/**
 * quantize(f(dequantize(x))) = f(x) with the same parameters on both sides
 *
 * For f that repeat elements, or choose among them by order: a positive scale keeps the order.
 */
export const dropQDQ: PatternPass = {
  name: 'drop-qdq',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Selects among integers instead of what they stand for. quantize(f(dequantize(x))) = f(x) for MaxPool, ReduceMax, ReduceMin, Expand, Tile, nearest Resize.',
  pattern: q(as('f', op(`${REPEATS}|MaxPool|ReduceMax|ReduceMin|Resize`, dq('x'), rest('how')))),
  rewrite(m) {
    const f = m.node('f');
    if (!takes(f, m.edge('x'))) return refuse(NOT_TAKEN);
    if (f.opType === 'Resize' && !movesOnly(f)) return refuse('it interpolates');
    if (!sameParameters(m.root, m.node('dq_x'))) return refuse('the parameters differ');
    if (constantOf(m.edge('x_scale'))?.size !== 1) return refuse('the value is not quantized per tensor');
    if (!isReversible(m.root, m.result) || !isReversible(m.node('dq_x'), m.edge('x'))) return refuse('the pair may change values');
    return replaceBy(newNode(f.key, [m.edge('x'), ...m.list('how')], [m.result], attributesOf(f)));
  },
};

// Nearest resizing copies elements; cropping may bring in a value from outside.
function movesOnly(resize: Node): boolean {
  return resize.string('mode', 'nearest') === 'nearest' && resize.string('coordinate_transformation_mode', 'half_pixel') !== 'tf_crop_and_resize';
}

/** ArgMax(dequantize(x)) = ArgMax(x): a positive scale keeps the order */
export const dropDQArg: PatternPass = {
  name: 'drop-dq-arg',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Compares integers instead of what they stand for. argmax(dequantize(x)) = argmax(x); ArgMin likewise.',
  pattern: op('ArgMax|ArgMin', dq('x')),
  rewrite(m) {
    if (!takes(m.root, m.edge('x'))) return refuse(NOT_TAKEN);
    if (constantOf(m.edge('x_scale'))?.size !== 1) return refuse('the value is not quantized per tensor');
    if (!isReversible(m.node('dq_x'), m.edge('x'))) return refuse('values may not keep their order');
    return replaceBy(newNode(m.root.key, [m.edge('x')], [m.result], attributesOf(m.root)));
  },
};

/** Split(dequantize(x)), each part quantized again with the same parameters = Split(x) */
export const dropQDQSplit: PatternPass = {
  name: 'drop-qdq-split',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Splits integers. quantize(split(dequantize(x))[i]) = split(x)[i].',
  pattern: op('Split', dq('x'), rest('how')),
  rewrite(m) {
    const dequantize = m.node('dq_x');
    if (!takes(m.root, m.edge('x'))) return refuse(NOT_TAKEN);
    if (constantOf(m.edge('x_scale'))?.size !== 1) return refuse('the value is not quantized per tensor');
    const quantizers: Node[] = [];
    const parts: Edge[] = [];
    for (const part of m.root.outputs) {
      const [node, another] = part?.users ?? [];
      if (part?.isOutput === true || node?.opType !== 'QuantizeLinear' || another !== undefined) return refuse('a part is not quantized');
      const result = node.outputs[0]!;
      if (!sameParameters(node, dequantize) || !isReversible(node, result)) return refuse('the parameters of a part differ');
      quantizers.push(node);
      parts.push(result);
    }
    const patch = replaceBy(newNode('Split', [m.edge('x'), ...m.list('how')], parts, attributesOf(m.root)));
    return { ...patch, from: [...m.nodes, ...quantizers] };
  },
};
