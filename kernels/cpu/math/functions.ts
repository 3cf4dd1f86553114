/**
 * Activation functions of one number. Those made of sums and products round after each step; those with an exponential
 * are evaluated in double precision and rounded once, by whoever stores the result. Their exponentials overflow to
 * infinity on purpose: 1 / (1 + Infinity) is the right 0.
 */
import { f32 } from '../../../src/numeric/index.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { Step } from '../support/index.ts';
import { erf } from './erf.ts';

/** Attributes are float32 in the file; defaults in a contract are decimal and must be rounded likewise. */
export const float = (attrs: Attrs, name: string): number => f32(attrs.float(name));

export type Activation = (x: number, r: Step) => number;

/** Makes an activation from its parameters, which are read by name: alpha, beta, gamma. */
export type ActivationRule = (parameter: (name: string) => number) => Activation;

const logistic = (x: number): number => 1 / (1 + Math.exp(-x));

/** ln(1 + e^x), without overflow: max(x, 0) + ln(1 + e^-|x|). */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const hardSigmoid = (x: number, alpha: number, beta: number, r: Step): number =>
  Math.max(0, Math.min(1, r(r(alpha * x) + beta)));

/** x / 2 * (1 + erf(x / sqrt(2))) */
export const gelu = (x: number): number => (x / 2) * (1 + erf(x * Math.SQRT1_2));

/** x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) */
export const geluTanh = (x: number): number => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

/** x sigmoid(alpha x), each step rounded as the operators of its function body do: so that fusing them changes nothing. */
export const swish = (x: number, alpha: number, r: Step): number => x * r(logistic(r(alpha * x)));

/** By operator name. */
export const ACTIVATIONS = {
  Relu: () => (x) => (x < 0 ? 0 : x),
  LeakyRelu: (p) => {
    const alpha = p('alpha');
    return (x) => (x < 0 ? alpha * x : x);
  },
  ThresholdedRelu: (p) => {
    const alpha = p('alpha');
    return (x) => (x > alpha ? x : 0);
  },
  Elu: (p) => {
    const alpha = p('alpha');
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Selu: (p) => {
    const alpha = p('alpha');
    const gamma = p('gamma');
    return (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Celu: (p) => {
    const alpha = p('alpha');
    return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
  },
  Sigmoid: () => logistic,
  Tanh: () => Math.tanh,
  HardSigmoid: (p) => {
    const alpha = p('alpha');
    const beta = p('beta');
    return (x, r) => hardSigmoid(x, alpha, beta, r);
  },
  HardSwish: () => (x, r) => x * hardSigmoid(x, r(1 / 6), 0.5, r),
  Softplus: () => softplus,
  Softsign: () => (x, r) => x / r(1 + Math.abs(x)),
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  Swish: (p) => {
    const alpha = p('alpha');
    return (x, r) => swish(x, alpha, r);
  },
} satisfies Record<string, ActivationRule>;
