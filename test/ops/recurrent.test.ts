/** RNN, GRU and LSTM beside onnxruntime: directions, activations, clipping, lengths, states and peepholes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../src/tensor/index.ts';
import { both, distance, oneNode, runHere, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { flag, ints, maybe, tensor } from '../../conformance/fuzz/draw.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 25);

const CELLS = { RNN: { gates: 1, activations: 1, states: 1 }, GRU: { gates: 3, activations: 2, states: 1 }, LSTM: { gates: 4, activations: 3, states: 2 } } as const;
type Cell = keyof typeof CELLS;

// Those whose defaults onnxruntime leaves at 0 (Affine, ScaledTanh, ThresholdedRelu) are drawn with parameters only.
const PLAIN = ['Relu', 'Tanh', 'Sigmoid', 'LeakyRelu', 'HardSigmoid', 'Elu', 'Softsign', 'Softplus'];
const PARAMETRIC = ['Affine', 'ScaledTanh', 'ThresholdedRelu', 'LeakyRelu', 'HardSigmoid', 'Elu', 'Tanh'];

const draw = (cell: Cell): fc.Arbitrary<OneNode> => fc.record({
  direction: fc.constantFrom('forward', 'reverse', 'bidirectional'), sizes: ints(4, 1, 4), clip: maybe(fc.constantFrom(0.25, 0.5)), linear: flag, forget: flag,
  form: fc.constantFrom('default', 'plain', 'parametric'), picks: ints(6, 0, 6), parameters: ints(12, 2, 6),
}).chain(({ direction, sizes: [steps, batch, input, hidden], clip, linear, forget, form, picks, parameters }) => {
  const { gates, activations: count, states } = CELLS[cell];
  const directions = direction === 'bidirectional' ? 2 : 1;
  const float = (...dims: number[]) => tensor('float32', dims, -1, 1);
  const names = picks.slice(0, count * directions).map((i) => (form === 'plain' ? PLAIN : PARAMETRIC)[i]);
  const attributes = {
    direction, hidden_size: hidden,
    ...(clip !== undefined && { clip }),
    ...(form !== 'default' && { activations: names }),
    ...(form === 'parametric' && { activation_alpha: parameters.slice(0, 6).map((p) => p / 4 + 0.01), activation_beta: parameters.slice(6).map((p) => p / 8 + 0.01) }),
    ...(cell === 'GRU' && { linear_before_reset: linear }),
    ...(cell === 'LSTM' && { input_forget: forget }),
  };
  const lengths = ints(batch, 0, steps).map((n) => new Tensor('int32', Int32Array.from(n), [batch]));
  const state = () => maybe(float(directions, batch, hidden));
  return fc.tuple(
    float(steps, batch, input), float(directions, gates * hidden, input), float(directions, gates * hidden, hidden), maybe(float(directions, 2 * gates * hidden)), maybe(lengths),
    state(), states === 2 ? state() : fc.constant(undefined), cell === 'LSTM' ? maybe(float(directions, 3 * hidden)) : fc.constant(undefined),
  ).map(([x, w, r, b, n, h, c, p]): OneNode => ({
    opType: cell, opset: 14, attributes, inputs: cell === 'LSTM' ? [x, w, r, b, n, h, c, p] : [x, w, r, b, n, h], outputs: new Array(1 + states).fill('float32'),
  }));
});

describe('beside onnxruntime', () => {
  for (const cell of ['RNN', 'GRU', 'LSTM'] as const) {
    test(cell, async () => {
      await fc.assert(fc.asyncProperty(draw(cell), async (node) => {
        const { here, there } = await both(node);
        for (const [key, expected] of Object.entries(there)) expect(distance(here[key], expected)).toBeLessThan(1e-5);
      }), { numRuns: 2 * RUNS, seed: 17, endOnFailure: true });
    });
  }
});

describe('layouts', () => {
  const transpose = (t: Tensor, [a, b]: readonly [number, number]): Tensor => {
    const order = t.dims.map((_, i) => (i === a ? b : i === b ? a : i));
    return permute(t, order);
  };

  test('batch first holds the same numbers in another order', async () => {
    for (const cell of ['RNN', 'GRU', 'LSTM'] as const) {
      await fc.assert(fc.asyncProperty(draw(cell), async (node) => {
        const [x, w, r, b, n, h, c, p] = node.inputs;
        const swapped = { ...node, attributes: { ...node.attributes, layout: 1 }, inputs: [transpose(x!, [0, 1]), w, r, b, n, h && transpose(h, [0, 1]), c && transpose(c, [0, 1]), p].slice(0, node.inputs.length) };
        const plain = oneNode(node), batched = oneNode(swapped);
        const expected = await runHere(plain.bytes, plain.feeds), found = await runHere(batched.bytes, batched.feeds);
        // Y: [steps, directions, batch, hidden] and [batch, steps, directions, hidden]
        expect(permute(found['y0'], [1, 2, 0, 3])).toEqual(expected['y0']);
        expect(transpose(found['y1'], [0, 1])).toEqual(expected['y1']);
      }), { numRuns: 10, seed: 19 });
    }
  });
});

/** Axes in another order: axis i of the result is axis order[i] of t. */
function permute(t: Tensor, order: readonly number[]): Tensor {
  const dims = order.map((i) => t.dims[i]);
  const strides = t.dims.map((_, i) => t.dims.slice(i + 1).reduce((a, b) => a * b, 1));
  const out = Float32Array.from({ length: t.size }, (_, o) => {
    let from = 0;
    for (let i = dims.length - 1, rest = o; i >= 0; rest = Math.floor(rest / dims[i]), i--) from += (rest % dims[i]) * strides[order[i]];
    return (t.data as Float32Array)[from];
  });
  return new Tensor('float32', out, dims);
}

describe('element types', () => {
  test('float16 rounds once, at the end; float64 keeps its precision', async () => {
    const inputs = (type: 'float16' | 'float64', values: number[]): OneNode['inputs'] => {
      const t = (dims: number[], v: number[]) => new Tensor(type, type === 'float64' ? Float64Array.from(v) : Uint16Array.from(v), dims);
      return [t([1, 1, 1], [values[0]]), t([1, 1, 1], [values[1]]), t([1, 1, 1], [values[2]])];
    };
    const wide = oneNode({ opType: 'RNN', opset: 14, attributes: { hidden_size: 1 }, inputs: inputs('float64', [0.1, 0.3, 0]), outputs: ['float64'] });
    expect((await runHere(wide.bytes, wide.feeds))['y0'].data).toEqual(Float64Array.of(Math.tanh(0.1 * 0.3)));
    const half = oneNode({ opType: 'RNN', opset: 14, attributes: { hidden_size: 1 }, inputs: inputs('float16', [0x3c00, 0x3c00, 0]), outputs: ['float16'] });
    expect((await runHere(half.bytes, half.feeds))['y0'].data).toEqual(Uint16Array.of(0x3a18)); // tanh(1) = 0.7616
  });
});

describe('refusals', () => {
  const rnn = (attributes: OneNode['attributes'], lengths?: number[]): Promise<unknown> => {
    const f = (...dims: number[]) => new Tensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
    const { bytes, feeds } = oneNode({
      opType: 'RNN', opset: 14, attributes: { hidden_size: 2, ...attributes }, outputs: ['float32'],
      inputs: [f(3, 1, 2), f(1, 2, 2), f(1, 2, 2), undefined, lengths && new Tensor('int32', Int32Array.from(lengths), [lengths.length])],
    });
    return runHere(bytes, feeds);
  };

  test('name what is wrong', async () => {
    await expect(rnn({}, [4])).rejects.toMatchObject({ code: 'E_VALUE' });
    await expect(rnn({ activations: ['Sine'] })).rejects.toMatchObject({ code: 'E_ATTRIBUTE' });
    await expect(rnn({ direction: 'bidirectional' })).rejects.toMatchObject({ code: 'E_SHAPE' });
    await expect(rnn({ hidden_size: 3 })).rejects.toMatchObject({ code: 'E_SHAPE' });
  });
});
