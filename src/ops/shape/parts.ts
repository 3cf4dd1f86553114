import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext } from '../define.ts';
import { addDims } from './dims.ts';
import { axesIn, axisIn, refuseIn, sliceAxis, splitSizes } from './geometry.ts';

// Known content of concatenated vectors; a vector of unknown content but known length keeps its places.
function concatContent(c: InferContext, shapes: readonly (readonly Dim[] | undefined)[]): Dim[] | undefined {
  const content: Dim[] = [];
  for (let i = 0; i < shapes.length; i++) {
    const length = shapes[i]?.[0];
    const part = c.ints(i) ?? (typeof length === 'number' && length <= 64 ? new Array<Dim>(length).fill(undefined) : undefined);
    if (part === undefined) return undefined;
    content.push(...part);
  }
  return content;
}

interface SliceSpec {
  readonly axes: readonly number[];
  readonly starts: readonly Dim[];
  readonly ends: readonly Dim[];
  readonly steps: readonly Dim[];
}

// What is known of a Slice; undefined when not even the axes are.
function sliceSpec(c: InferContext, rank: number): SliceSpec | undefined {
  const inputs = c.version.since >= 10;
  const starts = inputs ? c.ints(1) : c.attrs.ints('starts');
  const ends = inputs ? c.ints(2) : c.attrs.ints('ends');
  const count = starts?.length ?? ends?.length ?? c.shape(1)?.[0];
  if (typeof count !== 'number') return undefined;
  if (count > rank) c.fail('more slices than axes', `at most ${rank}`, String(count));
  const given = inputs ? (i: number) => c.inputCount > i && c.input(i) !== undefined : () => false;
  const axes = inputs ? (given(3) ? c.ints(3) : undefined) : c.attrs.has('axes') ? c.attrs.ints('axes') : undefined;
  if (given(3) && !axes?.every((a) => typeof a === 'number')) return undefined;
  const nothing = new Array<Dim>(count).fill(undefined);
  const spec = {
    axes: axesIn((axes as number[] | undefined) ?? Array.from({ length: count }, (_, i) => i), rank, refuseIn(c)),
    starts: starts ?? nothing, ends: ends ?? nothing, steps: given(4) ? (c.ints(4) ?? nothing) : nothing.map(() => 1),
  };
  for (const list of [spec.starts, spec.ends, spec.steps]) {
    if (list.length !== spec.axes.length) c.fail('starts, ends, axes and steps differ in length', `${spec.axes.length} entries`, String(list.length));
  }
  return spec;
}

export const concat = defineOp('Concat', {
  doc: 'The inputs one after another along an axis.',
  versions: {
    1: { inputs: 'inputs*:T', outputs: 'concat_result:T', types: { T: 'floats' }, attributes: { axis: 'int' } },
    4: { types: { T: 'ints uints floats complex bool string' }, attributes: { axis: 'int!' } },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const shapes = Array.from({ length: c.inputCount }, (_, i) => c.shape(i));
    const known = shapes.find((s) => s !== undefined);
    if (known === undefined) return [];
    const axis = axisIn(c.attrs.has('axis') ? c.attrs.int('axis') : 1, known.length, refuseIn(c));
    const shape: Dim[] = [...known];
    shape[axis] = 0;
    for (const dims of shapes) {
      if (dims !== undefined && dims.length !== known.length) c.fail('inputs differ in rank', `rank ${known.length}`, `rank ${dims.length}`);
      shape.forEach((d, i) => {
        if (i === axis) shape[i] = addDims(d, dims?.[i]);
        else if (typeof d !== 'number') shape[i] = dims?.[i] ?? d;
        else if (typeof dims?.[i] === 'number' && dims[i] !== d) c.fail(`inputs differ on axis ${i}`, String(d), String(dims[i]));
      });
    }
    return [{ shape, value: known.length === 1 ? concatContent(c, shapes) : undefined }];
  },
});

export const split = defineOp('Split', {
  doc: 'Parts of the input along an axis: of given lengths, or equal.',
  versions: {
    1: { inputs: 'input:T split?:T', outputs: 'outputs...*:T', types: { T: 'floats' }, attributes: { axis: 'int', split: 'ints' } },
    2: { inputs: 'input:T', outputs: 'outputs*:T', types: { T: 'ints uints floats complex bool string' }, attributes: { axis: 'int=0' } },
    11: {},
    13: { inputs: 'input:T split?:Int64', types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' }, without: ['split'] },
    18: { attributes: { num_outputs: 'int' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const parts = c.outputCount;
    const axis = axisIn(c.attrs.has('axis') ? c.attrs.int('axis') : 0, dims.length, refuseIn(c));
    const given = c.attrs.has('split') ? c.attrs.ints('split') : c.inputCount > 1 ? c.ints(1) : undefined;
    if (given !== undefined && given.length !== parts) c.fail('split sizes do not fit the outputs', `${parts} sizes`, String(given.length));
    const whole = given?.every((d) => typeof d === 'number') ? (given as readonly number[]) : undefined;
    const length = dims[axis];
    const unknown = c.inputCount > 1 && c.input(1) !== undefined && whole === undefined;
    const sizes = typeof length !== 'number' || unknown
      ? (given ?? new Array<Dim>(parts).fill(parts === 1 ? length : undefined))
      : splitSizes(length, whole, parts, c.version.since >= 18, refuseIn(c));
    const content = dims.length === 1 ? c.ints(0) : undefined;
    let start = 0;
    return sizes.map((size) => {
      const shape = dims.map((d, i) => (i === axis ? size : d));
      const value = content !== undefined && typeof size === 'number' ? content.slice(start, start + size) : undefined;
      start += typeof size === 'number' ? size : NaN;
      return { shape, value };
    });
  },
});

export const slice = defineOp('Slice', {
  doc: 'x[start:end:step] along some axes, as in Python.',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string' },
      attributes: { axes: 'ints', ends: 'ints!', starts: 'ints!' },
    },
    10: { inputs: 'data:T starts:Tind ends:Tind axes?:Tind steps?:Tind', types: { Tind: 'int32 int64' }, without: ['axes', 'ends', 'starts'] },
    11: {},
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const spec = sliceSpec(c, dims.length);
    if (spec === undefined) return [{ shape: dims.map(() => undefined) }];
    const shape = [...dims];
    let content = dims.length === 1 ? c.ints(0) : undefined;
    spec.axes.forEach((axis, i) => {
      const [start, end, step] = [spec.starts[i], spec.ends[i], spec.steps[i]];
      const length = dims[axis];
      shape[axis] = undefined;
      if (step === 0) c.fail('the step of a slice is 0', 'a step that is not 0', '0');
      if (typeof start !== 'number' || typeof step !== 'number') content = undefined;
      else if (typeof length === 'number' && typeof end === 'number') {
        const s = sliceAxis(length, start, end, step, refuseIn(c));
        shape[axis] = s.length;
        content = content && Array.from({ length: s.length }, (_, k) => content![s.start + k * s.step]);
      } else {
        content = undefined;
        // x[0:] is all of x, whatever its length
        if (start === 0 && step === 1 && typeof end === 'number' && end >= 2 ** 31 - 1) shape[axis] = length;
      }
    });
    return [{ shape, value: content }];
  },
});
