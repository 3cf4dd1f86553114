import { refuse, replaceBy, newNode, ulp, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantInts, readScalar } from '../support/constants.ts';

/** Conv(Pad(x, p, 0), pads q) = Conv(x, pads p + q) */
export const padFusion: PatternPass = {
  name: 'pad-fusion',
  level: 'basic',
  contract: ulp(0),
  doc: 'Moves zero padding of the image into the Conv that reads it. conv(pad(x, p), q) = conv(x, p + q).',
  pattern: as('conv', op('Conv', as('pad', op('Pad', 'x', 'pads?', 'value?')), 'w', 'b?')),
  rewrite(m) {
    const pad = m.node('pad');
    const pads = pad.opset < 11 ? (pad.ints('pads') ?? pad.ints('paddings')) : constantInts(m.optional('pads'));
    if (pad.string('mode', 'constant') !== 'constant') return refuse('the padding is not constant');
    const value = pad.opset < 11 ? pad.float('value', 0) : m.optional('value') === undefined ? 0 : readScalar(m.edge('value'));
    if (value !== 0) return refuse('the padding value is not zero');
    if (pads === undefined) return refuse('the pads are not constant');
    if (m.root.string('auto_pad', 'NOTSET') !== 'NOTSET') return refuse('the convolution pads by itself');
    const rank = pads.length / 2;
    const spatial = rank - 2;
    // pads are [begins, ends]; the image is [N, C, ...]
    if (pads[0] !== 0 || pads[1] !== 0 || pads[rank] !== 0 || pads[rank + 1] !== 0) return refuse('batch or channels are padded');
    // Cut first and padded then is another thing than neither.
    if (pads.some((p) => p < 0)) return refuse('the pads are negative');
    const own = m.root.ints('pads') ?? new Array<number>(2 * spatial).fill(0);
    const sum = own.map((p, i) => p + (i < spatial ? pads[i + 2] : pads[i - spatial + rank + 2]));
    const inputs = [m.edge('x'), m.edge('w'), m.optional('b')];
    return replaceBy(newNode('Conv', inputs, [m.result], { ...attributesOf(m.root), pads: sum }));
  },
};
