import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { Step } from '../support/index.ts';

type Activation = (x: number) => number;

// Each from its `activation_params`; the names and the order of parameters are onnxruntime's.
const ACTIVATIONS: Readonly<Record<string, { readonly params: number; readonly make: (p: readonly number[], round: Step) => Activation }>> = {
  Relu: { params: 0, make: () => (x) => (x < 0 ? 0 : x) },
  Tanh: { params: 0, make: () => (x) => Math.tanh(x) },
  Sigmoid: { params: 0, make: (_, round) => (x) => 1 / round(1 + round(Math.exp(-x))) },
  LeakyRelu: { params: 1, make: ([alpha]) => (x) => (x < 0 ? alpha * x : x) },
  Clip: { params: 2, make: ([low, high]) => (x) => (x < low ? low : x > high ? high : x) },
  HardSigmoid: { params: 2, make: ([alpha, beta], round) => (x) => Math.min(1, Math.max(0, round(alpha * x) + beta)) },
};

/** The function that a fused convolution applies to its sums, from `activation` and `activation_params`. */
export function fusedActivation(attrs: Attrs, round: Step): Activation | undefined {
  const name = attrs.string('activation');
  if (name === '') return undefined;
  const rule = ACTIVATIONS[name];
  if (rule === undefined) {
    fail('E_ATTRIBUTE', 'the fused activation is unknown', {
      arg: { kind: 'attribute', name: 'activation' }, expected: Object.keys(ACTIVATIONS).join(', '), found: name,
    });
  }
  const params = attrs.has('activation_params') ? attrs.floats('activation_params') : [];
  if (params.length < rule.params) {
    fail('E_ATTRIBUTE', `${name} needs ${rule.params} parameters`, {
      arg: { kind: 'attribute', name: 'activation_params' }, expected: String(rule.params), found: String(params.length),
    });
  }
  return rule.make(params, round);
}
