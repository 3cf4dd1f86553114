/** Draws for lowerings: com.microsoft operators in the forms that fusions and exporters make. */
import { f32 } from '../random.ts';
import { pack } from '../../../src/tensor/index.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { conv } from './floats.ts';
import { packed } from './products.ts';

const OPSETS = [13, 17, 18, 20, 21, 23];

const gate = (f: string) => (d: Draw): Drawn => {
  const width = d.integer(1, 6);
  const bias = f === 'BiasGelu' || (f === 'FastGelu' && d.chance(0.5)) ? ', b' : '';
  const alpha = f === 'QuickGelu' ? d.pick(['', '{alpha: 1.}', '{alpha: 0.7}']) : '';
  return drawn(`y = ms.${f}${alpha}(x${bias})`, { x: d.input('float32', [...d.dims(d.integer(0, 2)), width]), b: d.floats(width) }, { opset: d.pick(OPSETS) });
};

const norm = (f: string) => (d: Draw): Drawn => {
  const width = d.integer(2, 8), dims = [...d.dims(d.pick([1, 2]), 1, 3), width];
  const values = { x: d.input('float32', dims), z: d.input('float32', dims), g: d.floats(width), h: d.floats(width), b: d.floats(width) };
  const inputs = { SimplifiedLayerNormalization: 'x, g', SkipSimplifiedLayerNormalization: `x, z, g${d.maybe(0.5, ', b')}`, SkipLayerNormalization: `x, z, g${d.pick(['', ', h', ', h, b', ', _, b'])}` }[f]!;
  const outputs = f.startsWith('Skip') && d.chance(0.4) ? 'y, _, _, t' : d.chance(0.08) ? 'y, m' : 'y';
  return drawn(`${outputs} = ${f.startsWith('Skip') ? 'ms.' : ''}${f}{epsilon: ${d.pick([0.00001, 0.01])}}(${inputs})`, values, { opset: d.pick(OPSETS) });
};

function nbits(d: Draw): Drawn {
  const k = d.integer(1, 40), n = d.integer(1, 5);
  const p = packed(d, k, n, '0', { bits: d.pick([4, 8]), zeros: d.chance(0.5), bias: d.chance(0.4), level: 0 });
  return drawn(`y = ${p.text}`, { x: d.input('float32', [...d.dims(d.integer(1, 2), 1, 3), k]), ...p.values }, { opset: d.pick([21, 21, 23, 25, 17]) });
}

function fusedMatMul(d: Draw): Drawn {
  const [transA, transB] = [d.chance(0.5), d.chance(0.5)];
  const batch = d.dims(d.integer(0, 2), 1, 2);
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 6), d.integer(1, 4)];
  const attributes = [`alpha: ${d.pick([1, 0.25, 0.3, -2])}`, transA && 'transA: 1', transB && 'transB: 1'].filter(Boolean).join(', ').replace('alpha: 1', 'alpha: 1.');
  return drawn(`y = ms.FusedMatMul{${attributes}}(a, b)`, { a: d.input('float32', [...batch, ...(transA ? [k, m] : [m, k])]), b: d.input('float32', [...batch, ...(transB ? [n, k] : [k, n])]) });
}

function integerProduct(d: Draw): Drawn {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 9), d.integer(1, 5)];
  const [a, b] = [d.eight(), d.eight()];
  return drawn(`y = ms.MatMulIntegerToFloat(a, b, sa, sb${d.pick(['', ', za', ', za, zb', ', za, zb, bias', ', _, _, bias'])})`, {
    a: d.input(a, [m, k]), b: d.tensor(b, k, n), sa: f32(d.scale()), sb: d.between(0.001, 0.1, ...d.pick([[], [1], [n]])), za: d.zero(a), zb: d.zero(b), bias: d.floats(n),
  });
}

function dynamicProduct(d: Draw): Drawn {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 9), d.integer(1, 5)];
  const b = d.eight();
  return drawn(`y = ms.DynamicQuantizeMatMul(x, b, sb${d.pick(['', ', zb', ', zb, bias', ', _, bias'])})`, {
    x: d.input('float32', [m, k]), b: d.tensor(b, k, n), sb: d.between(0.001, 0.1, ...d.pick([[], [n]])), zb: d.zero(b), bias: d.floats(n),
  });
}

const ACTIVATIONS: readonly (readonly [string, string, string])[] = [
  ['Relu', '', ''], ['Sigmoid', '', ''], ['Tanh', '', ''], ['LeakyRelu', 'activation_params: [0.25]', 'activation_alpha: 0.25'], ['HardSigmoid', 'activation_params: [0.25, 0.4]', 'activation_alpha: 0.25, activation_beta: 0.4'],
];

function fusedConv(d: Draw): Drawn {
  const { text, attributes, channels, values } = conv(d);
  const [f, params] = d.pick<readonly [string, string, string]>([...ACTIVATIONS, ['Clip', 'activation_params: [0., 6.]', '']]);
  const all = [attributes, `activation: "${f}"`, params].filter(Boolean).join(', ');
  return drawn(`y = ms.FusedConv{${all}}${text.slice(text.indexOf('('))}`, { ...values, b: d.floats(channels) }, { opset: d.pick([9, 13, 21]) });
}

function fusedGemm(d: Draw): Drawn {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 6), d.integer(1, 4)];
  const [f, , params] = d.pick(ACTIVATIONS.slice(0, 4));
  const transB = d.chance(0.5);
  return drawn(`y = ms.FusedGemm{${[`activation: "${f}"`, params, transB && 'transB: 1', d.chance(0.3) && 'alpha: 0.5'].filter(Boolean).join(', ')}}(a, b${d.maybe(0.6, ', c')})`, {
    a: d.input('float32', [m, k]), b: d.floats(...(transB ? [n, k] : [k, n])), c: d.floats(n),
  });
}

function qlinear(d: Draw): Drawn {
  const type = d.eight();
  const dims = [d.integer(1, 2), d.integer(1, 3), ...d.dims(2, 2, 4)];
  const parts = 'a, sa, za, b, sb, zb', one = 'a, sa, za, sy, zy';
  const text = d.pick([
    `QLinearAdd(${parts}, sy, zy)`, `QLinearMul(${parts}, sy, zy)`, `QLinearSigmoid(${one.replace('sy, zy', 'sg, zg')})`, `QLinearLeakyRelu{alpha: 0.2}(${one})`, `QLinearSoftmax{axis: -1, opset: ${d.pick([13, 13, 13, 11])}}(${one.replace('sy, zy', 'sg, zg')})`,
    `QLinearAveragePool{kernel_shape: [2, 2]${d.maybe(0.5, ', pads: [1, 0, 0, 1]')}${d.maybe(0.3, ', count_include_pad: 1')}}(${one})`, `QLinearGlobalAveragePool${d.maybe(0.1, '{channels_last: 1}')}(${one})`, 'QLinearConcat{axis: 1}(sy, zy, a, sa, za, b, sb, zb)',
    `QLinearWhere(c, ${parts}, sy, zy)`,
  ]);
  return drawn(`y = ms.${text}`, {
    a: d.input(type, dims), b: d.input(type, dims), c: d.input('bool', dims), ...d.quantizer('a', type), ...d.quantizer('b', type), ...d.quantizer('y', type), sg: f32(d.pick([1 / 256, 1 / 256, 0.0037, 0.3])), zg: pack(type, [type === 'int8' ? -128 : 0], []),
  });
}

const qgemm = (to: 'quantized' | 'float') => (d: Draw): Drawn => {
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 9), d.integer(1, 4)];
  const [a, b] = d.pick([['uint8', 'int8'], ['uint8', 'uint8'], ['int8', 'int8']] as const);
  const [transA, transB] = [d.chance(0.3), d.chance(0.5)];
  const channels = d.chance(0.5) ? [n] : [];
  const attributes = [`alpha: ${d.pick([1, 0.5])}`.replace('alpha: 1', 'alpha: 1.'), transA && 'transA: 1', transB && 'transB: 1'].filter(Boolean).join(', ');
  return drawn(`y = ms.QGemm{${attributes}}(a, sa, za, b, sb, zb, ${d.chance(0.6) ? 'c' : '_'}${to === 'quantized' ? ', sy, zy' : ''})`.replace(', _)', ')'), {
    a: d.input(a, transA ? [k, m] : [m, k]), b: d.tensor(b, ...(transB ? [n, k] : [k, n])), sa: f32(d.scale()), za: d.zero(a), sb: d.between(0.001, 0.05, ...channels), zb: channels.length > 0 ? d.zero(b, n) : d.zero(b),
    c: d.tensor('int32', n), sy: f32(d.scale()), zy: d.zero(a),
  });
};

export const PORTABLE_FORMS: Readonly<Record<string, Generator>> = {
  'lower-matmul-nbits': { draw: nbits },
  'lower-dynamic-quantize-matmul': { draw: dynamicProduct },
  'lower-matmul-integer-to-float': { draw: integerProduct },
  'lower-fused-matmul': { draw: fusedMatMul },
  'lower-skip-simplified-layer-norm': { draw: norm('SkipSimplifiedLayerNormalization') },
  'lower-simplified-layer-norm': { draw: norm('SimplifiedLayerNormalization') },
  'lower-skip-layer-norm': { draw: norm('SkipLayerNormalization') },
  'lower-gelu': { draw: (d) => gate(d.pick(['Gelu', 'BiasGelu']))(d) },
  'lower-fast-gelu': { draw: gate('FastGelu') },
  'lower-quick-gelu': { draw: gate('QuickGelu') },
  'lower-fused-conv': { draw: fusedConv },
  'lower-fused-gemm': { draw: fusedGemm },
  'lower-qlinear': { draw: qlinear },
  'lower-qgemm': { draw: qgemm('quantized') },
  'lower-qgemm-to-float': { draw: qgemm('float') },
};
