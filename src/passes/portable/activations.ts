import type { Node } from '../../graph/index.ts';
import { EXACT, fresh, newConstant, newNode, refuse, replaceBy, type AttributeValue, type PatternPass } from '../pass.ts';
import { pack } from '../../tensor/index.ts';
import { attributesOf } from '../support/attributes.ts';
import { dtypeOf } from '../support/constants.ts';
import { lowering, type Argument } from './lowering.ts';

/** Attributes of an activation from the list of its parameters. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  Relu: [], Sigmoid: [], Tanh: [], LeakyRelu: ['alpha'], HardSigmoid: ['alpha', 'beta'],
};

function applied(node: Node, activation: string, parameters: readonly number[], x: Argument) {
  if (activation === 'Clip' && node.graph.opsetOf('') >= 11) {
    const type = dtypeOf(node.outputs[0]) ?? 'float32';
    return newNode('Clip', [x, ...parameters.map((v, i) => newConstant(i === 0 ? 'min' : 'max', pack(type, [v], [])))], [node.outputs[0]]);
  }
  const names = activation === 'Clip' ? ['min', 'max'] : NAMES[activation];
  return names && newNode(activation, [x], [node.outputs[0]], Object.fromEntries(names.map((name, i) => [name, parameters[i]])));
}

function without(node: Node, prefix: string): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(attributesOf(node)).filter(([name]) => !name.startsWith(prefix)));
}

export const lowerFusedConv: PatternPass = lowering(
  'lower-fused-conv', 'com.microsoft.FusedConv', EXACT, 'Applies the addend and the activation after Conv. FusedConv(x, z, f) = f(conv(x) + z).',
  (node) => {
    const [x, w, b, z] = node.inputs;
    const activation = node.string('activation', '');
    const given = node.attributes.get('activation_params');
    const conv = fresh('conv');
    const sum = z === undefined ? conv : fresh('sum');
    const last = activation === '' ? undefined : applied(node, activation, given?.type === 'floats' ? given.value : [], sum);
    if (activation !== '' && last === undefined) return refuse(`no operator stands for the activation ${activation}`);
    const result = last === undefined ? node.outputs[0]! : undefined;
    return replaceBy(
      newNode('Conv', [x, w, b], [result !== undefined && z === undefined ? result : conv], without(node, 'activation')),
      ...(z === undefined ? [] : [newNode('Add', [conv, z], [result ?? sum])]), ...(last === undefined ? [] : [last]),
    );
  },
);

export const lowerFusedGemm: PatternPass = lowering(
  'lower-fused-gemm', 'com.microsoft.FusedGemm', EXACT, 'Applies the activation after Gemm. FusedGemm(a, b, c, f) = f(gemm(a, b, c)).',
  (node) => {
    const activation = node.string('activation', '');
    const gemm = fresh('gemm');
    const parameters = [node.float('activation_alpha', 0.01), node.float('activation_beta', 0)];
    const last = applied(node, activation, parameters, gemm);
    if (last === undefined) return refuse(`no operator stands for the activation ${activation}`);
    return replaceBy(newNode('Gemm', node.inputs, [gemm], without(node, 'activation')), last);
  },
);
