import { gru as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { dot, gateInput, runRecurrent, type CellKind } from './sequence.ts';

/**
 * z = f(X Wz^T + H Rz^T + Wbz + Rbz), r = f(X Wr^T + H Rr^T + Wbr + Rbr),
 * h = g(X Wh^T + (r * H) Rh^T + Wbh + Rbh), or with linear_before_reset g(X Wh^T + Wbh + r * (H Rh^T + Rbh)),
 * H = (1 - z) * h + z * H. Gates lie in the order z, r, h. https://onnx.ai/onnx/operators/onnx__GRU.html
 */
const GRU: CellKind = {
  gates: 3,
  states: 1,
  activations: ['Sigmoid', 'Tanh'],
  clipped: 2,
  cell(d, attrs) {
    const { hidden, input, round, b } = d;
    const [f, g] = d.activations;
    const linearBeforeReset = attrs.has('linear_before_reset') && attrs.int('linear_before_reset') !== 0;
    const make = () => (d.w instanceof Float64Array ? new Float64Array(hidden) : new Float32Array(hidden));
    const [z, r, resetH, next] = [make(), make(), make(), make()];
    return (x, at, [h]) => {
      for (let j = 0; j < hidden; j++) {
        z[j] = f(gateInput(d, j, x, at, h));
        r[j] = f(gateInput(d, hidden + j, x, at, h));
        resetH[j] = r[j] * h[j];
      }
      const candidate = (j: number): number => {
        const row = 2 * hidden + j;
        if (!linearBeforeReset) return g(gateInput(d, row, x, at, resetH));
        const own = round(dot(d.w, row, x, at, input, 0, round) + b[row]);
        const past = round(dot(d.r, row, h, 0, hidden, 0, round) + b[3 * hidden + row]);
        return g(round(own + round(r[j] * past)));
      };
      for (let j = 0; j < hidden; j++) next[j] = round(round(1 - z[j]) * candidate(j)) + round(z[j] * h[j]);
      h.set(next);
    };
  },
};

export const gru = implement(contract, ({ attrs }) => (
  [x, w, r, b, lengths, h]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx,
) => runRecurrent(GRU, attrs, { x, w, r, b, lengths, initial: [h] }, ctx));
