import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { Step } from '../support/index.ts';

export type Activation = (x: number) => number;

interface Rule {
  /** Defaults of the parameters that `activation_alpha` and `activation_beta` may set. */
  readonly alpha?: number;
  readonly beta?: number;
  readonly make: (alpha: number, beta: number, round: Step) => Activation;
}

const RULES: Readonly<Record<string, Rule>> = {
  relu: { make: () => (x) => Math.max(x, 0) },
  tanh: { make: () => Math.tanh },
  sigmoid: { make: (_a, _b, round) => (x) => 1 / round(1 + round(Math.exp(-x))) },
  softsign: { make: (_a, _b, round) => (x) => x / round(1 + Math.abs(x)) },
  softplus: { make: () => (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) },
  affine: { alpha: 1, beta: 0, make: (a, b, round) => (x) => round(a * x) + b },
  leakyrelu: { alpha: 0.01, make: (a) => (x) => (x >= 0 ? x : a * x) },
  thresholdedrelu: { alpha: 1, make: (a) => (x) => (x > a ? x : 0) },
  elu: { alpha: 1, make: (a, _b, round) => (x) => (x >= 0 ? x : a * round(Math.expm1(x))) },
  scaledtanh: { alpha: 1, beta: 1, make: (a, b, round) => (x) => a * round(Math.tanh(round(b * x))) },
  hardsigmoid: { alpha: 0.2, beta: 0.5, make: (a, b, round) => (x) => Math.min(1, Math.max(0, round(a * x) + b)) },
};

/**
 * The activations of each direction, from `activations` (names in any case) or the operator's defaults. alpha and beta
 * are taken in turn by the functions that have them. The first `clipped` of a direction clip their input to [-clip, clip];
 * results are rounded.
 */
export function activationsOf(attrs: Attrs, directions: number, defaults: readonly string[], clipped: number, round: Step): Activation[][] {
  const given = attrs.has('activations') ? attrs.strings('activations') : [];
  const wanted = directions * defaults.length;
  if (given.length > 0 && given.length < wanted) {
    fail('E_ATTRIBUTE', 'too few activations', {
      arg: { kind: 'attribute', name: 'activations' }, expected: String(wanted), found: String(given.length),
    });
  }
  const alphas = attrs.has('activation_alpha') ? [...attrs.floats('activation_alpha')] : [];
  const betas = attrs.has('activation_beta') ? [...attrs.floats('activation_beta')] : [];
  const clip = attrs.has('clip') ? attrs.float('clip') : Infinity;
  const limit = clip > 0 ? clip : Infinity;
  return Array.from({ length: directions }, (_, d) => defaults.map((fallback, i) => {
    const name = given[d * defaults.length + i] ?? fallback;
    const rule = RULES[name.toLowerCase()] ?? fail('E_ATTRIBUTE', 'an activation is unknown', {
      arg: { kind: 'attribute', name: 'activations' }, expected: Object.keys(RULES).join(', '), found: name,
    });
    const alpha = rule.alpha === undefined ? 0 : (alphas.shift() ?? rule.alpha);
    const beta = rule.beta === undefined ? 0 : (betas.shift() ?? rule.beta);
    const apply = rule.make(round(alpha), round(beta), round);
    if (i >= clipped || limit === Infinity) return (x: number) => round(apply(x));
    return (x: number) => round(apply(Math.min(Math.max(x, -limit), limit)));
  }));
}
