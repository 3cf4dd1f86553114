import { dynamicQuantizeLSTM as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { toInts, unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { activationsOf, type Activation } from '../recurrent/activations.ts';
import { expectSize } from './blocks.ts';
import { quantizeDynamically } from './dynamic.ts';
import { multiplyIntegers } from './integer-matmul.ts';

type Inputs = [
  x: Tensor, w: Tensor, r: Tensor, b: Tensor | undefined, lengths: Tensor | undefined, h: Tensor | undefined, c: Tensor | undefined,
  p: Tensor | undefined, wScale: Tensor, wZero: Tensor, rScale: Tensor, rZero: Tensor,
];

/** Quantized weights of one direction: codes [K, 4 * hidden], a scale and a zero point for each column. */
interface Weights {
  readonly K: number;
  readonly codes: NumberArray;
  readonly scales: Float32Array;
  readonly zeros: Float32Array;
}

/**
 * LSTM whose matrix products are integer ones: X is quantized to uint8 as a whole, the hidden states of a step together.
 *     i, o, f, c = X W + H R + Wb + Rb           each product as float32(sum) * (scale of X or H * scale of W or R)
 *     C = f(f) * C + f(i) * g(c),  H = f(o) * h(C)     with peepholes P on i, f (old C) and o (new C)
 * X: [steps, batch, input], W: [directions, input, 4 * hidden], R: [directions, hidden, 4 * hidden], scales and zero points:
 * [directions] or [directions, 4 * hidden], B: [directions, 8 * hidden], P: [directions, 3 * hidden],
 * Y: [steps, directions, batch, hidden], states: [directions, batch, hidden]. Gates lie in the order i, o, f, c.
 */
export const dynamicQuantizeLSTM = implement(contract, ({ attrs }) => {
  const direction = attrs.string('direction');
  const reversed = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
  const activations = activationsOf(attrs, reversed.length, ['Sigmoid', 'Tanh', 'Tanh'], 2, f32);
  const inputForget = attrs.int('input_forget') !== 0;

  return ([x, w, r, b, lengths, h, c, p, wScale, wZero, rScale, rZero]: Inputs, ctx) => {
    const [steps, batch, input] = x.dims;
    const hidden = r.dims[1], directions = reversed.length, gates = 4 * hidden;
    const stateDims = [directions, batch, hidden];
    expectSize('W', w, directions * input * gates);
    expectSize('R', r, directions * hidden * gates);
    for (const [name, t, size] of [['B', b, 2 * gates], ['initial_h', h, batch * hidden], ['initial_c', c, batch * hidden], ['P', p, 3 * hidden]] as const) {
      if (t !== undefined) expectSize(name, t, directions * size);
    }
    const y = ctx.wants(0) ? ctx.output(0, 'float32', [steps, directions, batch, hidden]) : undefined;
    (y?.data as Float32Array | undefined)?.fill(0);
    const last = [1, 2].map((i) => (ctx.wants(i) ? ctx.output(i, 'float32', stateDims) : undefined));
    const ends = lengths === undefined ? new Array<number>(batch).fill(steps) : toInts(lengths);
    if (ends.length !== batch || ends.some((e) => e < 0 || e > steps)) {
      fail('E_VALUE', 'sequence_lens does not fit X', { arg: { kind: 'input', name: 'sequence_lens' }, expected: `${batch} of [0, ${steps}]`, found: `[${ends.join(', ')}]` });
    }
    const longest = Math.max(0, ...ends);
    reversed.forEach((isReversed, d) => {
      const biases = summedBiases(b, d, gates);
      const peepholes = p && part(unpack(p), d, directions);
      const fromInput = ctx.scratch('float32', [longest, batch, gates]).data as Float32Array;
      const used = unpack(x).subarray(0, longest * batch * input);
      addProduct(fromInput, used, longest * batch, weightsOf(w, wScale, wZero, d, directions), ctx);
      const recurrent = weightsOf(r, rScale, rZero, d, directions);
      const state = Float32Array.from(h === undefined ? new Float32Array(batch * hidden) : part(unpack(h), d, directions));
      const memory = Float32Array.from(c === undefined ? new Float32Array(batch * hidden) : part(unpack(c), d, directions));
      for (let i = 0; i < longest; i++) {
        // The states are quantized together. Those of an ended sequence count once more, then as 0: so does onnxruntime.
        const running = state.map((v, at) => (i <= ends[Math.floor(at / hidden)] ? v : 0));
        const inner = new Float32Array(batch * gates);
        addProduct(inner, running, batch, recurrent, ctx);
        for (let n = 0; n < batch; n++) {
          if (i >= ends[n]) continue;
          const t = isReversed ? ends[n] - 1 - i : i;
          const at = (t * batch + n) * gates;
          for (let g = 0; g < gates; g++) inner[n * gates + g] = f32(f32(fromInput[at + g] + inner[n * gates + g]) + biases[g]);
          updateCell(inner.subarray(n * gates, (n + 1) * gates), state, memory, n * hidden, hidden, activations[d], peepholes, inputForget);
          (y?.data as Float32Array | undefined)?.set(state.subarray(n * hidden, (n + 1) * hidden), ((t * directions + d) * batch + n) * hidden);
        }
      }
      (last[0]?.data as Float32Array | undefined)?.set(state, d * batch * hidden);
      (last[1]?.data as Float32Array | undefined)?.set(memory, d * batch * hidden);
    });
    return [y, ...last];
  };
});

/** One step of one sequence: state and memory [hidden] at `at` are replaced. gates: [4 * hidden] */
function updateCell(
  gates: Float32Array, state: Float32Array, memory: Float32Array, at: number, hidden: number,
  [f, g, h]: readonly Activation[], p: NumberArray | undefined, inputForget: boolean,
): void {
  for (let j = 0; j < hidden; j++) {
    const peek = (gate: number, c: number): number => (p === undefined ? 0 : f32(p[gate * hidden + j] * c));
    const old = memory[at + j];
    const i = f(f32(gates[j] + peek(0, old)));
    const forget = inputForget ? f32(1 - i) : f(f32(gates[2 * hidden + j] + peek(2, old)));
    const c = f32(f32(forget * old) + f32(i * g(gates[3 * hidden + j])));
    memory[at + j] = c;
    state[at + j] = f(f32(gates[hidden + j] + peek(1, c))) * h(c);
  }
}

/** y += a * W, with a [rows, K] quantized as a whole. y: [rows, N] */
function addProduct(y: Float32Array, a: NumberArray, rows: number, { K, codes, scales, zeros }: Weights, ctx: KernelContext): void {
  const N = scales.length;
  const quantized = quantizeDynamically(a, new Uint8Array(a.length));
  const sums = new Int32Array(rows * N);
  multiplyIntegers(
    sums, { codes: quantized.codes, at: 0, rowStep: K, columnStep: 1 }, new Uint8Array(rows).fill(quantized.zeroPoint),
    { codes, at: 0, rowStep: N, columnStep: 1 }, zeros, rows, K, N, ctx,
  );
  for (let i = 0; i < sums.length; i++) y[i] += f32(f32(sums[i]) * f32(quantized.scale * scales[i % N]));
}

function weightsOf(w: Tensor, scale: Tensor, zero: Tensor, d: number, directions: number): Weights {
  const [, K, N] = w.dims;
  const columns = (t: Tensor): Float32Array => {
    const own = part(unpack(t), d, directions);
    return Float32Array.from({ length: N }, (_, n) => own[own.length === 1 ? 0 : n]);
  };
  return { K, codes: part(unpack(w), d, directions), scales: columns(scale), zeros: columns(zero) };
}

// B holds the biases of W, then those of R.
function summedBiases(b: Tensor | undefined, d: number, gates: number): Float32Array {
  if (b === undefined) return new Float32Array(gates);
  const values = unpack(b).subarray(d * 2 * gates, (d + 1) * 2 * gates);
  return Float32Array.from({ length: gates }, (_, g) => values[g] + values[gates + g]);
}

function part(values: NumberArray, d: number, directions: number): NumberArray {
  return values.subarray((d * values.length) / directions, ((d + 1) * values.length) / directions);
}
