import type { Edge } from '../../graph/index.ts';
import { EXACT, LSB, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, shared, type Match } from '../pattern.ts';
import { QDQ_DISABLED, type Setting } from '../settings.ts';
import { attributesOf } from '../support/attributes.ts';
import { dtypeOf } from '../support/constants.ts';
import { DEQUANTIZE, isReversible, QUANTIZE, quantizer, type Quantizer } from '../support/quantization.ts';

const before = shared(as('before', op(QUANTIZE, 'x', 'x_scale', 'x_zero?')));
const pattern = op(QUANTIZE, shared(as('between', op(DEQUANTIZE, before, 'd_scale', 'd_zero?'))), 'scale', 'zero?');
const unless: readonly Setting[] = [QDQ_DISABLED, ['session.disable_double_qdq_remover', '1']];

/** How x is rounded first and then; undefined where that is not one step after the other of the same real numbers. */
function roundings(m: Match): readonly [Quantizer, Quantizer] | undefined {
  const codes: Edge = m.node('before').outputs[0]!;
  const [first, middle, last] = [quantizer(m.node('before')), quantizer(m.node('between'), dtypeOf(codes)), quantizer(m.root)];
  if (first === undefined || middle === undefined || last === undefined || dtypeOf(m.edge('x')) !== 'float32') return undefined;
  if (first.scale !== middle.scale || first.zero !== middle.zero) return undefined;
  return isReversible(m.node('between'), codes) && isReversible(m.root, m.result) ? [first, last] : undefined;
}

// What the first range cuts, the second cuts too.
const covers = (first: Quantizer, last: Quantizer): boolean =>
  (first.range[0] - first.zero) * first.scale <= (last.range[0] - last.zero) * last.scale
  && (first.range[1] - first.zero) * first.scale >= (last.range[1] - last.zero) * last.scale;

const direct = (m: Match) => replaceBy(newNode(m.root.key, [m.edge('x'), m.edge('scale'), m.optional('zero')], [m.result], attributesOf(m.root)));

/** quantize(dequantize(quantize(x, s, z)), s, z') = quantize(x, s, z')  for a range of z' inside that of z */
export const requantizationShift: PatternPass = {
  name: 'double-qdq-shift',
  level: 'basic',
  contract: EXACT,
  unless,
  doc: 'Quantizes once where two quantizers of one scale follow each other. quantize(dequantize(quantize(x, s, z)), s, z2) = quantize(x, s, z2).',
  pattern,
  rewrite(m) {
    const [first, last] = roundings(m) ?? [];
    if (first === undefined || last === undefined || first.scale !== last.scale) return undefined;
    if (first.zero === last.zero && dtypeOf(m.node('before').outputs[0]) === dtypeOf(m.result)) return undefined;
    return covers(first, last) ? direct(m) : refuse('the first range cuts what the second holds');
  },
};

/** A step of the first grid is at most this of the second: only values that lie so near to a tie move. */
const FINER = 2 ** -6;

/**
 * quantize(dequantize(quantize(x, s, z)), s', z') = quantize(x, s', z')  for s far below s', and the range of s' inside that of s
 *
 * onnxruntime puts one grid over the range common to both, whatever their steps, which moves every value. Here the second grid
 * stays, and where the first is not much finer both stay.
 */
export const requantizationNarrowing: PatternPass = {
  name: 'double-qdq-narrowing',
  level: 'basic',
  contract: LSB,
  unless,
  doc: 'Skips a quantizer much finer than the one after it. quantize(dequantize(quantize(x, s)), s2) = quantize(x, s2) for s at most s2 / 64.',
  pattern,
  rewrite(m) {
    const [first, last] = roundings(m) ?? [];
    if (first === undefined || last === undefined || first.scale === last.scale) return undefined;
    if (first.scale > last.scale * FINER) return refuse('the first quantizer is not much finer than the second');
    return covers(first, last) ? direct(m) : refuse('the first range cuts what the second holds');
  },
};
