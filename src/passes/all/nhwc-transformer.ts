import { EXACT, fresh, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op, rest } from '../pattern.ts';
import { transposeOptimizer } from '../basic/transpose-optimizer.ts';
import { commonSubexpressionElimination } from '../basic/common-subexpression-elimination.ts';
import { eliminateTranspose, transposeFusion } from '../basic/transpose-fusion.ts';
import { attributesOf } from '../support/attributes.ts';
import { rankOf } from '../support/constants.ts';

/** Forms with the channels last, and the attribute that says so, where the operator has one. */
const FORMS: Readonly<Record<string, { readonly key: string; readonly flag?: string }>> = {
  QLinearConv: { key: 'com.microsoft.QLinearConv', flag: 'channels_last' },
  MaxPool: { key: 'com.microsoft.NhwcMaxPool' },
  'com.microsoft.QLinearAveragePool': { key: 'com.microsoft.QLinearAveragePool', flag: 'channels_last' },
  'com.microsoft.QLinearGlobalAveragePool': { key: 'com.microsoft.QLinearGlobalAveragePool', flag: 'channels_last' },
};

/**
 * conv(x [N, C, H, W]) = transpose(conv_last(transpose(x) [N, H, W, C]))
 *
 * Only where the provider that runs the node says that it likes this order better. Transposes between such nodes undo each other.
 */
export const nhwcTransformer: PatternPass = {
  name: 'nhwc-transformer',
  level: 'all',
  contract: EXACT,
  doc: 'Puts the channels last for integer convolutions and pools of a provider that asks for it. conv(x) = transpose(conv_last(transpose(x))).',
  pattern: op(Object.keys(FORMS).join('|'), 'x', rest('parameters')),
  rewrite(m, { prefersChannelsLast }) {
    const { root } = m;
    const rank = rankOf(m.edge('x'));
    const form = FORMS[root.key]!;
    if (!prefersChannelsLast(root)) return undefined;
    if (form.flag !== undefined && root.int(form.flag, 0) !== 0) return undefined;
    if (rank === undefined || rank < 3) return refuse('the rank is not known');
    if (root.outputs.length > 1) return refuse('it gives the places of maxima too');
    const last = [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
    const first = [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
    const [x, y] = [fresh('channels_last'), fresh('channels_last')];
    return replaceBy(
      newNode('Transpose', [m.edge('x')], [x], { perm: last }),
      newNode(form.key, [x, ...m.list('parameters')], [y], { ...attributesOf(root), ...(form.flag && { [form.flag]: 1 }) }),
      newNode('Transpose', [y], [m.result], { perm: first }),
    );
  },
};

/** What undoes the transposes between such nodes, and joins those of one value. */
export const transposesAfterLayout = [transposeFusion, eliminateTranspose, transposeOptimizer, commonSubexpressionElimination].map((pass) => ({ ...pass, name: `${pass.name}-l3`, level: 'all' as const }));
