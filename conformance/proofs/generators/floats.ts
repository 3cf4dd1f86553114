/** Draws for fusions of float arithmetic: convolutions, products, gates, norms. */
import { pack, type DType } from '../../../src/tensor/index.ts';
import type { Values } from '../expression.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';

/** A two- or one-dimensional Conv of x, with a constant weight and perhaps a bias. */
export function conv(d: Draw): { text: string; attributes: string; channels: number; spatial: number; values: Values } {
  const spatial = d.pick([2, 2, 2, 1]);
  const group = d.pick([1, 1, 2]);
  const per = d.integer(1, 2), channels = group * d.integer(1, 3);
  const kernel = d.dims(spatial, 1, 3);
  const attributes = [
    group === 1 ? '' : `group: ${group}`, d.maybe(0.4, `pads: [${d.dims(2 * spatial, 0, 1).join()}]`), d.maybe(0.3, `strides: [${d.dims(spatial, 1, 2).join()}]`),
    d.maybe(0.2, `dilations: [${d.dims(spatial, 1, 2).join()}]`),
  ].filter(Boolean).join(', ');
  return {
    text: `Conv{${attributes}}(x, w${d.maybe(0.6, ', b')})`.replace('{}', ''), attributes, channels, spatial,
    values: { x: d.input('float32', [d.integer(1, 2), group * per, ...d.dims(spatial, 4, 6)]), w: d.between(-1, 1, channels, per, ...kernel), b: d.floats(channels) },
  };
}

/** One number a channel, in the shapes exporters give it. */
const perChannel = (d: Draw, channels: number, spatial: number) =>
  d.floats(...d.pick([[], [1], [channels, ...Array<number>(spatial).fill(1)], [1, channels, ...Array<number>(spatial).fill(1)], ...(d.chance(0.3) ? [[1, 1, ...Array<number>(spatial).fill(1)], Array<number>(spatial).fill(1)] : [])]));

const afterConv = (f: (c: string) => string) => (d: Draw): Drawn => {
  const { text, channels, spatial, values } = conv(d);
  return drawn(`y = ${d.chance(0.5) ? f(text) : f(text).replace(/^(\w+)\((.*), k\)$/, '$1(k, $2)')}`, {
    ...values, k: perChannel(d, channels, spatial), gamma: d.floats(channels), beta: d.floats(channels), mean: d.floats(channels), var: d.between(0.1, 2, channels),
  });
};

const FLOATS: readonly DType[] = ['float32', 'float32', 'float32', 'float64', 'float16'];

function matrices(d: Draw, type: DType = 'float32', transA = false, transB = false): { m: number; k: number; n: number; values: Values } {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 9), d.integer(1, 4)];
  const [a, b] = [transA ? [k, m] : [m, k], transB ? [n, k] : [k, n]];
  return { m, k, n, values: { a: d.input(type, a), b: d.chance(0.5) ? d.tensor(type, ...b) : d.input(type, b) } };
}

function gemm(d: Draw): { text: string; m: number; n: number; values: Values } {
  const [transA, transB] = [d.chance(0.3), d.chance(0.3)];
  const { m, n, values } = matrices(d, 'float32', transA, transB);
  const attributes = [transA && 'transA: 1', transB && 'transB: 1', d.chance(0.2) && 'alpha: 0.5', d.chance(0.2) && 'beta: 0.7'].filter(Boolean).join(', ');
  return { text: `Gemm{${attributes}}(a, b)`.replace('{}', ''), m, n, values: { ...values, c: d.floats(...d.pick([[n], [m, n], [1, n]])) } };
}

const swap = (d: Draw, f: string, a: string, b: string): string => (d.chance(0.5) ? `${f}(${a}, ${b})` : `${f}(${b}, ${a})`);

function gelu(d: Draw, factor: string): string {
  return d.pick([
    swap(d, 'Mul', swap(d, 'Mul', 'x', factor), 'half'), swap(d, 'Mul', swap(d, 'Mul', 'x', 'half'), factor), swap(d, 'Mul', 'x', swap(d, 'Mul', factor, 'half')),
  ]);
}

const gates = (d: Draw): Values => ({
  x: d.input('float32', d.dims(d.integer(1, 3))), half: f32(d.chance(0.95) ? 0.5 : 0.51), one: d.scalar(1), root: f32(Math.SQRT2), inv: f32(Math.SQRT1_2), three: f32(3), c: f32(0.044715), k: f32(0.7978845608),
  alpha: f32(d.pick([1.702, 1, -0.5, 2])),
});
const sigmoidGate = (d: Draw, dtype: DType): Drawn => drawn(
  `y = ${swap(d, 'Mul', 'x', `Sigmoid(${d.chance(0.3) ? 'x' : swap(d, 'Mul', 'x', 'alpha')})`)}`,
  { x: d.input(dtype, d.dims(d.integer(1, 3))), alpha: pack(dtype, [d.pick([1.702, 1, -0.5, 2])], []) },
);
const erf = (d: Draw): string => swap(d, 'Add', `Erf(${d.chance(0.5) ? 'Div(x, root)' : swap(d, 'Mul', 'x', 'inv')})`, 'one');
const geluErf = (opsets: readonly number[]) => (d: Draw): Drawn => drawn(`y = ${gelu(d, erf(d))}`, gates(d), { opset: d.pick(opsets) });

function tanh(d: Draw): string {
  const cube = d.pick(['Pow(x, three)', swap(d, 'Mul', 'x', 'Mul(x, x)')]);
  const inner = d.chance(0.6) ? swap(d, 'Mul', swap(d, 'Add', 'x', swap(d, 'Mul', cube, 'c')), 'k') : swap(d, 'Mul', swap(d, 'Mul', 'x', 'k'), swap(d, 'Add', swap(d, 'Mul', 'Mul(x, x)', 'c'), 'one'));
  return swap(d, 'Add', `Tanh(${inner})`, 'one');
}

/** Rows of x [.., W], and what normalizations read beside it. */
function rows(d: Draw, rank = d.integer(2, 3)): Values {
  const dims = [...d.dims(rank - 1, 1, 3), d.integer(2, 9)];
  const width = dims.at(-1)!;
  return {
    x: d.input('float32', dims), z: d.input('float32', d.chance(0.93) ? dims : [width]), g: d.floats(width), b: d.floats(width), e: f32(d.pick([1e-5, 1e-3, 0.1])), two: f32(2), one: f32(1),
    axes: i64(d.pick([-1, -1, rank - 1, 0])),
  };
}

function reduce(d: Draw, x: string, opset: number, rank: number): string {
  return opset < 18 ? `ReduceMean{axes: [${d.pick([-1, rank - 1])}]}(${x})` : `ReduceMean${d.maybe(0.1, '{keepdims: 1}')}(${x}, axes)`;
}

const layerNorm = (opsets: readonly number[]) => (d: Draw): Drawn => {
  const rank = d.integer(2, 3), opset = d.pick(opsets);
  const square = d.chance(0.5) ? 'Pow(d, two)' : 'Mul(d, d)';
  const text = `d = Sub(x, ${reduce(d, 'x', opset, rank)}); y = ${swap(d, 'Add', swap(d, 'Mul', `Div(d, Sqrt(${swap(d, 'Add', reduce(d, square, opset, rank), 'e')}))`, 'g'), 'b')}`;
  return drawn(text, rows(d, rank), { opset });
};

function rms(d: Draw): Drawn {
  const rank = d.integer(2, 3), opset = d.pick([13, 17, 18, 21]);
  const norm = d.pick(['Div(x, s)', swap(d, 'Mul', 'x', 'Div(one, s)'), swap(d, 'Mul', 'x', 'Reciprocal(s)')]);
  return drawn(`s = Sqrt(${swap(d, 'Add', reduce(d, d.chance(0.5) ? 'Pow(x, two)' : 'Mul(x, x)', opset, rank), 'e')}); y = ${swap(d, 'Mul', norm, 'g')}`, rows(d, rank), { opset });
}

function skip(d: Draw): Drawn {
  const opset = d.pick([17, 21, 23]);
  const epsilon = d.maybe(0.5, '{epsilon: 0.01}');
  const norm = d.pick([`LayerNormalization${epsilon}(s, g, b)`, `LayerNormalization${epsilon}(s, g)`, `SimplifiedLayerNormalization${epsilon}(s, g)`, ...(opset >= 23 ? [`RMSNormalization${epsilon}(s, g)`] : [])]);
  return drawn(`s${d.maybe(0.2, '!')} = Add(x, z); ${d.maybe(0.3, 't = Neg(s); ')}y${norm.startsWith('L') ? d.maybe(0.1, ', m') : ''} = ${norm}`, rows(d), { opset });
}

function biasSkip(d: Draw): Drawn {
  const biased = swap(d, 'Add', 'x', 'c');
  const pair = swap(d, '', biased, 'z').slice(1, -1);
  const norm = d.pick([`ms.SkipLayerNormalization{epsilon: 0.01}(${pair}, g${d.maybe(0.5, ', b')})`, `ms.SkipSimplifiedLayerNormalization(${pair}, g)`]);
  const values = rows(d);
  return drawn(`${d.chance(0.6) ? 'y' : 'y, _, _, s'} = ${norm}`, { ...values, c: values['g']! });
}

function embedding(d: Draw): Drawn {
  const [batch, tokens, width] = [d.integer(2, 3), d.integer(1, 4), d.integer(2, 8)];
  const table = (n: number) => d.floats(n, d.chance(0.97) ? width : 1);
  const place = d.pick(['places', 'Slice(every, zero, n, one)']);
  const [word, segment, position] = [`Gather(words, ${d.pick(['ids', 'Cast{to: 6}(ids)'])})`, 'Gather(segments, types)', `Gather(positions, ${place})`];
  const sum = d.chance(0.25) ? swap(d, 'Add', word, position) : swap(d, 'Add', d.pick([swap(d, 'Add', word, segment), swap(d, 'Add', word, position)]), 'LAST');
  const last = sum.includes('positions') ? segment : position;
  return drawn(`y = LayerNormalization${d.maybe(0.5, '{epsilon: 0.01}')}(${sum.replace('LAST', last)}, g, b)`, {
    ids: d.input('int64', [batch, tokens]), types: d.input('int64', [batch, tokens]), words: table(9), segments: table(4), positions: table(6), places: i64(...Array.from({ length: tokens }, () => d.integer(0, 5))).reshape([1, tokens]),
    every: i64(0, 1, 2, 3, 4, 5).reshape([1, 6]), zero: i64(0), n: i64(tokens), one: i64(1), g: d.floats(width), b: d.floats(width),
  }, { opset: d.pick([17, 21]) });
}

const ACTIVATIONS = ['Relu', 'Sigmoid', 'Tanh', 'LeakyRelu', 'LeakyRelu{alpha: 0.2}', 'LeakyRelu{alpha: -0.5}'];

function convActivation(d: Draw): Drawn {
  const { text, values } = conv(d);
  const opset = d.pick([10, 13, 21]);
  const clip = opset < 11 ? d.pick(['Clip{max: 6}', 'Clip{min: 0, max: 6}']) : 'Clip';
  const f = d.pick([...ACTIVATIONS, 'HardSigmoid', 'HardSigmoid{alpha: 0.25, beta: 0.4}', clip]);
  return drawn(`y = ${f}(${text}${f === 'Clip' ? d.pick([', lo, hi', ', lo', ', _, hi']) : ''})`, { ...values, lo: f32(d.pick([0, -1])), hi: f32(6) }, { opset });
}

function stacks(d: Draw): { a: number[]; b: number[]; rank: number } {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 7), d.integer(1, 4)];
  const batch = d.dims(d.integer(0, 2), 1, 2);
  return { a: [...batch, m, k], b: [...batch, k, n], rank: batch.length + 2 };
}

function turnedProduct(d: Draw): Drawn {
  const { a, b, rank } = stacks(d);
  const turn = (name: string, dims: number[]): [string, number[]] => {
    if (d.chance(0.4)) return [name, dims];
    const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
    return [`Transpose${rank === 2 && d.chance(0.5) ? '' : `{perm: [${perm.join()}]}`}(${name})`, [...dims.slice(0, -2), dims.at(-1)!, dims.at(-2)!]];
  };
  const [left, dimsA] = turn('a', a), [right, dimsB] = turn('b', b);
  const product = d.chance(0.7) ? 'MatMul' : `ms.FusedMatMul{alpha: ${d.pick([0.5, 2])}}`;
  return drawn(`y = ${product}(${left === 'a' && right === 'b' ? 'Identity(a)' : left}, ${right})`, { a: d.input('float32', dimsA), b: d.input('float32', dimsB) });
}

function scaledProduct(d: Draw): Drawn {
  const { a, b } = stacks(d);
  const product = d.chance(0.7) ? 'MatMul(a, b)' : `ms.FusedMatMul{alpha: ${d.pick([0.3, 2])}}(a, b)`;
  return drawn(`y = ${d.chance(0.5) ? `Div(${product}, c)` : swap(d, 'Mul', product, 'c')}`, { a: d.input('float32', a), b: d.input('float32', b), c: d.scalar(d.pick([0.3, 0.125, 8, 1.7, -2])) });
}

export const FLOAT_FUSIONS: Readonly<Record<string, Generator>> = {
  'pad-fusion': {
    draw: (d) => {
      const { text, spatial, values } = conv(d);
      const pads = [0, 0, ...d.dims(spatial, 0, 2), 0, 0, ...d.dims(spatial, 0, 2)];
      if (d.chance(0.05)) pads[d.pick([0, 1])] = 1;
      if (d.chance(0.05)) pads[2] = -1;
      const opset = d.pick([10, 13, 21]);
      const mode = d.maybe(0.1, 'mode: "edge"');
      const pad = opset < 11 ? `Pad{pads: [${pads.join()}]${mode && `, ${mode}`}}(x)` : `Pad{${mode}}(x, p${d.maybe(0.4, ', v')})`.replace('{}', '');
      return drawn(`y = ${text.replace('(x,', `(${pad},`)}`, { ...values, p: i64(...pads), v: f32(d.pick([0, 0, 0, 1, -0])) }, { opset });
    },
  },
  'conv-bn-fusion': { draw: (d) => ({ ...afterConv((c) => `BatchNormalization{epsilon: ${d.pick([0.00001, 0.01])}}(${c}, gamma, beta, mean, var)`)(d), opset: d.pick([9, 13, 14, 15, 21]) }) },
  'conv-mul-fusion': { draw: afterConv((c) => `Mul(${c}, k)`) },
  'conv-add-fusion': { draw: afterConv((c) => `Add(${c}, k)`) },
  'matmul-add-fusion': {
    draw: (d) => {
      const type = d.pick(FLOATS);
      const { m, n, values } = matrices(d, type);
      return drawn(`y = ${swap(d, 'Add', 'MatMul(a, b)', 'c')}`, { ...values, c: d.tensor(type, ...d.pick([[n], [m, n], [1], [], [m, 1], [1, n]])) }, { opset: d.pick([9, 11, 13, 21]) });
    },
  },
  'gemm-sum-fusion': { draw: (d) => {
    const { text, m, n, values } = gemm(d);
    return drawn(`y = ${swap(d, d.pick(['Add', 'Sum']), text, 'h')}`, { ...values, h: d.input('float32', d.chance(0.9) ? [m, n] : [n]) }, { opset: d.pick([11, 13, 21]) });
  } },
  'gemm-transpose-fusion': { draw: (d) => {
    const [transA, transB] = [d.chance(0.5), d.chance(0.5)];
    const [turnA, turnB] = d.pick([[true, false], [false, true], [true, true]]);
    const { n, values } = matrices(d, 'float32', transA !== turnA, transB !== turnB);
    const text = `Gemm{transA: ${Number(transA)}, transB: ${Number(transB)}}(${turnA ? 'Transpose(a)' : 'a'}, ${turnB ? d.pick(['Transpose(b)', 'Transpose{perm: [1, 0]}(b)']) : 'b'}${d.maybe(0.5, ', c')})`;
    return drawn(`y = ${text}`, { ...values, c: d.floats(n) });
  } },
  'gelu-fusion-l1': { draw: geluErf([20, 21, 21, 19]) },
  'gelu-fusion-l2': { draw: geluErf([13, 17, 21]) },
  'fast-gelu-fusion': { draw: (d) => drawn(`y = ${gelu(d, tanh(d))}`, gates(d)) },
  'quick-gelu-fusion': { draw: (d) => sigmoidGate(d, d.chance(0.1) ? 'float16' : d.pick(['float32', 'float32', 'float64'])) },
  'quick-gelu-narrow-fusion': { draw: (d) => sigmoidGate(d, d.chance(0.1) ? 'float32' : d.pick(['float16', 'bfloat16'])) },
  'bias-gelu-fusion': {
    draw: (d) => {
      const type = d.pick(['float32', 'float32', 'float32', 'float16'] as const);
      const width = d.integer(1, 8);
      const f = d.pick(['ms.Gelu', 'Gelu', 'Gelu{approximate: "tanh"}', ...(type === 'float32' ? ['ms.FastGelu'] : [])]);
      return drawn(`y = ${f}(${swap(d, 'Add', 'x', 'b')})`, { x: d.input(type, [...d.dims(d.integer(0, 2)), width]), b: pack(type, d.floats(width).data as Float32Array, [width]) });
    },
  },
  'layer-norm-fusion': { draw: layerNorm([17, 18, 21, 16]), applies: 0.4 },
  'layer-norm-fusion-l2': { draw: layerNorm([9, 13, 16, 17, 21]) },
  'embed-layer-norm-fusion': { draw: embedding },
  'simplified-layer-norm-fusion': { draw: rms, applies: 0.4 },
  'skip-layer-norm-fusion': { draw: skip },
  'bias-skip-layer-norm-fusion': { draw: biasSkip },
  'matmul-transpose-fusion': { draw: turnedProduct },
  'matmul-scale-fusion': { draw: scaledProduct },
  'conv-activation-fusion': { draw: convActivation },
  'gemm-activation-fusion': { draw: (d) => {
    const { text, values } = gemm(d);
    return drawn(`y = ${d.pick(ACTIVATIONS)}(${d.chance(0.6) ? text.replace('b)', 'b, c)') : text})`, values);
  } },
};
