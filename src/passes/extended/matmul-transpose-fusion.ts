import { EXACT, newNode, refuse, replaceBy, ulp, type PatternPass } from '../pass.ts';
import { as, op } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { readScalar, sameShape, shapeOf } from '../support/constants.ts';
import { permOf } from '../support/turning.ts';

const PRODUCT = 'MatMul|com.microsoft.FusedMatMul';
const turned = as('transpose', op('Transpose', 'turned'));

/** MatMul(a', b) = FusedMatMul(a, b, transA), where ' swaps the last two axes; b likewise */
export const matMulTransposeFusion: PatternPass = {
  name: 'matmul-transpose-fusion',
  level: 'extended',
  contract: EXACT,
  doc: "Lets the matrix product transpose its operands itself. MatMul(a', b) = FusedMatMul(a, b, transA).",
  pattern: [op(PRODUCT, turned, 'other'), op(PRODUCT, 'other', turned)],
  rewrite(m) {
    const { root } = m;
    const perm = permOf(m.node('transpose'));
    const rank = perm?.length ?? 0;
    if (perm === undefined || rank < 2 || !perm.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i))) {
      return refuse('the transpose moves other axes than the last two');
    }
    if (root.int('transBatchA', 0) !== 0 || root.int('transBatchB', 0) !== 0) return refuse('batch axes are transposed too');
    const left = root.inputs[0] === m.node('transpose').outputs[0];
    const side = left ? 'transA' : 'transB';
    const inputs = left ? [m.edge('turned'), m.edge('other')] : [m.edge('other'), m.edge('turned')];
    return replaceBy(newNode('com.microsoft.FusedMatMul', inputs, [m.result], { ...attributesOf(root), [side]: root.int(side, 0) === 0 ? 1 : 0 }));
  },
};

/** c MatMul(a, b) = FusedMatMul(a, b, alpha c), for a constant c */
export const matMulScaleFusion: PatternPass = {
  name: 'matmul-scale-fusion',
  level: 'extended',
  contract: ulp(2),
  doc: 'Scales a matrix product where it is made. c MatMul(a, b) = FusedMatMul(a, b, alpha = c).',
  pattern: op('Mul|Div', as('product', op(PRODUCT, 'a', 'b')), 'c'),
  rewrite(m) {
    const product = m.node('product');
    const c = readScalar(m.edge('c'));
    if (c === undefined) return refuse('the factor is not a constant of one element');
    if (!sameShape(shapeOf(m.result), shapeOf(product.outputs[0]))) return refuse('the factor adds axes');
    const alpha = product.float('alpha', 1) * (m.root.opType === 'Div' ? 1 / c : c);
    return replaceBy(newNode('com.microsoft.FusedMatMul', [m.edge('a'), m.edge('b')], [m.result], { ...attributesOf(product), alpha }));
  },
};
