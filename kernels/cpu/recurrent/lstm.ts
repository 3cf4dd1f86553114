import { lstm as contract } from '../../../src/ops/contracts.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { gateInput, runRecurrent, type CellKind } from './sequence.ts';

/**
 * i = f(X Wi^T + H Ri^T + Pi * C + Wbi + Rbi), forget = f(X Wf^T + H Rf^T + Pf * C + Wbf + Rbf) or 1 - i (input_forget),
 * c = g(X Wc^T + H Rc^T + Wbc + Rbc), C = forget * C + i * c,
 * o = f(X Wo^T + H Ro^T + Po * C + Wbo + Rbo) with the new C, H = o * h(C).
 * Gates lie in the order i, o, f, c; peepholes i, o, f. https://onnx.ai/onnx/operators/onnx__LSTM.html
 */
const LSTM: CellKind = {
  gates: 4,
  states: 2,
  activations: ['Sigmoid', 'Tanh', 'Tanh'],
  clipped: 2, // not h, as in onnxruntime: the cell state is no gate
  cell(d, attrs) {
    const { hidden, round, p } = d;
    const [f, g, h] = d.activations;
    const inputForget = attrs.int('input_forget') !== 0;
    const next = d.w instanceof Float64Array ? new Float64Array(hidden) : new Float32Array(hidden);
    return (x, at, [state, memory]) => {
      for (let j = 0; j < hidden; j++) {
        const peek = (gate: number, c: number): number => (p === undefined ? 0 : round(p[gate * hidden + j] * c));
        const gate = (k: number): number => gateInput(d, k * hidden + j, x, at, state);
        const i = f(round(gate(0) + peek(0, memory[j])));
        const forget = inputForget ? round(1 - i) : f(round(gate(2) + peek(2, memory[j])));
        memory[j] = round(forget * memory[j]) + round(i * g(gate(3)));
        const o = f(round(gate(1) + peek(1, memory[j])));
        next[j] = o * h(memory[j]);
      }
      state.set(next);
    };
  },
};

export const lstm = implement(contract, ({ attrs }) => (
  [x, w, r, b, lengths, h, c, p]: [Tensor, Tensor, Tensor, Tensor?, Tensor?, Tensor?, Tensor?, Tensor?], ctx,
) => runRecurrent(LSTM, attrs, { x, w, r, b, lengths, initial: [h, c], p }, ctx));
