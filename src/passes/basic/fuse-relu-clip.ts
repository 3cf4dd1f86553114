import { pack } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { dtypeOf, readScalar } from '../support/constants.ts';

/** Clip(Relu(x), lo, hi) = Clip(x, max(lo, 0), hi) */
export const fuseReluClip: PatternPass = {
  name: 'fuse-relu-clip',
  level: 'basic',
  contract: EXACT,
  doc: 'Lets Clip do the work of the Relu before it. Clip(Relu(x), lo, hi) = Clip(x, max(lo, 0), hi).',
  pattern: op('Clip', op('Relu', 'x'), 'min?', 'max?'),
  rewrite(m) {
    const { root } = m;
    if (root.opset < 11) {
      return replaceBy(newNode('Clip', [m.edge('x')], [m.result], { ...attributesOf(root), min: Math.max(root.float('min', 0), 0) }));
    }
    const min = m.optional('min');
    const lo = min === undefined ? 0 : readScalar(min);
    const type = dtypeOf(m.edge('x'));
    if (lo === undefined) return refuse('min is not constant');
    if (type === undefined) return undefined;
    const low = lo > 0 ? min : newConstant('min', pack(type, [0], []));
    return replaceBy(newNode('Clip', [m.edge('x'), low, m.optional('max')], [m.result]));
  },
};
