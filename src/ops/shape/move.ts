import type { Dim } from '../../tensor/index.ts';
import { defineOp, type InferContext } from '../define.ts';
import { broadcastShapes, same } from '../infer.ts';
import { addDims, multiplyDims, product, quotient } from './dims.ts';
import { axesIn, axisIn, padAmounts, padDims, permutation, refuseIn, sliceAxis, splitSizes } from './geometry.ts';

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
  if (typeof count !== 'number' || count > rank) return count === undefined || typeof count === 'string' ? undefined : c.fail('more slices than axes', `at most ${rank}`, String(count));
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

export const transpose = defineOp('Transpose', {
  doc: 'y[i_perm(0), i_perm(1), ...] = x[i_0, i_1, ...]; without perm the axes are reversed.',
  versions: {
    1: { inputs: 'data:T', outputs: 'transposed:T', types: { T: 'ints uints floats complex bool string' }, attributes: { perm: 'ints' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const perm = permutation(c.attrs.has('perm') ? c.attrs.ints('perm') : undefined, dims.length, refuseIn(c));
    return [{ shape: perm.map((p) => dims[p]), value: dims.length < 2 ? c.ints(0) : undefined }];
  },
});

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
        // x[0:], whatever its length; and x[0:n] under a name n can only be as long as n or the axis
        if (start === 0 && step === 1 && typeof end === 'number' && end >= 2 ** 31 - 1) shape[axis] = length;
      }
    });
    return [{ shape, value: content }];
  },
});

export const pad = defineOp('Pad', {
  doc: 'The input with elements added around it (constant, reflected, edge or wrapped); negative pads crop.',
  versions: {
    1: {
      inputs: 'data:T',
      outputs: 'output:T',
      types: { T: 'floats' },
      attributes: { mode: 'string=constant', paddings: 'ints!', value: 'float=0' },
    },
    2: { attributes: { pads: 'ints!' }, without: ['paddings'] },
    11: { inputs: 'data:T pads:Int64 constant_value?:T', types: { T: 'ints uints floats', Int64: 'int64' }, without: ['pads', 'value'] },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    18: { inputs: 'data:T pads:Int64 constant_value?:T axes?:Tind', types: { Tind: 'int32 int64' } },
    19: {},
    21: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool string' } },
    23: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 string' } },
    24: { types: { T: 'ints uints floats complex fp8 int4s bfloat16 bool float4e2m1 float8e8m0 string' } },
    25: { types: { T: 'ints uints floats complex fp8 int4s int2s bfloat16 bool float4e2m1 float8e8m0 string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const pads = c.version.since < 2 ? c.attrs.ints('paddings') : c.version.since < 11 ? c.attrs.ints('pads') : c.ints(1);
    const axes = c.inputCount > 3 && c.input(3) !== undefined ? c.ints(3) : [...dims.keys()];
    if (pads === undefined || axes === undefined) return [{ shape: dims.map(() => undefined) }];
    if (![...pads, ...axes].every((d) => typeof d === 'number')) return [{ shape: dims.map(() => undefined) }];
    const { begin, end } = padAmounts(dims.length, pads as number[], axes as number[], refuseIn(c));
    return [{ shape: padDims(dims, begin, end, refuseIn(c)) }];
  },
});

export const expand = defineOp('Expand', {
  doc: 'The input broadcast with a shape.',
  versions: {
    8: { inputs: 'input:T shape:Int64', outputs: 'output:T', types: { T: 'ints uints floats complex bool string', Int64: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const target = c.ints(1);
    const shape = target === undefined ? undefined : broadcastShapes(c, c.shape(0), target);
    const content = c.ints(0);
    const size = shape === undefined ? undefined : product(shape);
    const repeats = content?.length === 1 && shape?.length === 1 && typeof size === 'number' && size <= 1024;
    return [{ shape, value: repeats ? new Array<Dim>(size).fill(content[0]) : size === content?.length ? content : undefined }];
  },
});

export const tile = defineOp('Tile', {
  doc: 'The input repeated a number of times along each axis.',
  versions: {
    1: { inputs: 'input:T tiles:T axis:T', outputs: 'output:T', types: { T: 'floats' } },
    6: { inputs: 'input:T repeats:T1', types: { T: 'ints uints floats complex bool string', T1: 'int64' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const repeats = c.version.since < 6 ? undefined : c.ints(1);
    if (repeats !== undefined && repeats.length !== dims.length) c.fail('repeats do not fit the rank', `${dims.length} entries`, String(repeats.length));
    return [{ shape: dims.map((d, i) => (repeats === undefined ? undefined : multiplyDims(d, repeats[i]))) }];
  },
});

export const compress = defineOp('Compress', {
  doc: 'The slices along an axis (or the elements) whose condition is true.',
  versions: {
    9: {
      inputs: 'input:T condition:T1',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bool string', T1: 'bool' },
      attributes: { axis: 'int' },
    },
    11: {},
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (!c.attrs.has('axis')) return [{ shape: [undefined] }];
    if (dims === undefined) return [];
    const axis = axisIn(c.attrs.int('axis'), dims.length, refuseIn(c));
    return [{ shape: dims.map((d, i) => (i === axis ? undefined : d)) }];
  },
});

export const reverseSequence = defineOp('ReverseSequence', {
  doc: 'The first sequence_lens[b] steps of each batch row in reverse order, the rest unchanged.',
  versions: {
    10: {
      inputs: 'input:T sequence_lens:Int64',
      outputs: 'Y:T',
      types: { T: 'ints uints floats complex bool string', Int64: 'int64' },
      attributes: { batch_axis: 'int=1', time_axis: 'int=0' },
    },
    28: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
  },
  infer: same,
});

export const depthToSpace = defineOp('DepthToSpace', {
  doc: 'Blocks of channels become blocks of pixels: [n, c, h, w] to [n, c / b^2, h b, w b].',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' }, attributes: { blocksize: 'int!' } },
    11: { attributes: { mode: 'string=DCR' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    28: {},
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    if (dims.length !== 4) c.fail('the input is not a batch of images', 'rank 4', `rank ${dims.length}`);
    const block = c.attrs.int('blocksize');
    const [n, channels, height, width] = dims;
    return [{ shape: [n, quotient([channels], [block * block]), multiplyDims(height, block), multiplyDims(width, block)] }];
  },
});

export const spaceToDepth = defineOp('SpaceToDepth', {
  doc: 'Blocks of pixels become channels: [n, c, h, w] to [n, c b^2, h / b, w / b].',
  versions: {
    1: { inputs: 'input:T', outputs: 'output:T', types: { T: 'ints uints floats complex bool string' }, attributes: { blocksize: 'int!' } },
    13: { types: { T: 'ints uints floats complex bfloat16 bool string' } },
    28: { attributes: { mode: 'string=DCR' } },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    if (dims.length !== 4) c.fail('the input is not a batch of images', 'rank 4', `rank ${dims.length}`);
    const block = c.attrs.int('blocksize');
    const [n, channels, height, width] = dims;
    return [{ shape: [n, multiplyDims(channels, block * block), quotient([height], [block]), quotient([width], [block])] }];
  },
});

export const trilu = defineOp('Trilu', {
  doc: 'The upper or lower triangle of each matrix, zeros elsewhere; k shifts the diagonal.',
  versions: {
    14: {
      inputs: 'input:T k?:Int64',
      outputs: 'output:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Int64: 'int64' },
      attributes: { upper: 'int=1' },
    },
  },
  infer: same,
});

export const centerCropPad = defineOp('CenterCropPad', {
  doc: 'Crops around the centre, or pads with zeros on both sides, until some axes have the given lengths.',
  versions: {
    18: {
      inputs: 'input_data:T shape:Tind',
      outputs: 'output_data:T',
      types: { T: 'ints uints floats complex bfloat16 bool string', Tind: 'int32 int64' },
      attributes: { axes: 'ints' },
    },
  },
  infer: (c) => {
    const dims = c.shape(0);
    if (dims === undefined) return [];
    const axes = c.attrs.has('axes') ? axesIn(c.attrs.ints('axes'), dims.length, refuseIn(c)) : [...dims.keys()];
    const lengths = c.ints(1);
    if (lengths !== undefined && lengths.length !== axes.length) c.fail('shape does not fit the axes', `${axes.length} entries`, String(lengths.length));
    return [{ shape: dims.map((d, i) => (axes.includes(i) ? lengths?.[axes.indexOf(i)] : d)) }];
  },
});

export const msTrilu = defineOp('Trilu', {
  doc: 'The upper or lower triangle of each matrix, zeros elsewhere; k shifts the diagonal.',
  domain: 'com.microsoft',
  versions: {
    1: { inputs: 'X:T k?:Int64', outputs: 'Y:T', types: { T: 'ints uints floats bfloat16 bool', Int64: 'int64' }, attributes: { upper: 'int=1' } },
  },
  infer: same,
});
