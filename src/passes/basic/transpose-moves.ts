import { int64 } from '../../tensor/index.ts';
import { EXACT, newConstant, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { constantInts, shapeOf } from '../support/constants.ts';
import { keepsOrder } from '../support/turning.ts';
import { permOf } from '../support/turning.ts';

/** Transpose(x [N, C, 1, 1], [0, 2, 3, 1]) = Reshape(x, [N, 1, 1, C]): only axes of size 1 change places */
export const transposeToReshape: PatternPass = {
  name: 'transpose-to-reshape',
  level: 'basic',
  contract: EXACT,
  doc: 'Makes a view of a Transpose that moves only axes of size 1. transpose(x [n, c, 1]) = reshape(x, [n, 1, c]).',
  pattern: op('Transpose', 'x'),
  rewrite(m) {
    const dims = shapeOf(m.edge('x'));
    const perm = permOf(m.root);
    if (dims === undefined || perm === undefined || !keepsOrder(perm, dims)) return undefined;
    const wanted = perm.map((axis, i) => (dims[axis] !== undefined && dims[axis] === dims[i] ? 0 : typeof dims[axis] === 'number' ? dims[axis] : -1));
    const open = wanted.filter((d) => d === -1).length;
    if (open > 1 || (open === 1 && wanted.includes(0))) return refuse('more than one dimension is unknown');
    if (dims.includes(0)) return refuse('the tensor is empty');
    return replaceBy(newNode('Reshape', [m.edge('x'), newConstant('shape', int64(wanted))], [m.result]));
  },
};

const DROPS = 'ReduceMax|ReduceMin|ReduceMean|ReduceSum|Squeeze';

/** f(transpose(x, p), axes) = f(x, p[axes]) for f that drop these axes, when the others keep their order */
export const transposeReduceFusion: PatternPass = {
  name: 'transpose-reduce-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Reduces the axes where they are instead of transposing first. mean(transpose(x, p), axes) = mean(x, p[axes]).',
  pattern: [op(DROPS, as('transpose', op('Transpose', 'x'))), op(DROPS, as('transpose', op('Transpose', 'x')), 'axes')],
  rewrite(m) {
    const { root } = m;
    const perm = permOf(m.node('transpose'));
    const given = root.ints('axes') ?? constantInts(m.optional('axes'));
    if (perm === undefined || (root.opType !== 'Squeeze' && root.int('keepdims', 1) !== 0)) return undefined;
    if (given === undefined || given.length === 0) return refuse('the axes are not constant');
    const dropped = given.map((a) => (a < 0 ? a + perm.length : a)).sort((a, b) => a - b);
    const ascending = (axes: readonly number[]) => axes.every((a, i) => i === 0 || a > axes[i - 1]!);
    if (!ascending(perm.filter((_, i) => !dropped.includes(i)))) return refuse('the axes left do not keep their order');
    const axes = dropped.map((a) => perm[a]!);
    const sums = root.opType === 'ReduceMean' || root.opType === 'ReduceSum';
    if (sums && !ascending(axes)) return refuse('the sums would be formed in another order');
    if (m.optional('axes') === undefined) return replaceBy(newNode(root.key, [m.edge('x')], [m.result], { ...attributesOf(root), axes }));
    return replaceBy(newNode(root.key, [m.edge('x'), newConstant('axes', int64(axes))], [m.result], attributesOf(root)));
  },
};
