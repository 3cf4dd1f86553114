/**
 * for (t = 0; t < length; t++) [state..., scan...] = body(state..., x_0[t], x_1[t], ...). Gives the last states, and
 * each scan output's values stacked along an axis. Scan inputs and outputs may run backwards.
 */
import { fail } from '../../../src/errors.ts';
import type { Graph } from '../../../src/graph/index.ts';
import * as contracts from '../../../src/ops/contracts.ts';
import type { Attrs } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import type { KernelContext, Outputs } from '../../../src/runtime/provider.ts';
import { stridesOf, toInts, type Tensor, type Value } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { takePart } from '../shape/concat.ts';
import { copyStrided, fillWith, zeroOf } from '../support/index.ts';
import { after, asTensor, Stack, takeTurns } from './turns.ts';

const optionalInts = (attrs: Attrs, name: string) => (attrs.has(name) ? attrs.ints(name) : undefined);

/** A scan input with the axis it is cut along. */
interface Track {
  readonly x: Tensor;
  readonly axis: number;
  readonly backwards: boolean;
}

/** Slice `t` of a track, without the axis. */
function sliceAt(ctx: KernelContext, { x, axis, backwards }: Track, t: number): Tensor {
  const part = ctx.scratch(x.type, x.dims.filter((_, i) => i !== axis));
  takePart(part, x, axis, backwards ? x.dims[axis] - 1 - t : t, 1);
  return part;
}

/** Runs the body over `length` slices, pushing scan outputs to `stacks`; then `finish` with the final states. */
function scanTracks(
  ctx: KernelContext, body: Graph, initial: readonly (Value | undefined)[], tracks: readonly Track[], length: number, stacks: readonly Stack[],
  finish: (states: readonly (Value | undefined)[]) => Outputs,
): Outputs | Promise<Outputs> {
  let states = initial;
  const turn = (t: number): boolean | Promise<boolean> => {
    if (t >= length) return false;
    const slices = tracks.map((track) => sliceAt(ctx, track, t));
    return after(ctx.runSubgraph(body, [...states, ...slices]), (results) => {
      stacks.forEach((stack, k) => stack.push(results[initial.length + k]));
      ctx.release([...slices, ...results.slice(initial.length), ...(t > 0 ? states : [])]);
      states = results.slice(0, initial.length);
      return true;
    });
  };
  return takeTurns(ctx, turn, () => finish(states));
}

const scanAlongAxes = (attrs: Attrs, body: Graph, scanCount: number) => {
  const inputAxes = optionalInts(attrs, 'scan_input_axes');
  const inputDirections = optionalInts(attrs, 'scan_input_directions');
  const outputAxes = optionalInts(attrs, 'scan_output_axes');
  const outputDirections = optionalInts(attrs, 'scan_output_directions');
  return (inputs: readonly (Value | undefined)[], ctx: KernelContext): Outputs | Promise<Outputs> => {
    const stateCount = inputs.length - scanCount;
    const tracks = inputs.slice(stateCount).map((value, k): Track => {
      const x = asTensor(value, 'a scan input');
      return { x, axis: axisIn(inputAxes?.[k] ?? 0, x.dims.length, refuseShape), backwards: inputDirections?.[k] === 1 };
    });
    const length = commonLength(tracks.map(({ x, axis }) => x.dims[axis]));
    const stacks = body.outputs.slice(stateCount).map((edge) => new Stack(ctx, edge.type));
    return scanTracks(ctx, body, inputs.slice(0, stateCount), tracks, length, stacks, (states) => [
      ...states,
      ...stacks.map((stack, k) => unroll(ctx, stateCount + k, stack, outputAxes?.[k] ?? 0, outputDirections?.[k] === 1)),
    ]);
  };
};

function commonLength(lengths: readonly number[]): number {
  if (lengths.some((n) => n !== lengths[0])) fail('E_SHAPE', 'scan inputs differ in length', { found: lengths.join(', ') });
  return lengths[0] ?? 0;
}

/** A stack [turns, ...dims] as output `index`, the turns along `axis` and perhaps backwards. */
function unroll(ctx: KernelContext, index: number, stack: Stack, axis: number, backwards: boolean): Tensor {
  const { type, dims } = stack.entry;
  const at = axisIn(axis, dims.length + 1, refuseShape);
  if (at === 0 && !backwards) return stack.finish(index);
  const y = ctx.output(index, type, [...dims.slice(0, at), stack.count, ...dims.slice(at)]);
  if (y.size === 0) return y;
  const strides = stridesOf(y.dims);
  const step = strides[at];
  strides.splice(at, 1);
  copyStrided([stack.count, ...dims],
    { tensor: y, offset: backwards ? (stack.count - 1) * step : 0, strides: [backwards ? -step : step, ...strides] },
    { tensor: stack.contents });
  return y;
}

/**
 * Opset 8: all inputs have a batch axis first, scan inputs a sequence axis second, and each batch row is scanned on its
 * own for sequence_lens[b] turns. Scan outputs are zero beyond that.
 */
const scanBatches = (attrs: Attrs, body: Graph, scanCount: number) => {
  const directions = optionalInts(attrs, 'directions');
  return ([lengths, ...inputs]: readonly (Value | undefined)[], ctx: KernelContext): Outputs | Promise<Outputs> => {
    const tensors = inputs.map((value) => asTensor(value, 'an input of Scan'));
    const stateCount = tensors.length - scanCount;
    const batch = commonLength(tensors.map((t) => t.dims[0]));
    const longest = commonLength(tensors.slice(stateCount).map((t) => t.dims[1]));
    const turns = lengths === undefined ? new Array<number>(batch).fill(longest) : toInts(asTensor(lengths, 'sequence_lens'));
    if (turns.length !== batch || turns.some((n) => n < 0 || n > longest)) {
      fail('E_VALUE', 'sequence_lens does not fit the inputs', { expected: `${batch} lengths from 0 to ${longest}`, found: `[${turns.join(', ')}]` });
    }
    const states = body.outputs.slice(0, stateCount).map((edge) => new Stack(ctx, edge.type));
    const rows: Stack[][] = [];
    const turn = (b: number): boolean | Promise<boolean> => {
      if (b >= batch) return false;
      const stacks = body.outputs.slice(stateCount).map((edge) => new Stack(ctx, edge.type));
      rows.push(stacks);
      const row = tensors.map((x) => sliceAt(ctx, { x, axis: 0, backwards: false }, b));
      const tracks = row.slice(stateCount).map((x, k): Track => {
        const backwards = directions?.[k] === 1;
        return { x: backwards ? firstSteps(ctx, x, turns[b]) : x, axis: 0, backwards };
      });
      return after(scanTracks(ctx, body, row.slice(0, stateCount), tracks, turns[b], stacks, (last) => last), (last) => {
        states.forEach((stack, k) => stack.push(last[k]));
        return true;
      });
    };
    return takeTurns(ctx, turn, () => [
      ...states.map((stack, k) => stack.finish(k)),
      ...body.outputs.slice(stateCount).map((_, k) => padRows(ctx, stateCount + k, rows.map((stacks) => stacks[k]), longest)),
    ]);
  };
};

/** The first steps of a sequence: a backwards scan of a short row starts at its own last step. */
function firstSteps(ctx: KernelContext, x: Tensor, count: number): Tensor {
  const part = ctx.scratch(x.type, [count, ...x.dims.slice(1)]);
  takePart(part, x, 0, 0, count);
  return part;
}

/** Stacks of several rows as [rows, longest, ...dims], short ones filled up with zeros. */
function padRows(ctx: KernelContext, index: number, rows: readonly Stack[], longest: number): Tensor {
  const filled = rows.find((stack) => stack.count > 0) ?? rows[0];
  if (filled === undefined) return fail('E_VALUE', 'there is no batch row to scan');
  const { type, dims } = filled.entry;
  const y = ctx.output(index, type, [rows.length, longest, ...dims]);
  fillWith(y, zeroOf(type));
  rows.forEach((stack, b) => stack.copyTo(y, (y.size / rows.length) * b));
  return y;
}

export const scan = implement(contracts.scan, ({ attrs, version }) => {
  const run = version.since < 9 ? scanBatches : scanAlongAxes;
  return run(attrs, attrs.graph('body'), attrs.int('num_scan_inputs'));
});
