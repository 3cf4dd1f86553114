/**
 * Activation functions. Those made of sums and products round after each step, as the type of x does (half floats: as
 * float32); those with an exponential are evaluated in double precision and rounded once. Their exponentials overflow
 * to infinity on purpose: 1 / (1 + Infinity) is the right 0.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { map, type BigMap, type NumberMap } from './elementwise.ts';
import { float, geluOf, geluTanh, logistic, roundOf, softplusOf, swishOf, type Round } from './functions.ts';

const hardSigmoidOf = (x: number, alpha: number, beta: number, r: Round): number =>
  Math.max(0, Math.min(1, r(r(alpha * x) + beta)));

const activation = (op: OpContract, prepare: (attrs: Attrs) => (x: number, r: Round) => number, big?: BigMap) =>
  implement(op, ({ attrs }) => {
    const f = prepare(attrs);
    return ([x]: [Tensor], ctx) => {
      const r = roundOf(x);
      const g: NumberMap = (v) => f(v, r);
      return [map(ctx, x, g, big)];
    };
  });

const simple = (op: OpContract, f: NumberMap, big?: BigMap) => activation(op, () => f, big);

export const relu = simple(contracts.relu, (x) => (x < 0 ? 0 : x), (x) => (x < 0n ? 0n : x));
export const sigmoid = simple(contracts.sigmoid, logistic);
export const softplus = simple(contracts.softplus, softplusOf);
export const mish = simple(contracts.mish, (x) => x * Math.tanh(softplusOf(x)));
export const msGelu = simple(contracts.msGelu, geluOf);

export const softsign = activation(contracts.softsign, () => (x, r) => x / r(1 + Math.abs(x)));

export const leakyRelu = activation(contracts.leakyRelu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => (x < 0 ? alpha * x : x);
});

export const elu = activation(contracts.elu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
});

export const selu = activation(contracts.selu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  const gamma = float(attrs, 'gamma');
  return (x) => gamma * (x < 0 ? alpha * Math.expm1(x) : x);
});

export const celu = activation(contracts.celu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => Math.max(0, x) + Math.min(0, alpha * Math.expm1(x / alpha));
});

export const hardSigmoid = activation(contracts.hardSigmoid, (attrs) => {
  const alpha = float(attrs, 'alpha');
  const beta = float(attrs, 'beta');
  return (x, r) => hardSigmoidOf(x, alpha, beta, r);
});

export const hardSwish = activation(contracts.hardSwish, () => (x, r) => x * hardSigmoidOf(x, r(1 / 6), 0.5, r));

export const thresholdedRelu = activation(contracts.thresholdedRelu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => (x > alpha ? x : 0);
});

export const swish = activation(contracts.swish, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => swishOf(x, alpha);
});

export const quickGelu = activation(contracts.quickGelu, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (x) => swishOf(x, alpha);
});

export const gelu = activation(contracts.gelu, (attrs) => (attrs.string('approximate') === 'tanh' ? geluTanh : geluOf));
