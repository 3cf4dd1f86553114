/** What RNN, GRU and LSTM share: directions, sequence lengths, memory layouts, and the matrix rows of a gate. */
import { fail } from '../../../src/errors.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import type { KernelContext, Outputs } from '../../../src/runtime/provider.ts';
import { toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { choose, expectDims, floatOutput, stepOf, type FloatArray, type Step } from '../support/index.ts';
import { activationsOf, type Activation } from './activations.ts';

/** The weights of one direction. Rows of gate g start at g * hidden. */
export interface Direction {
  readonly input: number;
  readonly hidden: number;
  /** [gates * hidden, input] */
  readonly w: FloatArray;
  /** [gates * hidden, hidden] */
  readonly r: FloatArray;
  /** [2 * gates * hidden]: those of W, then those of R; zeros when B is missing. */
  readonly b: FloatArray;
  /** Peephole weights of LSTM, [3 * hidden]. */
  readonly p: FloatArray | undefined;
  readonly activations: readonly Activation[];
  readonly round: Step;
}

/** One step of one sequence: reads x[at ...] and the states [h, c?], and replaces the states. */
export type Advance = (x: FloatArray, at: number, states: readonly FloatArray[]) => void;

export interface CellKind {
  readonly gates: number;
  /** 1 (h) or 2 (h and c). */
  readonly states: number;
  readonly activations: readonly string[];
  /** How many of them see clipped inputs: those of the gates. */
  readonly clipped: number;
  readonly cell: (direction: Direction, attrs: Attrs) => Advance;
}

export interface Inputs {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly r: Tensor;
  readonly b: Tensor | undefined;
  readonly lengths: Tensor | undefined;
  /** Initial states, in the order of the outputs. */
  readonly initial: readonly (Tensor | undefined)[];
  readonly p?: Tensor | undefined;
}

/** Whether each direction runs in reverse. */
const DIRECTIONS: Readonly<Record<string, readonly boolean[]>> = { forward: [false], reverse: [true], bidirectional: [false, true] };

/**
 * Runs a cell over every sequence in every direction. Outputs beyond a sequence's length are 0, and its last state is the
 * one after its last step (its first element, in reverse).
 * X: [steps, batch, input], Y: [steps, directions, batch, hidden], states: [directions, batch, hidden]; with layout 1
 * X: [batch, steps, input], Y: [batch, steps, directions, hidden], states: [batch, directions, hidden].
 */
export function runRecurrent(kind: CellKind, attrs: Attrs, inputs: Inputs, ctx: KernelContext): Outputs {
  const { x, w, r, b, lengths, initial, p } = inputs;
  const reversed = choose(DIRECTIONS, attrs.string('direction'), 'direction');
  const batchFirst = attrs.has('layout') && attrs.int('layout') === 1;
  if (x.dims.length !== 3 || r.dims.length !== 3) fail('E_SHAPE', 'X, W and R must have three axes', { found: `[${x.dims.join(', ')}]` });
  const [steps, batch] = batchFirst ? [x.dims[1], x.dims[0]] : [x.dims[0], x.dims[1]];
  const input = x.dims[2], hidden = attrs.has('hidden_size') ? attrs.int('hidden_size') : r.dims[2];
  const directions = reversed.length, rows = kind.gates * hidden;
  const stateDims = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  expectDims('W', w, [directions, rows, input]);
  expectDims('R', r, [directions, rows, hidden]);
  expectDims('B', b, [directions, 2 * rows]);
  expectDims('P', p, [directions, 3 * hidden]);
  expectDims('sequence_lens', lengths, [batch]);
  for (const t of initial) expectDims('the initial state', t, stateDims);

  const round = stepOf(x.type);
  const numbers = (t: Tensor): FloatArray => unpack(t) as FloatArray;
  const part = (t: Tensor, d: number): FloatArray => numbers(t).subarray((d * t.size) / directions, ((d + 1) * t.size) / directions);
  const ends = lengths === undefined ? new Array<number>(batch).fill(steps) : toInts(lengths);
  if (ends.some((e) => e < 0 || e > steps)) {
    fail('E_VALUE', 'a sequence length is out of range', {
      arg: { kind: 'input', name: 'sequence_lens' }, expected: `[0, ${steps}]`, found: `[${ends.join(', ')}]`,
    });
  }

  const yDims = batchFirst ? [batch, steps, directions, hidden] : [steps, directions, batch, hidden];
  const y = ctx.wants(0) ? floatOutput(ctx, 0, x.type, yDims) : undefined;
  const last = initial.map((_, s) => (ctx.wants(1 + s) ? floatOutput(ctx, 1 + s, x.type, stateDims) : undefined));
  const values = numbers(x), starts = initial.map((t) => t && numbers(t));
  const zeroBias = b === undefined ? new Float32Array(2 * rows) : undefined;
  const activations = activationsOf(attrs, directions, kind.activations, kind.clipped, round);
  const states = initial.map(() => (x.type === 'float64' ? new Float64Array(hidden) : new Float32Array(hidden)));
  for (let d = 0; d < directions; d++) {
    const direction: Direction = {
      input, hidden, w: part(w, d), r: part(r, d), b: zeroBias ?? part(b!, d), p: p && part(p, d), activations: activations[d], round,
    };
    const advance = kind.cell(direction, attrs);
    for (let n = 0; n < batch; n++) {
      const stateAt = (batchFirst ? n * directions + d : d * batch + n) * hidden;
      states.forEach((s, i) => { starts[i] === undefined ? s.fill(0) : s.set(starts[i].subarray(stateAt, stateAt + hidden)); });
      for (let i = 0; i < ends[n]; i++) {
        ctx.checkAbort();
        const t = reversed[d] ? ends[n] - 1 - i : i;
        advance(values, (batchFirst ? n * steps + t : t * batch + n) * input, states);
        y?.y.set(states[0], (batchFirst ? (n * steps + t) * directions + d : (t * directions + d) * batch + n) * hidden);
      }
      // An empty sequence has no last state: onnxruntime gives 0, not the initial state.
      if (ends[n] > 0) last.forEach((out, i) => out?.y.set(states[i], stateAt));
    }
  }
  return [y?.finish(), ...last.map((out) => out?.finish())];
}

/** start + sum over k of matrix[row, k] * vector[at + k], `count` columns. */
export function dot(matrix: FloatArray, row: number, vector: FloatArray, at: number, count: number, start: number, round: Step): number {
  let sum = start;
  const from = row * count;
  for (let k = 0; k < count; k++) sum = round(sum + round(matrix[from + k] * vector[at + k]));
  return sum;
}

/** Row `row` of X W^T + H R^T + Wb + Rb. */
export function gateInput(d: Direction, row: number, x: FloatArray, at: number, h: FloatArray): number {
  const { w, r, b, input, hidden, round } = d;
  const sum = dot(r, row, h, 0, hidden, dot(w, row, x, at, input, 0, round), round);
  return round(round(sum + b[row]) + b[b.length / 2 + row]);
}
