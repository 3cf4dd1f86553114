/** Activation operators of one operand. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { stepOf } from '../support/index.ts';
import { map, type BigMap } from './elementwise.ts';
import { ACTIVATIONS, float, gelu as geluErf, geluTanh, type ActivationRule } from './functions.ts';

const activation = (op: OpContract, rule: ActivationRule, big?: BigMap) =>
  implement(op, ({ attrs }) => {
    const f = rule((name) => float(attrs, name));
    return ([x]: [Tensor], ctx) => {
      const r = stepOf(x.type);
      return [map(ctx, x, (v) => f(v, r), big)];
    };
  });

export const relu = activation(contracts.relu, ACTIVATIONS.Relu, (x) => (x < 0n ? 0n : x));
export const leakyRelu = activation(contracts.leakyRelu, ACTIVATIONS.LeakyRelu);
export const thresholdedRelu = activation(contracts.thresholdedRelu, ACTIVATIONS.ThresholdedRelu);
export const elu = activation(contracts.elu, ACTIVATIONS.Elu);
export const selu = activation(contracts.selu, ACTIVATIONS.Selu);
export const celu = activation(contracts.celu, ACTIVATIONS.Celu);
export const sigmoid = activation(contracts.sigmoid, ACTIVATIONS.Sigmoid);
export const hardSigmoid = activation(contracts.hardSigmoid, ACTIVATIONS.HardSigmoid);
export const hardSwish = activation(contracts.hardSwish, ACTIVATIONS.HardSwish);
export const softplus = activation(contracts.softplus, ACTIVATIONS.Softplus);
export const softsign = activation(contracts.softsign, ACTIVATIONS.Softsign);
export const mish = activation(contracts.mish, ACTIVATIONS.Mish);
export const swish = activation(contracts.swish, ACTIVATIONS.Swish);
export const quickGelu = activation(contracts.quickGelu, ACTIVATIONS.Swish);
export const msGelu = activation(contracts.msGelu, () => geluErf);
export const gelu = implement(contracts.gelu, ({ attrs }) => {
  const f = attrs.string('approximate') === 'tanh' ? geluTanh : geluErf;
  return ([x]: [Tensor], ctx) => [map(ctx, x, f)];
});
