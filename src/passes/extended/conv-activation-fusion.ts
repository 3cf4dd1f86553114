import type { Node } from '../../graph/index.ts';
import { EXACT, newNode, refuse, replaceBy, type PatternPass } from '../pass.ts';
import { as, op, rest } from '../pattern.ts';
import { attributesOf } from '../support/attributes.ts';
import { readScalar } from '../support/constants.ts';

/** Parameters of an activation in the order FusedConv and FusedGemm take them; undefined when they are not constant. */
const PARAMETERS: Readonly<Record<string, (node: Node) => readonly (number | undefined)[]>> = {
  Relu: () => [],
  Sigmoid: () => [],
  Tanh: () => [],
  LeakyRelu: (node) => [node.float('alpha', 0.01)],
  HardSigmoid: (node) => [node.float('alpha', 0.2), node.float('beta', 0.5)],
  Clip: (node) => [bound(node, 'min', 1, -FLOAT32_MAX), bound(node, 'max', 2, FLOAT32_MAX)],
};

const FLOAT32_MAX = 3.4028234663852886e38;
const ACTIVATIONS = Object.keys(PARAMETERS);

function bound(node: Node, name: string, index: number, open: number): number | undefined {
  if (node.opset < 11) return node.float(name, open);
  const edge = node.inputs[index];
  return edge === undefined ? open : readScalar(edge);
}

/** f(Conv(x, w, b)) = FusedConv(x, w, b, activation f) */
export const convActivationFusion: PatternPass = {
  name: 'conv-activation-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Applies an activation to the sums of Conv. f(conv(x)) = FusedConv(x, f) for Relu, Sigmoid, Tanh, LeakyRelu, HardSigmoid, Clip.',
  pattern: op(ACTIVATIONS.join('|'), as('conv', op('Conv', 'x', 'w', 'b?')), rest('parameters')),
  rewrite(m) {
    const parameters = PARAMETERS[m.root.opType](m.root);
    if (parameters.includes(undefined)) return refuse('a parameter of the activation is not constant');
    return replaceBy(newNode('com.microsoft.FusedConv', [m.edge('x'), m.edge('w'), m.optional('b')], [m.result], {
      ...attributesOf(m.node('conv')), activation: m.root.opType,
      activation_params: parameters.length === 0 ? undefined : (parameters as readonly number[]),
    }));
  },
};

/** f(Gemm(a, b, c)) = FusedGemm(a, b, c, activation f) */
export const gemmActivationFusion: PatternPass = {
  name: 'gemm-activation-fusion',
  level: 'extended',
  contract: EXACT,
  doc: 'Applies an activation to the results of Gemm. f(gemm(a, b, c)) = FusedGemm(a, b, c, f) for Relu, Sigmoid, Tanh, LeakyRelu.',
  pattern: op('Relu|Sigmoid|Tanh|LeakyRelu', as('gemm', op('Gemm', 'a', 'b', 'c?'))),
  rewrite(m) {
    const [alpha] = PARAMETERS[m.root.opType](m.root);
    return replaceBy(newNode('com.microsoft.FusedGemm', [m.edge('a'), m.edge('b'), m.optional('c')], [m.result], {
      ...attributesOf(m.node('gemm')), activation: m.root.opType, activation_alpha: alpha,
    }));
  },
};
