import { EXACT, newNode, refuse, replaceBy, ulp, type Contract, type PatternPass } from '../pass.ts';
import { either, op, type Match } from '../pattern.ts';
import type { Edge } from '../../graph/index.ts';
import type { DType } from '../../tensor/index.ts';
import { GELU_ERF, GELU_TANH } from '../support/gelu.ts';
import { constantOf, dtypeOf, readScalar } from '../support/constants.ts';
import { isRowVector } from '../support/norms.ts';

/** x/2 (1 + erf(x / sqrt(2))) = Gelu(x) */
export const geluFusionL2: PatternPass = {
  name: 'gelu-fusion-l2',
  level: 'extended',
  contract: ulp(2),
  doc: 'Recognizes Gelu. x/2 (1 + erf(x / sqrt(2))) = com.microsoft.Gelu(x).',
  pattern: GELU_ERF,
  rewrite: (m) => replaceBy(newNode('com.microsoft.Gelu', [m.edge('x')], [m.result])),
};

/** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) = FastGelu(x) */
export const fastGeluFusion: PatternPass = {
  name: 'fast-gelu-fusion',
  level: 'extended',
  contract: ulp(2),
  doc: 'Recognizes the tanh form of Gelu. x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) = FastGelu(x).',
  pattern: GELU_TANH,
  rewrite: (m) => replaceBy(newNode('com.microsoft.FastGelu', [m.edge('x')], [m.result])),
};

/** Types whose steps QuickGelu does not round: it computes in float32. */
const NARROW: readonly (DType | undefined)[] = ['float16', 'bfloat16'];

/** x sigmoid(alpha x) = QuickGelu(x, alpha) */
const quickGelu = (name: string, contract: Contract, doc: string, narrow: boolean): PatternPass => ({
  name,
  level: 'extended',
  contract,
  doc,
  pattern: op('Mul', 'x', op('Sigmoid', either('x', op('Mul', 'x', 'alpha')))),
  rewrite(m) {
    if (NARROW.includes(dtypeOf(m.edge('x'))) !== narrow) return narrow ? undefined : refuse('the type is narrow: QuickGelu would not round its sigmoid');
    const edge = m.optional('alpha');
    const alpha = edge === undefined ? 1 : readScalar(edge);
    if (alpha === undefined) return refuse('alpha is not a constant of one element');
    if (Math.fround(alpha) !== alpha) return refuse('alpha is not a float32 number');
    return replaceBy(newNode('com.microsoft.QuickGelu', [m.edge('x')], [m.result], { alpha }));
  },
});

export const quickGeluFusion: PatternPass = quickGelu(
  'quick-gelu-fusion', EXACT, 'Recognizes the sigmoid form of Gelu, and SiLU. x sigmoid(alpha x) = QuickGelu(x, alpha).', false,
);

export const quickGeluNarrowFusion: PatternPass = quickGelu(
  'quick-gelu-narrow-fusion', ulp(2), 'The same in float16 and bfloat16, where the sigmoid is no longer rounded. x sigmoid(alpha x) = QuickGelu(x, alpha).', true,
);

/** Gelu(x + bias) = BiasGelu(x, bias) */
export const biasGeluFusion: PatternPass = {
  name: 'bias-gelu-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Adds the bias inside Gelu. Gelu(x + bias) = BiasGelu(x, bias); FastGelu likewise.',
  pattern: op('com.microsoft.Gelu|Gelu|com.microsoft.FastGelu', op('Add', 'x', 'bias')),
  rewrite(m) {
    const { root } = m;
    // A float32 vector: in narrower types the sum would not be rounded any more.
    const operands = biasOf(m);
    if (operands === undefined) return refuse('no addend is a constant vector along the last axis');
    const tanh = root.opType === 'FastGelu' || root.string('approximate', 'none') === 'tanh';
    return replaceBy(newNode(tanh ? 'com.microsoft.FastGelu' : 'com.microsoft.BiasGelu', operands, [m.result]));
  },
};

function biasOf(m: Match): [Edge, Edge] | undefined {
  const [x, bias] = constantOf(m.edge('x')) === undefined ? [m.edge('x'), m.edge('bias')] : [m.edge('bias'), m.edge('x')];
  return isRowVector(bias, x) ? [x, bias] : undefined;
}
