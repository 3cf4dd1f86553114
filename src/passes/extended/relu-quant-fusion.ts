import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { readScalar } from '../support/constants.ts';
import { QUANTIZE, quantizer } from '../support/quantization.ts';
import { QDQ_DISABLED } from '../settings.ts';

/** QuantizeLinear(Relu(x)) = QuantizeLinear(x) when the zero point is the type's minimum: what Relu cuts, saturation cuts. */
export const reluQuantFusion: PatternPass = {
  name: 'relu-quant-fusion',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: "Drops a Relu that quantization implies. quantize(relu(x)) = quantize(x) when the zero point is the type's minimum.",
  pattern: op(QUANTIZE, op('Relu', 'x'), 'scale', 'zero?'),
  rewrite(m) {
    const quantize = quantizer(m.root);
    if (quantize === undefined) return refuse('scale or zero point is not a constant of one element');
    if (quantize.code(0) > quantize.range[0]) return refuse("the zero point is not the type's minimum");
    return replaceBy(newNode(m.root.key, [m.edge('x'), m.edge('scale'), m.optional('zero')], [m.result], attributesOf(m.root)));
  },
};

/** QuantizeLinear(Clip(x, lo, hi)) = QuantizeLinear(x) when lo and hi quantize to the ends of the type, or lie beyond */
export const clipQuantFusion: PatternPass = {
  name: 'clip-quant-fusion',
  level: 'extended',
  contract: EXACT,
  unless: [QDQ_DISABLED],
  doc: 'Drops a Clip that quantization implies. quantize(clip(x, lo, hi)) = quantize(x) when all quantized values lie in [lo, hi].',
  pattern: op(QUANTIZE, as('clip', op('Clip', 'x', 'min?', 'max?')), 'scale', 'zero?'),
  rewrite(m) {
    const clip = m.node('clip');
    const bound = (name: 'min' | 'max', open: number): number | undefined => {
      if (clip.opset < 11) return clip.float(name, open);
      const edge = m.optional(name);
      return edge === undefined ? open : readScalar(edge);
    };
    const [min, max] = [bound('min', -Infinity), bound('max', Infinity)];
    if (min === undefined || max === undefined) return refuse('min or max is not constant');
    const quantize = quantizer(m.root);
    if (quantize === undefined) return refuse('scale or zero point is not a constant of one element');
    // A bound that quantizes to the end of the type cuts nothing that saturation would not map to the same end.
    const [low, high] = quantize.range;
    if (quantize.code(min) > low || quantize.code(max) < high) return refuse('the clip is narrower than the quantized range');
    return replaceBy(newNode(m.root.key, [m.edge('x'), m.edge('scale'), m.optional('zero')], [m.result], attributesOf(m.root)));
  },
};
