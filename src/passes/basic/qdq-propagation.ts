import type { Node } from '../../graph/index.ts';
import { EXACT, fresh, newNode, refuse, replaceBy, type AttributeValue, type NewNode, type Patch, type PatternPass } from '../pass.ts';
import { as, op, rest, type Match } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantOf } from '../support/constants.ts';
import { MOVES } from '../support/movement.ts';
import { takes } from '../support/nodes.ts';
import { asScalar, dq, QUANTIZE } from '../support/quantization.ts';
import { permOf } from '../support/turning.ts';
import { QDQ_DISABLED } from '../settings.ts';

/**
 * move(DequantizeLinear(x)) = DequantizeLinear(move(x))
 *
 * The move then works on integers, and DequantizeLinear stands next to what reads it, where fusions look for it. Scales of one
 * axis, or of blocks, move along with Transpose alone.
 */
export const dequantizePropagation: PatternPass = {
  name: 'qdq-propagation-down',
  level: 'basic',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Moves integers instead of what they stand for. move(dequantize(x)) = dequantize(move(x)) for Reshape, Transpose, Gather...',
  pattern: as('move', op(MOVES, dq('x'), rest('how'))),
  rewrite(m) {
    const node = m.node('dq_x');
    if (!takes(m.root, m.edge('x'))) return refuse('the operator does not take these integers');
    const scale = constantOf(m.edge('x_scale'));
    const zero = m.optional('x_zero');
    if (scale === undefined) return refuse('the scale is not constant');
    if (scale.size === 1) return moved(m, [asScalar(m.edge('x_scale')), zero && asScalar(zero)], perTensor(node));
    const perm = m.root.opType === 'Transpose' ? permOf(m.root) : undefined;
    if (perm === undefined) return refuse('the scale belongs to one axis');
    const own = node.int('axis', 1);
    const axis = perm.indexOf(own < 0 ? own + perm.length : own);
    if (node.int('block_size', 0) === 0) return moved(m, [m.edge('x_scale'), zero], { ...attributesOf(node), axis });
    const turned = [fresh('scale'), zero && fresh('zero_point')];
    const turns = [m.edge('x_scale'), zero].flatMap((e, i) => (e === undefined ? [] : [newNode('Transpose', [e], [turned[i]], { perm })]));
    const patch = moved(m, turned, { ...attributesOf(node), axis });
    return { ...patch, add: [...turns, ...patch.add!] };
  },
};

function moved(m: Match, parameters: NewNode['inputs'], attributes: NewNode['attributes']): Patch {
  const { root } = m;
  const node = m.node('dq_x');
  const result = fresh('quantized');
  return replaceBy(
    newNode(root.key, [m.edge('x'), ...m.list('how')], [result], attributesOf(root)),
    newNode(node.key, [result, ...parameters], [m.result], attributes),
  );
}

// A scalar scale belongs to no axis and to no block.
function perTensor(node: Node): Record<string, AttributeValue> {
  const { axis: _axis, block_size: _block, ...others } = attributesOf(node);
  return others;
}

/** QuantizeLinear(move(x)) = move(QuantizeLinear(x)) */
export const quantizePropagation: PatternPass = {
  name: 'qdq-propagation-up',
  level: 'basic',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Quantizes before moving. quantize(move(x)) = move(quantize(x)) for Reshape, Transpose, Slice...',
  pattern: op(QUANTIZE, as('move', op(MOVES, 'x', rest('how'))), 'scale', 'zero?'),
  rewrite(m) {
    const move = m.node('move');
    const zero = m.optional('zero');
    if (constantOf(m.edge('x')) !== undefined) return undefined;
    if (constantOf(m.edge('scale'))?.size !== 1) return refuse('the scale is not a constant of one element');
    if (!takes(move, m.result)) return refuse('the operator does not take these integers');
    const quantized = fresh('quantized');
    return replaceBy(
      newNode(m.root.key, [m.edge('x'), asScalar(m.edge('scale')), zero && asScalar(zero)], [quantized], perTensor(m.root)),
      newNode(move.key, [quantized, ...m.list('how')], [m.result], attributesOf(move)),
    );
  },
};
