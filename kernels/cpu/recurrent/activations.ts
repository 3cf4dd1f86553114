import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { ACTIVATIONS, type ActivationRule } from '../math/functions.ts';
import { choose, type Step } from '../support/index.ts';

/** An activation of a gate, its result rounded. */
export type Activation = (x: number) => number;

/** A function and the defaults of its parameters, which `activation_alpha` and `activation_beta` may set. */
interface Rule {
  readonly rule: ActivationRule;
  readonly alpha?: number;
  readonly beta?: number;
}

/** By lower-case name. */
const RULES: Readonly<Record<string, Rule>> = {
  relu: { rule: ACTIVATIONS.Relu },
  tanh: { rule: ACTIVATIONS.Tanh },
  sigmoid: { rule: ACTIVATIONS.Sigmoid },
  softsign: { rule: ACTIVATIONS.Softsign },
  softplus: { rule: ACTIVATIONS.Softplus },
  leakyrelu: { rule: ACTIVATIONS.LeakyRelu, alpha: 0.01 },
  thresholdedrelu: { rule: ACTIVATIONS.ThresholdedRelu, alpha: 1 },
  elu: { rule: ACTIVATIONS.Elu, alpha: 1 },
  hardsigmoid: { rule: ACTIVATIONS.HardSigmoid, alpha: 0.2, beta: 0.5 },
  affine: {
    alpha: 1,
    beta: 0,
    rule: (p) => {
      const [alpha, beta] = [p('alpha'), p('beta')];
      return (x, round) => round(alpha * x) + beta;
    },
  },
  scaledtanh: {
    alpha: 1,
    beta: 1,
    rule: (p) => {
      const [alpha, beta] = [p('alpha'), p('beta')];
      return (x, round) => alpha * round(Math.tanh(round(beta * x)));
    },
  },
};

/**
 * The activations of each direction, from `activations` (names in any case) or the operator's defaults. alpha and beta
 * are taken in turn by the functions that have them. The first `clipped` of a direction clip their input to [-clip, clip].
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
  const clip = attrs.has('clip') ? attrs.float('clip') : 0;
  return Array.from({ length: directions }, (_, d) => defaults.map((fallback, i) => {
    const { rule, alpha, beta } = choose(RULES, (given[d * defaults.length + i] ?? fallback).toLowerCase(), 'activations');
    const parameters: Readonly<Record<string, number>> = {
      ...(alpha !== undefined && { alpha: round(alphas.shift() ?? alpha) }),
      ...(beta !== undefined && { beta: round(betas.shift() ?? beta) }),
    };
    const f = rule((name) => parameters[name]);
    if (i >= clipped || !(clip > 0)) return (x: number) => round(f(x, round));
    return (x: number) => round(f(Math.min(Math.max(x, -clip), clip), round));
  }));
}
