import type { Dim } from '../../tensor/index.ts';
import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { op } from '../pattern.ts';
import { dtypeOf, rankOf, shapeOf } from '../support/constants.ts';

/** Add(MatMul(a, b), c) = Gemm(a, b, c)  for a [M, K], b [K, N], c broadcasting to [M, N] */
export const matMulAddFusion: PatternPass = {
  name: 'matmul-add-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Joins a matrix product and its bias. Add(MatMul(a, b), c) = Gemm(a, b, c).',
  pattern: op('Add', op('MatMul', 'a', 'b'), 'c'),
  rewrite(m) {
    const [a, b, c] = [m.edge('a'), m.edge('b'), m.edge('c')];
    if (rankOf(a) !== 2 || rankOf(b) !== 2) return refuse('the operands are not matrices');
    const type = dtypeOf(a);
    if (type !== 'float32' && type !== 'float64') return refuse('rounding between product and sum would be lost');
    if (!broadcastsTo(shapeOf(c), [shapeOf(a)![0], shapeOf(b)![1]])) return refuse('the addend may widen the product');
    return replaceBy(newNode('Gemm', [a, b, c], [m.result]));
  },
};

function broadcastsTo(shape: readonly Dim[] | undefined, target: readonly Dim[]): boolean {
  if (shape === undefined || shape.length > target.length) return false;
  return shape.every((d, i) => d === 1 || (d !== undefined && d === target[i + target.length - shape.length]));
}
