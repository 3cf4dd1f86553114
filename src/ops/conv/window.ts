/**
 * Sliding-window geometry: what `auto_pad`, `pads`, `strides`, `dilations` and `ceil_mode` mean for the size of the output
 * and for which input element meets which kernel tap. Pure arithmetic, shared by contracts (symbolic dimensions) and
 * kernels (convolutions and pools of any spatial rank).
 *
 * Along one axis, tap k of output o reads input position  p = o * stride - padBegin + k * dilation.
 */
import { fail } from '../../errors.ts';
import type { Dim } from '../../tensor/index.ts';
import type { Attrs } from '../define.ts';

const AUTO_PADS = ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'] as const;
export type AutoPad = (typeof AUTO_PADS)[number];

/** The window attributes of a node, defaults filled in: one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** `pads` as given; only used with auto_pad NOTSET. */
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
  readonly autoPad: AutoPad;
  /** Output size rounds up instead of down, except for windows that would start beyond the input and its left padding. */
  readonly ceil: boolean;
}

/** One spatial axis of a window laid over an input of known size. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  readonly padEnd: number;
}

/** Reads the window attributes for a kernel shape. Throws `E_ATTRIBUTE` on wrong lengths or values. */
export function windowOf(attrs: Attrs, kernel: readonly number[]): Window {
  const rank = kernel.length;
  const list = (name: string, length: number, otherwise: number, least: number): readonly number[] => {
    const given = attrs.has(name) ? attrs.ints(name) : [];
    const values = given.length === 0 ? new Array<number>(length).fill(otherwise) : given;
    checkInts(name, values, length, least);
    return values;
  };
  checkInts('kernel_shape', kernel, rank, 1);
  const pads = list('pads', 2 * rank, 0, 0);
  return {
    kernel,
    strides: list('strides', rank, 1, 1),
    dilations: list('dilations', rank, 1, 1),
    padsBegin: pads.slice(0, rank),
    padsEnd: pads.slice(rank),
    autoPad: autoPadOf(attrs),
    ceil: attrs.has('ceil_mode') && attrs.int('ceil_mode') !== 0,
  };
}

/**
 * The kernel shape: `kernel_shape` when given, else the spatial axes of the weights when they are known. Throws `E_SHAPE`
 * when the two differ.
 */
export function kernelOf(attrs: Attrs, weights: readonly Dim[] | undefined): readonly number[] | undefined {
  const given = attrs.has('kernel_shape') ? attrs.ints('kernel_shape') : [];
  const known = weights?.every((d) => typeof d === 'number') ? (weights as readonly number[]) : undefined;
  if (given.length === 0) return known;
  if (known !== undefined && (known.length !== given.length || known.some((d, i) => d !== given[i]))) {
    fail('E_SHAPE', 'kernel_shape contradicts the weights', { expected: `[${known.join(', ')}]`, found: `[${given.join(', ')}]` });
  }
  return given;
}

/** Refuses X and W of a convolution whose ranks or channels do not go together; unknown dimensions pass. */
export function checkWeights(x: readonly Dim[], w: readonly Dim[], group: number, channels: Dim): void {
  if (w.length !== x.length) fail('E_SHAPE', 'X and W must have the same rank', { expected: `rank ${x.length}`, found: `rank ${w.length}` });
  if (group < 1) fail('E_ATTRIBUTE', 'group must be positive', { arg: { kind: 'attribute', name: 'group' }, found: String(group) });
  const [m, perGroup] = w;
  if (typeof channels === 'number' && typeof perGroup === 'number' && channels !== perGroup * group) {
    fail('E_SHAPE', 'the channels of X do not match W and group', { expected: `${perGroup} * ${group}`, found: String(channels) });
  }
  if (typeof m === 'number' && m % group !== 0) {
    fail('E_SHAPE', 'the output channels are not a multiple of group', { expected: `a multiple of ${group}`, found: String(m) });
  }
}

/** The same for a transposed convolution, whose W is [C, M / group, kernel...]. */
export function checkTransposedWeights(x: readonly Dim[], w: readonly Dim[], group: number, channels: Dim): void {
  checkWeights(x, [w[0], undefined, ...w.slice(2)], group, undefined);
  if (typeof channels === 'number' && typeof w[0] === 'number' && channels !== w[0]) {
    fail('E_SHAPE', 'the channels of X do not match W', { expected: String(w[0]), found: String(channels) });
  }
}

function autoPadOf(attrs: Attrs): AutoPad {
  const text = attrs.has('auto_pad') ? attrs.string('auto_pad') : '';
  const autoPad = AUTO_PADS.find((a) => a === (text === '' ? 'NOTSET' : text));
  return autoPad ?? fail('E_ATTRIBUTE', 'auto_pad has an unknown value', {
    arg: { kind: 'attribute', name: 'auto_pad' }, expected: AUTO_PADS.join(', '), found: text,
  });
}

// Sizes stay below 2^31, so that every position computed from them is an exact integer.
export function checkInts(name: string, values: readonly number[], length: number, least: number): void {
  if (values.length === length && values.every((v) => Number.isInteger(v) && v >= least && v <= 0x7fffffff)) return;
  fail('E_ATTRIBUTE', `${name} does not fit the window`, {
    arg: { kind: 'attribute', name }, expected: `${length} integers of at least ${least}`, found: `[${values.join(', ')}]`,
  });
}

/** Input positions from the first to the last tap. */
export function extent(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** Lays a window over spatial sizes. Throws `E_SHAPE` when it is larger than the padded input. */
export function slide(window: Window, spatial: readonly number[]): WindowAxis[] {
  checkRank(window, spatial);
  return spatial.map((input, i) => slideAxis(window, i, input));
}

function checkRank(window: Window, spatial: readonly Dim[]): void {
  if (spatial.length === window.kernel.length) return;
  fail('E_SHAPE', 'the window does not have the rank of its input', {
    expected: `${window.kernel.length} spatial axes`, found: `[${spatial.map((d) => d ?? '?').join(', ')}]`,
  });
}

function slideAxis(window: Window, i: number, input: number): WindowAxis {
  const kernel = window.kernel[i]!, stride = window.strides[i]!, dilation = window.dilations[i]!;
  const reach = extent(kernel, dilation);
  let [padBegin, padEnd] = [0, 0];
  if (window.autoPad === 'NOTSET') {
    [padBegin, padEnd] = [window.padsBegin[i]!, window.padsEnd[i]!];
  } else if (window.autoPad !== 'VALID') {
    // SAME_*: output = ceil(input / stride); an odd padding puts its extra element at the end (UPPER) or front (LOWER).
    const total = Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input);
    [padBegin, padEnd] = splitPadding(total, window.autoPad === 'SAME_UPPER');
  }
  const room = input + padBegin + padEnd - reach;
  if (room < 0) {
    fail('E_SHAPE', `the window does not fit into spatial axis ${i}`, {
      expected: `at least ${reach} elements with padding`, found: `${input} + ${padBegin} + ${padEnd}`,
    });
  }
  let output = Math.floor(room / stride) + 1;
  if (window.ceil && room % stride !== 0 && output * stride < input + padBegin) output++;
  return { input, output, kernel, stride, dilation, padBegin, padEnd };
}

/** Halves a padding; the odd element goes to the end when `upper`, else to the front. */
export function splitPadding(total: number, upper: boolean): [begin: number, end: number] {
  const half = Math.floor(total / 2);
  return upper ? [half, total - half] : [total - half, half];
}

/** Output sizes for sizes that may be symbolic. A window that keeps every size keeps its symbol. */
export function outputDims(window: Window, spatial: readonly Dim[]): Dim[] {
  checkRank(window, spatial);
  return spatial.map((d, i) => {
    if (typeof d === 'number') return slideAxis(window, i, d).output;
    const keeps = window.strides[i] === 1 && (window.autoPad === 'NOTSET'
      ? window.padsBegin[i]! + window.padsEnd[i]! + 1 === extent(window.kernel[i]!, window.dilations[i]!)
      : window.autoPad !== 'VALID' || window.kernel[i] === 1);
    return keeps ? d : undefined;
  });
}

/**
 * Called for each kernel tap and each row of outputs it feeds: outputs `output .. output + count - 1` (row-major over
 * the output's spatial axes) read inputs `input, input + step, ...` (row-major over the input's), where `step` is the last
 * axis' stride. Taps that fall into the padding are left out.
 */
export type VisitRun = (tap: number, input: number, output: number, count: number) => void;

/** Visits all runs. Any one output sees its taps in row-major order: the order in which kernels accumulate. */
export function forEachRun(axes: readonly WindowAxis[], visit: VisitRun): void {
  const last = axes.length - 1;
  const enter = (depth: number, tapBase: number, inputBase: number, outputBase: number): void => {
    const { input, output, kernel, stride, dilation, padBegin } = axes[depth]!;
    const firstTap = Math.max(0, Math.ceil((padBegin - (output - 1) * stride) / dilation));
    const endTap = Math.min(kernel, Math.floor((input - 1 + padBegin) / dilation) + 1);
    for (let k = firstTap; k < endTap; k++) {
      const shift = k * dilation - padBegin; // position = o * stride + shift
      const from = shift >= 0 ? 0 : Math.ceil(-shift / stride);
      const to = Math.min(output, Math.floor((input - 1 - shift) / stride) + 1);
      if (depth === last) {
        if (to > from) visit(tapBase + k, inputBase + from * stride + shift, outputBase + from, to - from);
        continue;
      }
      const next = axes[depth + 1]!;
      for (let o = from; o < to; o++) {
        enter(depth + 1, (tapBase + k) * next.kernel, (inputBase + o * stride + shift) * next.input, (outputBase + o) * next.output);
      }
    }
  };
  if (axes.length === 0) visit(0, 0, 0, 1); // no spatial axes: one tap, one output
  else if (axes.every((a) => a.output > 0)) enter(0, 0, 0, 0);
}

/** Number of taps of each output position along one axis that lie in the input, or in the input and its padding. */
export function tapCounts(axis: WindowAxis, withPadding: boolean): Float64Array {
  const { input, output, kernel, stride, dilation, padBegin, padEnd } = axis;
  const low = withPadding ? -padBegin : 0;
  const high = withPadding ? input + padEnd : input;
  return Float64Array.from({ length: output }, (_, o) => {
    const start = o * stride - padBegin;
    const from = start >= low ? 0 : Math.ceil((low - start) / dilation);
    const to = Math.min(kernel, Math.ceil((high - start) / dilation));
    return Math.max(0, to - from);
  });
}

/** A transposed window: the way back from the outputs of a window to its inputs. */
export interface TransposedWindow {
  readonly window: Window;
  /** Elements added at the end of each axis, to tell apart the sizes that a stride maps to one. */
  readonly outputPadding: readonly number[];
  /** Wanted output sizes; the padding follows from them. */
  readonly outputShape: readonly number[] | undefined;
}

export function transposedWindowOf(attrs: Attrs, kernel: readonly number[]): TransposedWindow {
  const rank = kernel.length;
  const window = windowOf(attrs, kernel);
  const padding = attrs.has('output_padding') ? attrs.ints('output_padding') : [];
  const outputPadding = padding.length === 0 ? kernel.map(() => 0) : padding;
  checkInts('output_padding', outputPadding, rank, 0);
  let outputShape = attrs.has('output_shape') ? attrs.ints('output_shape') : [];
  if (outputShape.length === rank + 2) outputShape = outputShape.slice(2); // some exporters give batch and channels too
  if (outputShape.length > 0) checkInts('output_shape', outputShape, rank, 0);
  return { window, outputPadding, outputShape: outputShape.length > 0 ? outputShape : undefined };
}

/**
 * Lays a transposed window over spatial sizes of X. The axes returned describe the plain window from Y back to X:
 * `input` is Y's size and `output` X's, so that `forEachRun` pairs each element of X with the elements of Y it feeds.
 */
export function slideTransposed(t: TransposedWindow, spatial: readonly number[]): WindowAxis[] {
  checkRank(t.window, spatial);
  return spatial.map((size, i) => slideTransposedAxis(t, i, size));
}

function slideTransposedAxis({ window, outputPadding, outputShape }: TransposedWindow, i: number, size: number): WindowAxis {
  const kernel = window.kernel[i]!, stride = window.strides[i]!, dilation = window.dilations[i]!;
  const full = (size - 1) * stride + outputPadding[i]! + extent(kernel, dilation);
  const same = window.autoPad === 'SAME_UPPER' || window.autoPad === 'SAME_LOWER';
  const wanted = outputShape?.[i] ?? (same ? size * stride : undefined);
  const [padBegin, padEnd] = wanted !== undefined ? splitPadding(Math.max(0, full - wanted), window.autoPad === 'SAME_UPPER')
    : window.autoPad === 'VALID' ? [0, 0]
    : [window.padsBegin[i]!, window.padsEnd[i]!];
  const result = wanted ?? full - padBegin - padEnd;
  if (result < 0) fail('E_SHAPE', `the padding removes more than spatial axis ${i} has`, { found: `${full} - ${padBegin} - ${padEnd}` });
  return { input: result, output: size, kernel, stride, dilation, padBegin, padEnd };
}

/** Sizes of Y for sizes of X that may be symbolic. */
export function transposedDims(t: TransposedWindow, spatial: readonly Dim[]): Dim[] {
  const { window } = t;
  checkRank(window, spatial);
  return spatial.map((d, i) => {
    if (t.outputShape !== undefined) return t.outputShape[i]!;
    if (typeof d === 'number') return slideTransposedAxis(t, i, d).input;
    const grows = t.outputPadding[i]! + extent(window.kernel[i]!, window.dilations[i]!) - 1;
    const pads = window.autoPad === 'NOTSET' ? window.padsBegin[i]! + window.padsEnd[i]! : window.autoPad === 'VALID' ? 0 : grows;
    return window.strides[i] === 1 && pads === grows ? d : undefined;
  });
}

/** Size of an axis whose pooling gave `size`: (size - 1) * stride + kernel - pads. */
export function unpooledSize({ kernel, strides, padsBegin, padsEnd }: Window, i: number, size: number): number {
  return (size - 1) * strides[i]! + kernel[i]! - padsBegin[i]! - padsEnd[i]!;
}
