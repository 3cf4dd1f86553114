import { rnn as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { gateInput, runRecurrent, type CellKind } from './sequence.ts';

/** H = f(X W^T + H R^T + Wb + Rb). https://onnx.ai/onnx/operators/onnx__RNN.html */
const RNN: CellKind = {
  gates: 1,
  states: 1,
  activations: ['Tanh'],
  clipped: 1,
  cell(d) {
    const [f] = d.activations;
    const next = d.w instanceof Float64Array ? new Float64Array(d.hidden) : new Float32Array(d.hidden);
    return (x, at, [h]) => {
      for (let j = 0; j < d.hidden; j++) next[j] = f(gateInput(d, j, x, at, h));
      h.set(next);
    };
  },
};

export const rnn = implement(contract, ({ attrs }) => (
  [x, w, r, b, lengths, h]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?], ctx,
) => runRecurrent(RNN, attrs, { x, w, r, b, lengths, initial: [h] }, ctx));
