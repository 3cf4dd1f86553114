import { EXACT, ulp, type Patch, type PatternPass } from '../pass.ts';
import type { Node } from '../../graph/index.ts';
import { lowering, Sequence, type Argument } from './lowering.ts';

// From opset 20 on ai.onnx has Gelu itself.
function gelu(s: Sequence, x: Argument, tanh: boolean): Patch {
  if (s.node.graph.opsetOf('') >= 20) {
    s.end('Gelu', [x], { approximate: tanh ? 'tanh' : 'none' });
    return s.patch();
  }
  const bend = tanh ? s.make('Tanh', [s.make('Mul', [s.number('sqrt_2_pi', Math.sqrt(2 / Math.PI)), cubic(s, x)])])
    : s.make('Erf', [s.make('Div', [x, s.number('sqrt_2', Math.SQRT2)])]);
  s.end('Mul', [s.make('Mul', [x, s.number('half', 0.5)]), s.make('Add', [bend, s.number('one', 1)])]);
  return s.patch();
}

// x + 0.044715 x^3
function cubic(s: Sequence, x: Argument): Argument {
  const cube = s.make('Mul', [s.make('Mul', [x, x]), x]);
  return s.make('Add', [x, s.make('Mul', [cube, s.number('coefficient', 0.044715)])]);
}

const biased = (s: Sequence, { inputs: [x, bias] }: Node): Argument => (bias === undefined ? x! : s.make('Add', [x, bias]));

export const lowerGelu: PatternPass = lowering(
  'lower-gelu', 'com.microsoft.Gelu|com.microsoft.BiasGelu', ulp(16), 'Writes Gelu out. Gelu(x + b) = (x + b) / 2 (1 + erf((x + b) / sqrt(2))).',
  (node) => {
    const s = new Sequence(node);
    return gelu(s, biased(s, node), false);
  },
);

export const lowerFastGelu: PatternPass = lowering(
  'lower-fast-gelu', 'com.microsoft.FastGelu', ulp(16), 'Writes the tanh form of Gelu out. FastGelu(x) = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).',
  (node) => {
    const s = new Sequence(node);
    return gelu(s, biased(s, node), true);
  },
);

export const lowerQuickGelu: PatternPass = lowering(
  'lower-quick-gelu', 'com.microsoft.QuickGelu', EXACT, 'Writes QuickGelu out. QuickGelu(x) = x sigmoid(alpha x).',
  (node) => {
    const s = new Sequence(node);
    const [x] = node.inputs;
    const alpha = node.float('alpha', 1.702);
    const inner = alpha === 1 ? x! : s.make('Mul', [x, s.number('alpha', alpha)]);
    s.end('Mul', [x, s.make('Sigmoid', [inner])]);
    return s.patch();
  },
);
