import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { ACTIVATIONS, type ActivationRule } from '../math/functions.ts';
import { choose, type Step } from '../support/index.ts';

/** Names are onnxruntime's; each takes its parameters from `activation_params`, in this order. */
const PARAMETERS: Readonly<Record<string, { readonly names: readonly string[]; readonly rule: ActivationRule }>> = {
  Relu: { names: [], rule: ACTIVATIONS.Relu },
  Tanh: { names: [], rule: ACTIVATIONS.Tanh },
  Sigmoid: { names: [], rule: ACTIVATIONS.Sigmoid },
  LeakyRelu: { names: ['alpha'], rule: ACTIVATIONS.LeakyRelu },
  HardSigmoid: { names: ['alpha', 'beta'], rule: ACTIVATIONS.HardSigmoid },
  Clip: {
    names: ['low', 'high'],
    rule: (p) => {
      const [low, high] = [p('low'), p('high')];
      return (x) => (x < low ? low : x > high ? high : x);
    },
  },
};

/** The function that a fused convolution applies to its sums, from `activation` and `activation_params`. */
export function fusedActivation(attrs: Attrs, round: Step): ((x: number) => number) | undefined {
  const name = attrs.string('activation');
  if (name === '') return undefined;
  const { names, rule } = choose(PARAMETERS, name, 'activation');
  const params = attrs.has('activation_params') ? attrs.floats('activation_params') : [];
  if (params.length < names.length) {
    fail('E_ATTRIBUTE', `${name} needs ${names.length} parameters`, {
      arg: { kind: 'attribute', name: 'activation_params' }, expected: String(names.length), found: String(params.length),
    });
  }
  const f = rule((parameter) => params[names.indexOf(parameter)]);
  return (x) => f(x, round);
}
