/** Draws for passes over QDQ units. Scales are near the draw's unit, so that half of all floats are ties of the quantizers. */
import { pack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import type { Values } from '../expression.ts';
import { drawn, type Draw, type Drawn } from '../draw.ts';
import type { Generator } from '../prove.ts';
import { f32, i64 } from '../random.ts';
import { conv } from './floats.ts';

const q = (x: string, name = 'y'): string => `QuantizeLinear(${x}, s${name}, z${name})`;
const dq = (x: string): string => `DequantizeLinear(${x}, s${x}, z${x})`;

/** A quantized input of a name, with constant parameters of one element. */
function quantized(d: Draw, name: string, dtype: DType, dims: readonly number[]): Values {
  return { [name]: d.input(dtype, dims), ...d.quantizer(name, dtype) };
}

/** Scales that make (sa sb) / sy a small dyadic number for half of the draws: sums then fall on ties. */
function productScales(d: Draw, channels: number, perChannel: boolean): { sa: number; sb: number[]; sy: number } {
  if (d.chance(0.5)) {
    const sb = Array.from({ length: perChannel ? channels : 1 }, () => 2 ** -d.integer(4, 6));
    return { sa: 2 ** -d.integer(3, 5), sb, sy: 2 ** -d.integer(2, 5) };
  }
  const sb = Array.from({ length: perChannel ? channels : 1 }, () => Math.fround(0.002 + 0.05 * d.next()));
  return { sa: d.scale(), sb, sy: Math.fround(d.scale() * d.pick([1, 4, 0.5])) };
}

interface Product {
  readonly values: Record<string, Tensor>;
  /** Attribute of DequantizeLinear of the weight. */
  readonly axis: string;
  readonly units: Float32Array;
}

function product(d: Draw, a: DType, b: DType, y: DType, channels: number, axis: number): Product {
  const perChannel = d.chance(0.5);
  const { sa, sb, sy } = productScales(d, channels, perChannel);
  const shape = perChannel ? [channels] : [];
  const symmetric = d.chance(0.5);
  return {
    values: {
      sa: f32(sa), za: d.zero(a), sb: f32(sb, shape), zb: symmetric || b !== 'uint8' && perChannel ? pack(b, sb.map(() => 0), shape) : pack(b, sb.map(() => d.integer(0, 100)), shape),
      sy: f32(sy), zy: d.zero(y),
    },
    axis: perChannel ? `{axis: ${axis}}` : '', units: Float32Array.from(sb, (s) => Math.fround(Math.fround(sa) * Math.fround(s))),
  };
}

/** Types of activation, weight and result: mostly those that integer products pair. */
const pairing = (d: Draw): readonly [DType, DType, DType] => d.pick([['uint8', 'int8', 'uint8'], ['uint8', 'uint8', 'uint8'], ['int8', 'int8', 'int8'], ...(d.chance(0.2) ? [['int8', 'uint8', 'int8'], ['uint8', 'int8', 'int8'], ['uint16', 'int8', 'uint16']] : [])] as const) as readonly [DType, DType, DType];

function bias(d: Draw, units: Float32Array, channels: number): { text: string; values: Values } {
  const axis = units.length > 1 ? '{axis: 0}' : '';
  return d.pick([
    { text: '', values: {} },
    { text: `, DequantizeLinear${axis}(c, sc)`, values: { c: d.tensor('int32', channels), sc: f32(units, units.length > 1 ? [channels] : []) } },
    { text: ', c', values: { c: d.floats(channels) } },
  ]);
}

function qdqConv(d: Draw): Drawn {
  const [a, b, y] = pairing(d);
  const { text, channels, values } = conv(d);
  const dimsOf = (name: string): readonly number[] => ('dims' in values[name]! ? (values[name].dims as readonly number[]) : []);
  const p = product(d, a, b, y, channels, 0);
  const c = bias(d, p.units, channels);
  const quantizedConv = text.replace(/\(.*/, '') + `(DequantizeLinear(a, sa, za), DequantizeLinear${p.axis}(b, sb, zb)${c.text})`;
  return drawn(`y = ${q(quantizedConv)}`, { ...p.values, ...c.values, a: d.input(a, dimsOf('x')), b: d.tensor(b, ...dimsOf('w')) });
}

const matmul = (to: 'quantized' | 'float') => (d: Draw): Drawn => {
  const [a, b, y] = pairing(d);
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 12), d.integer(1, 4)];
  const batch = d.dims(d.integer(0, 1), 1, 2);
  const p = product(d, a, b, y, n, 1);
  const text = `MatMul(DequantizeLinear(a, sa, za), DequantizeLinear${p.axis}(b, sb, zb))`;
  const weight = p.axis === '' && d.chance(0.3) ? d.input(b, [...batch, k, n]) : d.tensor(b, k, n);
  return drawn(`y = ${to === 'float' ? text : q(text)}`, { ...p.values, a: d.input(a, [...batch, m, k]), b: weight });
};

const gemm = (to: 'quantized' | 'float') => (d: Draw): Drawn => {
  const [a, b, y] = pairing(d);
  const [m, k, n] = [d.integer(1, 4), d.integer(1, 12), d.integer(1, 4)];
  const [transA, transB] = [d.chance(0.2), d.chance(0.4)];
  const p = product(d, a, b, y, n, transB ? 0 : 1);
  const alpha = d.pick([1, 1, 1, 0.5]);
  const c = bias(d, p.units.map((u) => (alpha === 1 ? u : Math.fround(u * alpha))), n);
  const attributes = [transA && 'transA: 1', transB && 'transB: 1', alpha !== 1 && `alpha: ${alpha}`, d.chance(0.05) && 'beta: 2'].filter(Boolean).join(', ');
  const text = `Gemm{${attributes}}(DequantizeLinear(a, sa, za), DequantizeLinear${p.axis}(b, sb, zb)${c.text})`.replace('{}', '');
  return drawn(`y = ${to === 'float' ? text : q(text)}`, { ...p.values, ...c.values, a: d.input(a, transA ? [k, m] : [m, k]), b: transB ? d.tensor(b, n, k) : d.tensor(b, k, n) });
};

const near = (d: Draw, dtype: 'int8' | 'uint8'): DType => (d.chance(0.95) ? dtype : d.pick(['int8', 'uint8', 'uint16'] as const));

const binary = (f: string) => (d: Draw): Drawn => {
  const type = d.eight();
  const [a, b, y] = [near(d, type), near(d, type), near(d, type)];
  const dims = d.dims(d.integer(1, 3));
  return drawn(`y = ${q(`${f === '' ? d.pick(['Add', 'Mul']) : f}(${dq('a')}, ${dq('b')})`.replace('Where(', 'Where(c, '))}`, {
    ...quantized(d, 'a', a, dims), ...quantized(d, 'b', b, d.pick([dims, dims.slice(1), [1]])), ...d.quantizer('y', y), c: d.input('bool', d.pick([dims, [1]])),
  });
};

function unary(d: Draw): Drawn {
  const type = d.eight();
  const spatial = d.pick([2, 2, 1]);
  const dims = [d.integer(1, 2), d.integer(1, 3), ...d.dims(spatial, 2, 5)];
  const kernel = d.dims(spatial, 1, 2);
  const f = d.pick([
    'Sigmoid', 'LeakyRelu{alpha: 0.1}', 'LeakyRelu', 'GlobalAveragePool', `Softmax{axis: ${d.pick([1, -1, 2])}}`,
    `AveragePool{kernel_shape: [${kernel.join()}]${d.maybe(0.5, `, pads: [${kernel.map((k) => d.integer(0, k - 1)).concat(kernel.map(() => 0)).join()}]`)}${d.maybe(0.3, ', count_include_pad: 1')}${d.maybe(0.3, ', ceil_mode: 1')}${d.maybe(0.3, `, strides: [${d.dims(spatial, 1, 2).join()}]`)}}`,
  ]);
  const y = near(d, type);
  const own: Values = f.startsWith('Softmax') || f === 'Sigmoid' ? { sy: f32(d.pick([1 / 256, 1 / 128, 1 / 255, 0.0037])), zy: pack(y, [y === 'int8' ? -128 : 0], []) } : d.quantizer('y', y);
  return drawn(`y = ${q(`${f}(${dq('x')})`)}`, { ...quantized(d, 'x', near(d, type), dims), ...own }, { opset: d.pick([11, 13, 21]) });
}

function concat(d: Draw): Drawn {
  const type = d.eight();
  const dims = d.dims(2), axis = d.integer(0, 1);
  const names = ['a', 'b', 'c'].slice(0, d.integer(1, 3));
  const along = (n: number): number[] => dims.map((v, i) => (i === axis ? n : v));
  const parts = names.map((name) => (d.chance(0.95) ? dq(name) : 'Cast{to: 1}(a)'));
  return drawn(`y = ${q(`Concat{axis: ${axis}}(${parts.join(', ')})`)}`, Object.assign({}, ...['a', ...names].map((name) => quantized(d, name, near(d, type), along(d.integer(1, 3)))), d.quantizer('y', type)) as Values);
}

/** What moves elements of x [2, 3, 4], with what it reads. */
const MOVES = [
  'Reshape(X, sh)', 'Transpose{perm: [2, 0, 1]}(X)', 'Transpose(X)', 'Unsqueeze(X, zero)', 'Flatten{axis: 2}(X)', 'Slice(X, zero, one, one)', 'Gather{axis: 1}(X, ix)', 'Squeeze(X)',
];
const moveValues: Values = { sh: i64(4, -1), zero: i64(0), one: i64(1), ix: i64(2, 0) };
const integers = (d: Draw): DType => d.pick(['uint8', 'int8', 'int8', 'uint16', 'int16', 'int4']);

function down(d: Draw): Drawn {
  const dtype = integers(d), move = d.pick(MOVES), sort = d.integer(0, 5);
  const x = d.input(dtype, [2, 3, 4]);
  const tail = d.maybe(0.2, '; z = Neg(t)');
  if (sort > 1) return drawn(`t = DequantizeLinear${d.maybe(0.2, '{axis: 0}')}(x, sx${d.maybe(0.7, ', zx')}); y = ${move.replace('X', 't')}${tail}`, { ...moveValues, x, sx: d.scalar(d.scale()), zx: d.zero(dtype) });
  const turn = d.pick(['Transpose{perm: [2, 0, 1]}(t)', 'Transpose(t)', 'Reshape(t, sh)']);
  if (sort === 1) {
    const axis = d.integer(0, 2), size = [2, 3, 4][axis]!;
    return drawn(`t = DequantizeLinear{axis: ${d.pick([axis, axis - 3])}}(x, sx, zx); y = ${turn}${tail}`, { ...moveValues, x, sx: d.between(0.01, 1, size), zx: d.zero(dtype, size) });
  }
  return drawn(`t = DequantizeLinear{axis: ${d.pick([2, -1])}, block_size: 2}(x, sx, zx); y = ${turn}${tail}`, { ...moveValues, x, sx: d.between(0.01, 1, 2, 3, 2), zx: d.zero(dtype, 2, 3, 2) }, { opset: 21 });
}

function up(d: Draw): Drawn {
  const dtype = integers(d);
  return drawn(`y = QuantizeLinear${d.maybe(0.2, '{axis: 0}')}(${d.pick(MOVES).replace('X', 'x')}, sy, zy)`, { ...moveValues, x: d.input('float32', [2, 3, 4]), sy: d.scalar(d.scale()), zy: d.zero(dtype) });
}

function pairs(d: Draw): Drawn {
  const dtype = d.pick(['uint8', 'int8', 'uint16', 'int16', 'int4', 'uint4'] as const);
  const per = d.chance(0.2);
  const s = per ? d.between(0.001, 3, 3) : f32(d.pick([d.scale(), 1e-30, 3e5]));
  const z = per ? d.zero(dtype, 3) : d.zero(dtype);
  const axis = per ? '{axis: 1}' : '';
  const same = d.chance(0.85);
  return drawn(`y = QuantizeLinear${axis}(DequantizeLinear${axis}(x, s, z), ${same ? 's' : 't'}, ${d.chance(0.95) ? 'z' : 'w'})`, {
    x: d.input(dtype, [4, 3]), s, t: d.chance(0.5) ? s : f32(0.7), z, w: per ? d.zero(dtype, 3) : d.zero(dtype),
  });
}

function relu(d: Draw): Drawn {
  const dtype = d.pick(['uint8', 'int8', 'uint16', 'int16'] as const);
  const low = { uint8: 0, int8: -128, uint16: 0, int16: -32768 }[dtype];
  const zero = dtype.startsWith('u') && d.chance(0.3) ? '' : ', z';
  return drawn(`y = QuantizeLinear(Relu(x), s${zero})`, { x: d.input('float32', d.dims(2)), s: f32(d.scale()), z: pack(dtype, [d.chance(0.85) ? low : d.integer(low, 100)], []) }, { opset: 21 });
}

function clip(d: Draw): Drawn {
  const dtype = d.eight();
  const [low, high] = dtype === 'int8' ? [-128, 127] : [0, 255];
  const scale = d.scale(), zero = d.integer(low, high);
  const ends = [Math.fround((low - zero) * scale), Math.fround((high - zero) * scale)];
  const [lo, hi] = d.pick([[ends[0]!, ends[1]!], [ends[0]! - 1, ends[1]! + 1], [ends[0]! + scale / 4, ends[1]!], [ends[0]!, ends[1]! - scale / 3], [ends[0]! - 5, 1e9]]) as [number, number];
  const opset = d.pick([10, 13, 21]);
  const text = opset < 11 ? `Clip{min: ${lo}, max: ${hi}}(x)` : `Clip(x${d.pick([', lo, hi', ', lo, hi', ', lo', ', _, hi'])})`;
  return drawn(`y = QuantizeLinear(${text}, s, z)`, { x: d.input('float32', d.dims(2)), lo: f32(lo), hi: f32(hi), s: f32(scale), z: pack(dtype, [zero], []) }, { opset });
}

function dropped(d: Draw): Drawn {
  const dtype = d.eight();
  const f = d.pick([
    'MaxPool{kernel_shape: [2, 2]}(X)', 'MaxPool{kernel_shape: [2, 2], pads: [1, 1, 0, 0]}(X)', 'MaxPool{kernel_shape: [3, 3], pads: [2, 2, 2, 2], strides: [2, 2]}(X)', 'ReduceMax(X, one)', 'ReduceMin{keepdims: 0}(X, one)',
    'Expand(X, wide)', 'Tile(X, twice)', 'Resize{mode: "nearest"}(X, _, scales)', 'Resize{mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor"}(X, _, scales)', 'Resize{mode: "linear"}(X, _, scales)',
  ]);
  const other = d.chance(0.08);
  return drawn(`y = ${q(f.replace('X', dq('x')), other ? 'y' : 'x')}`, {
    ...quantized(d, 'x', dtype, [1, 2, 4, 5]), ...d.quantizer('y', dtype), one: i64(d.pick([1, -1])), wide: i64(2, 2, 4, 5), twice: i64(1, 2, 1, 1), scales: f32([1, 1, 2, d.pick([0.5, 1.5, 2])]),
  }, { opset: d.pick([10, 11, 13, 18, 21]) });
}

function split(d: Draw): Drawn {
  const dtype = d.eight();
  const axis = d.integer(0, 1);
  const parts = ['a', 'b'].map((part) => (d.chance(0.95) ? q(part, 'x') : d.pick([`QuantizeLinear(${part}, other, zx)`, `QuantizeLinear(Relu(${part}), sx, zx)`])));
  return drawn(`a, b = Split{axis: ${axis}, num_outputs: 2}(${dq('x')}); y = ${parts[0]}; z = ${parts[1]}`, { ...quantized(d, 'x', dtype, [4, 6]), other: f32(0.77) }, { opset: 21 });
}

function dummy(d: Draw): Drawn {
  const dtype = d.eight();
  const v = d.chance(0.9) ? d.scalar(d.pick([1, -1, 0.3, -1e4, 3e38, -3.4e38, 0, 2 ** -120])) : d.pick([d.scalar(-0), d.floats(2), d.scalar(1e-40), d.scalar(Infinity)]);
  const branches = d.chance(0.5) ? `${dq('x')}, v` : `v, ${dq('x')}`;
  return drawn(`y = ${q(`Where(c, ${branches})`)}`, { ...quantized(d, 'x', dtype, [3, 2]), ...d.quantizer('y', near(d, dtype)), c: d.input('bool', [3, 1]), v });
}

export const QUANTIZED: Readonly<Record<string, Generator>> = {
  'double-qdq-pairs-remover': { draw: pairs },
  'qdq-propagation-down': { draw: down },
  'qdq-propagation-up': { draw: up },
  'relu-quant-fusion': { draw: relu },
  'clip-quant-fusion': { draw: clip },
  'drop-qdq': { draw: dropped },
  'drop-qdq-split': { draw: split },
  'drop-dq-arg': { draw: (d) => drawn(`y = ${d.pick(['ArgMax', 'ArgMin'])}{axis: ${d.integer(0, 2)}${d.maybe(0.3, ', select_last_index: 1')}${d.maybe(0.3, ', keepdims: 0')}}(${dq('x')})`, quantized(d, 'x', d.eight(), d.dims(3)), { opset: d.pick([12, 13, 21]) }) },
  'where-dummy-dq': { draw: dummy },
  'qdq-conv': { draw: qdqConv },
  'qdq-matmul': { draw: matmul('quantized') },
  'qdq-gemm': { draw: gemm('quantized') },
  'qdq-binary': { draw: binary('') },
  'qdq-unary': { draw: unary },
  'qdq-concat': { draw: concat },
  'qdq-where': { draw: binary('Where') },
  'qdq-matmul-integer-to-float': { draw: matmul('float') },
  'qdq-gemm-to-float': { draw: gemm('float'), applies: 0.3 },
};
