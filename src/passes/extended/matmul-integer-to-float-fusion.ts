import type { Edge } from '../../graph/index.ts';
import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, output, shared, type Match } from '../pattern.ts';
import { dtypeOf, rankOf, shapeOf } from '../support/constants.ts';

const integerProduct = op('MatMulInteger', 'a', 'b', 'a_zero?', 'b_zero?');
const scaledProduct = op('Mul', op('Cast', integerProduct), shared(op('Mul', 'a_scale', 'b_scale')));

/** Cast(MatMulInteger(a, b)) * (a_scale * b_scale) + bias = MatMulIntegerToFloat(a, b, a_scale, b_scale, bias) */
export const matMulIntegerToFloatFusion: PatternPass = {
  name: 'matmul-integer-to-float-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Scales an integer matrix product where it is made. cast(matmul(a, b)) * (a_scale * b_scale) + bias = MatMulIntegerToFloat(...).',
  pattern: [op('Add', scaledProduct, 'bias'), scaledProduct],
  rewrite(m) {
    if (hasOtherAddend(m)) return undefined;
    if (dtypeOf(m.result) !== 'float32') return refuse('the product is not cast to float32');
    const scales = scaleOrder(m);
    if (scales === undefined) return refuse('the scales are not one for a and one, or a vector of columns, for b');
    const inputs = [m.edge('a'), m.edge('b'), ...scales, m.optional('a_zero'), m.optional('b_zero'), m.optional('bias')];
    return replaceBy(newNode('com.microsoft.MatMulIntegerToFloat', inputs, [m.result]));
  },
};

const quantize = as('quantize', op('DynamicQuantizeLinear', 'x'));
const dynamicProduct = op('Mul',
  op('Cast', op('MatMulInteger', output(quantize, 0), 'b', output(quantize, 2), 'b_zero?')),
  op('Mul', output(quantize, 1), 'b_scale'));

/** The same with a from DynamicQuantizeLinear(x) = DynamicQuantizeMatMul(x, b, b_scale, bias), when nothing else reads its result */
export const dynamicQuantizeMatMulFusion: PatternPass = {
  name: 'dynamic-quantize-matmul-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Quantizes an activation inside the product that alone reads it. DynamicQuantizeLinear, MatMulInteger, Cast, Mul, Add = DynamicQuantizeMatMul.',
  pattern: [op('Add', dynamicProduct, 'bias'), dynamicProduct],
  rewrite(m) {
    const bScale = m.edge('b_scale');
    if (hasOtherAddend(m)) return undefined;
    if (dtypeOf(m.result) !== 'float32') return refuse('the product is not cast to float32');
    if (!isOne(bScale) && !isColumns(bScale, m.edge('b'))) return refuse('the scale of b is neither one nor a vector of columns');
    const inputs = [m.edge('x'), m.edge('b'), bScale, m.optional('b_zero'), m.optional('bias')];
    return replaceBy(newNode('com.microsoft.DynamicQuantizeMatMul', inputs, [m.result]));
  },
};

// Either factor may be the scale of a: the one with one element. Scales of b belong to columns.
function scaleOrder(m: Match): [Edge, Edge] | undefined {
  const [first, second] = [m.edge('a_scale'), m.edge('b_scale')];
  const fits = (a: Edge, b: Edge) => isOne(a) && (isOne(b) || isColumns(b, m.edge('b')));
  return fits(first, second) ? [first, second] : fits(second, first) ? [second, first] : undefined;
}

function isOne(edge: Edge): boolean {
  return shapeOf(edge)?.every((d) => d === 1) === true;
}

function isColumns(edge: Edge, b: Edge): boolean {
  const columns = shapeOf(b)?.at(-1);
  return rankOf(edge) === 1 && columns !== undefined && shapeOf(edge)![0] === columns;
}

// An addend that is no bias stays outside: the pattern without one matches then.
function hasOtherAddend(m: Match): boolean {
  const bias = m.optional('bias');
  return bias !== undefined && !isColumns(bias, m.edge('b'));
}
