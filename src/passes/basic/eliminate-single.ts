import { EXACT, refuse, sameAs, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { constantInts } from '../support/constants.ts';
import { outputUsed } from '../support/nodes.ts';

/** Concat(x) = Sum(x) = Max(x) = Min(x) = Mean(x) = x */
export const eliminateSingle: PatternPass = {
  name: 'eliminate-single',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes operators over a list when the list has one element. Concat(x) = Sum(x) = Max(x) = Min(x) = Mean(x) = x.',
  pattern: op('Concat|Sum|Max|Min|Mean', 'x'),
  rewrite: (m) => sameAs(m.result, m.edge('x')),
};

/** Pad(x, 0, 0, ...) = x */
export const eliminatePad: PatternPass = {
  name: 'eliminate-pad',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Pad that adds nothing. Pad(x, [0, ...]) = x.',
  pattern: op('Pad', 'x', 'pads?', 'value?', 'axes?'),
  rewrite(m) {
    const { root } = m;
    const pads = root.opset < 11 ? (root.ints('pads') ?? root.ints('paddings')) : constantInts(m.optional('pads'));
    return pads?.every((p) => p === 0) === true ? sameAs(m.result, m.edge('x')) : undefined;
  },
};

/** Split(x) into one part = x */
export const eliminateSplit: PatternPass = {
  name: 'eliminate-split',
  level: 'basic',
  contract: EXACT,
  doc: 'Removes Split into one part. Split(x)[0] = x.',
  pattern: op('Split', 'x', 'sizes?'),
  rewrite(m) {
    if (m.root.outputs.length !== 1) return undefined;
    return outputUsed(m.root, 0) ? sameAs(m.result, m.edge('x')) : refuse('the part is not used');
  },
};
