import type { Node } from '../../graph/index.ts';
import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, type Match, type Pattern } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { rankOf, sameShape, shapeOf } from '../support/constants.ts';
import { permOf } from '../support/turning.ts';

/** Sum(Gemm(a, b), c) = Gemm(a, b, c) */
export const gemmSumFusion: PatternPass = {
  name: 'gemm-sum-fusion',
  level: 'basic',
  contract: EXACT,
  doc: 'Gives a Gemm without bias the sum that follows it. Sum(Gemm(a, b), c) = Gemm(a, b, c).',
  pattern: op('Sum|Add', as('gemm', op('Gemm', 'a', 'b')), 'c'),
  rewrite(m) {
    // Gemm needs no bias since opset 11: before that, the pattern meets none without.
    const gemm = m.node('gemm');
    if (!sameShape(shapeOf(m.edge('c')), shapeOf(gemm.outputs[0]))) return refuse('the addend has another shape');
    return replaceBy(newNode('Gemm', [m.edge('a'), m.edge('b'), m.edge('c')], [m.result], { ...attributesOf(gemm), beta: 1 }));
  },
};

const gemmWith = (a: Pattern, b: Pattern) => as('gemm', op('Gemm', a, b, 'c?'));

/** Gemm(aᵀ, b) = Gemm(a, b, transA: not transA), and b likewise; Transpose(Gemm(...)) stays */
export const gemmTransposeFusion: PatternPass = {
  name: 'gemm-transpose-fusion',
  level: 'basic',
  contract: EXACT,
  doc: "Lets Gemm transpose its operands itself. Gemm(a', b) = Gemm(a, b, transA).",
  pattern: [gemmWith(as('ta', op('Transpose', 'a')), 'b'), gemmWith('a', as('tb', op('Transpose', 'b')))],
  rewrite(m) {
    const gemm = m.node('gemm');
    const transA = flag(gemm, 'transA') ^ flips(m, 'ta');
    const transB = flag(gemm, 'transB') ^ flips(m, 'tb');
    const inputs = [m.edge('a'), m.edge('b'), m.optional('c')];
    if (rankOf(m.edge('a')) !== 2 || rankOf(m.edge('b')) !== 2) return refuse('the operands are not matrices');
    const perm = permOf((m.optionalNode('ta') ?? m.optionalNode('tb'))!);
    if (perm?.[0] !== 1) return undefined;
    return replaceBy(newNode('Gemm', inputs, [m.result], { ...attributesOf(gemm), transA, transB }));
  },
};

// Any number but 0 transposes.
const flag = (node: Node, name: string): number => (node.int(name, 0) === 0 ? 0 : 1);

const flips = (m: Match, name: string): number => (m.optionalNode(name) === undefined ? 0 : 1);
