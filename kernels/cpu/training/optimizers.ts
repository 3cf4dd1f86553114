/**
 * One step of an optimizer. The inputs are R (learning rate), T (steps done before), then for n tensors: all X, all
 * gradients G, and all of each state; the outputs are all new X, then all new states. In each, the gradient is regularized first:
 * g = norm_coefficient * x + g.
 *
 *     Adagrad    h = h + g^2                     x = x - r / (1 + t * decay_factor) * g / (sqrt(h) + epsilon)
 *     Momentum   v = alpha * v + beta * g        x = x - r * v, or x - r * (g + alpha * v) in mode nesterov;
 *                                                beta counts as 1 in the first step
 *     Adam       v = alpha * v + (1 - alpha) * g, h = beta * h + (1 - beta) * g^2
 *                                                x = (1 - norm_coefficient_post) * (x - r' * v / (sqrt(h) + epsilon)), where
 *                                                r' = r * sqrt(1 - beta^t) / (1 - alpha^t) after the first step
 *
 * https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_Adam.html
 */
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { adagrad as adagradContract, adam as adamContract, momentum as momentumContract } from '../../../src/ops/contracts.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { describeShape, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { choose, stepOf, type FloatArray, type Step } from '../support/index.ts';

/** Updates one element: given x, g and the states, writes the new x and states into `out`. */
type Update = (x: number, g: number, states: readonly number[], out: number[], step: Step) => void;

/** Runs an update over all tensors; `states` is how many the optimizer keeps for each. */
function optimize(ctx: KernelContext, tensors: readonly Tensor[], states: number, update: Update): Tensor[] {
  const groups = 2 + states; // X, G and the states
  const n = tensors.length / groups;
  if (!Number.isInteger(n)) {
    fail('E_MODEL', 'each tensor needs a gradient and its states', { expected: `a multiple of ${groups} tensors`, found: String(tensors.length) });
  }
  const outputs: Tensor[] = [];
  const old = new Array<number>(states), next = new Array<number>(1 + states);
  for (let k = 0; k < n; k++) {
    const [x, g, ...kept] = Array.from({ length: groups }, (_, group) => tensors[group * n + k]);
    for (const t of [g, ...kept]) {
      if (t.dims.join() !== x.dims.join()) {
        fail('E_SHAPE', 'a gradient or state does not fit its tensor', { expected: describeShape(x.dims), found: describeShape(t.dims) });
      }
    }
    const step = stepOf(x.type);
    const xs = unpack(x), gs = unpack(g), olds = kept.map((t) => unpack(t));
    const made = [x, ...kept].map((t, group) => (outputs[group * n + k] = ctx.output(group * n + k, t.type, t.dims)));
    const data = made.map((t) => t.data as FloatArray);
    for (let i = 0; i < x.size; i++) {
      for (let s = 0; s < states; s++) old[s] = olds[s][i];
      update(xs[i], gs[i], old, next, step);
      for (let s = 0; s <= states; s++) data[s][i] = next[s];
    }
  }
  return outputs;
}

type Inputs = readonly [rate: Tensor, count: Tensor, ...tensors: Tensor[]];

export const adagrad = implement(adagradContract, ({ attrs }) => {
  const decay = f32(attrs.float('decay_factor')), epsilon = f32(attrs.float('epsilon')), norm = f32(attrs.float('norm_coefficient'));
  return ([rate, count, ...tensors]: Inputs, ctx) => {
    const step = stepOf(rate.type);
    const r = step(unpack(rate)[0] / step(1 + step(toInts(count)[0] * decay)));
    return optimize(ctx, tensors, 1, (x, g, [h], out, round) => {
      const regular = round(round(norm * x) + g);
      out[1] = round(h + round(regular * regular));
      out[0] = round(x - round(round(r * regular) / round(round(Math.sqrt(out[1])) + epsilon)));
    });
  };
});

export const momentum = implement(momentumContract, ({ attrs }) => {
  const alpha = f32(attrs.float('alpha')), beta = f32(attrs.float('beta')), norm = f32(attrs.float('norm_coefficient'));
  const nesterov = choose({ standard: false, nesterov: true }, attrs.string('mode'), 'mode');
  return ([rate, count, ...tensors]: Inputs, ctx) => {
    const r = unpack(rate)[0];
    const weight = toInts(count)[0] > 0 ? beta : 1;
    return optimize(ctx, tensors, 1, (x, g, [v], out, round) => {
      const regular = round(round(norm * x) + g);
      out[1] = round(round(alpha * v) + round(weight * regular));
      const direction = nesterov ? round(regular + round(alpha * out[1])) : out[1];
      out[0] = round(x - round(r * direction));
    });
  };
});

export const adam = implement(adamContract, ({ attrs }) => {
  const alpha = f32(attrs.float('alpha')), beta = f32(attrs.float('beta')), epsilon = f32(attrs.float('epsilon'));
  const norm = f32(attrs.float('norm_coefficient')), post = f32(attrs.float('norm_coefficient_post'));
  return ([rate, count, ...tensors]: Inputs, ctx) => {
    const t = toInts(count)[0];
    const step = stepOf(rate.type);
    const given = unpack(rate)[0];
    const r = t > 0 ? step(step(given * step(Math.sqrt(step(1 - step(beta ** t))))) / step(1 - step(alpha ** t))) : given;
    return optimize(ctx, tensors, 2, (x, g, [v, h], out, round) => {
      const regular = round(round(norm * x) + g);
      out[1] = round(round(alpha * v) + round(round(1 - alpha) * regular));
      out[2] = round(round(beta * h) + round(round(1 - beta) * round(regular * regular)));
      const moved = round(x - round(r * round(out[1] / round(round(Math.sqrt(out[2])) + epsilon))));
      out[0] = round(round(1 - post) * moved);
    });
  };
});
