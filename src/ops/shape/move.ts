import type { Dim } from '../../tensor/index.ts';
import { defineOp } from '../define.ts';
import { broadcastShapes, same } from '../infer.ts';
import { multiplyDims, product, quotient } from './dims.ts';
import { axesIn, padAmounts, padDims, permutation, refuseIn } from './geometry.ts';

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
