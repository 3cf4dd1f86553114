/** Kernels as rows: a kernel, a shape, element types, and the one-node model that holds it. */
import { ModelBuilder } from '../../src/model/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { dtypeInfo, sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';
import { GIVEN, type Row } from '../result.ts';

/** What 8-bit products are held against. */
const INTEGER = ['i32 dot', 'i16 dot'] as const;
const FLOAT_SUMS = { tolerance: 1e-5, because: 'float sums of another order' } as const;

const random = mulberry32(7);
const floats = (n: number, scale = 1) => Float32Array.from({ length: n }, () => (random() - 0.5) * 2 * scale);
const bytes8 = (n: number) => Uint8Array.from({ length: n }, () => random() * 256);
const codes = (type: 'uint8' | 'int8', n: number) => (type === 'uint8' ? bytes8(n) : new Int8Array(bytes8(n).buffer));
const f32 = (data: Float32Array, dims: readonly number[]) => new Tensor('float32', data, dims);
const scalar = (v: number) => f32(Float32Array.of(v), []);
const zero = (type: 'uint8' | 'int8', v: number) => new Tensor(type, type === 'uint8' ? Uint8Array.of(v) : Int8Array.of(v), []);

/** Memory for the one result of these rows. */
const own = (type: DType, dims: readonly number[]) => ({ y: new Tensor(type, new (dtypeInfo(type).array!)(sizeOf(dims)), dims) });

export function nbits(m: number, k: number, n: number, level: number, bits = 4, block = 32): Row {
  const blocks = k / block;
  return {
    name: `MatMulNBits ${bits}-bit level ${level} ${m}x${k}x${n}`, kernel: 'MatMulNBits', shape: `${m} x ${k} x ${n}`, types: `f32 x u${bits}, blocks of ${block}, level ${level}`,
    operations: 2 * m * k * n, bytes: (n * k * bits) / 8 + n * blocks * 4 + 4 * m * (k + n), isSlow: true,
    ceiling: m === 1 ? ['read'] : level === 4 ? ['i8 dot', 'i16 dot'] : ['f32 mul+add'],
    ...(level === 4 ? { tolerance: 0.03, because: 'onnxruntime-web computes in float32, and blocks of activations are quantized' } : FLOAT_SUMS),
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const a = b.input('a', 'float32', [m, k]);
      const w = b.constant('w', new Tensor('uint8', bytes8((n * k * bits) / 8), [n, blocks, (block * bits) / 8]));
      const s = b.constant('s', f32(floats(n * blocks, 0.05), [n * blocks]));
      const attributes = { K: k, N: n, bits, block_size: block, accuracy_level: level };
      b.output(b.node('MatMulNBits', [a, w, s], attributes, { domain: 'com.microsoft' }), 'y', { kind: 'tensor', dtype: 'float32', shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: f32(floats(m * k), [m, k]) } };
    },
  };
}

export function qLinearMatMul(m: number, k: number, n: number, a: 'uint8' | 'int8', w: 'uint8' | 'int8'): Row {
  return {
    name: `QLinearMatMul ${a} ${w} ${m}x${k}x${n}`, kernel: 'QLinearMatMul', shape: `${m} x ${k} x ${n}`, types: `${a} x ${w}`,
    operations: 2 * m * k * n, bytes: k * n + m * (k + n), ceiling: m === 1 ? ['read'] : INTEGER, isSlow: true,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('a', a, [m, k]);
      const c = (name: string, t: Tensor) => b.constant(name, t);
      const inputs = [x, c('as', scalar(0.02)), c('az', zero(a, a === 'uint8' ? 128 : 3)), c('w', new Tensor(w, codes(w, k * n), [k, n])),
        c('ws', scalar(0.01)), c('wz', zero(w, w === 'uint8' ? 128 : 0)), c('ys', scalar(0.5)), c('yz', zero(a, a === 'uint8' ? 128 : 0))];
      b.output(b.node('QLinearMatMul', inputs), 'y', { kind: 'tensor', dtype: a, shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: new Tensor(a, codes(a, m * k), [m, k]) } };
    },
  };
}

function matMulInteger(m: number, k: number, n: number): Row {
  return {
    name: `MatMulInteger uint8 int8 ${m}x${k}x${n}`, kernel: 'MatMulInteger', shape: `${m} x ${k} x ${n}`, types: 'uint8 x int8',
    operations: 2 * m * k * n, bytes: k * n + m * (k + 4 * n), ceiling: INTEGER, isSlow: true,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('a', 'uint8', [m, k]);
      const w = b.constant('w', new Tensor('int8', codes('int8', k * n), [k, n]));
      b.output(b.node('MatMulInteger', [x, w, b.constant('az', zero('uint8', 120))]), 'y', { kind: 'tensor', dtype: 'int32', shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: new Tensor('uint8', bytes8(m * k), [m, k]) } };
    },
  };
}

function qLinearConv(channels: number, size: number, out: number, kernel: number, group = 1): Row {
  const kind = group > 1 ? 'depthwise ' : '';
  return {
    name: `QLinearConv ${kind}${kernel}x${kernel} ${channels}x${size}x${size} -> ${out}`, kernel: 'QLinearConv', shape: `${channels} x ${size} x ${size} -> ${out}, ${kind}${kernel} x ${kernel}`,
    types: 'uint8 x int8', operations: 2 * out * size * size * (channels / group) * kernel * kernel,
    bytes: (out * channels * kernel * kernel) / group + (channels + out) * size * size, ceiling: INTEGER, isSlow: group === 1,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('x', 'uint8', [1, channels, size, size]);
      const c = (name: string, t: Tensor) => b.constant(name, t);
      const weights = new Tensor('int8', codes('int8', (out * channels * kernel * kernel) / group), [out, channels / group, kernel, kernel]);
      const inputs = [x, c('xs', scalar(0.02)), c('xz', zero('uint8', 120)), c('w', weights), c('ws', f32(floats(out, 0.01).map(Math.abs), [out])),
        c('wz', new Tensor('int8', new Int8Array(out), [out])), c('ys', scalar(0.3)), c('yz', zero('uint8', 128))];
      const pad = (kernel - 1) / 2;
      b.output(b.node('QLinearConv', inputs, { kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], group }), 'y', { kind: 'tensor', dtype: 'uint8', shape: [1, out, size, size] });
      return { bytes: b.bytes(), feeds: { x: new Tensor('uint8', bytes8(channels * size * size), [1, channels, size, size]) } };
    },
  };
}

function dynamicQuantizeMatMul(m: number, k: number, n: number): Row {
  return {
    name: `DynamicQuantizeMatMul int8 ${m}x${k}x${n}`, kernel: 'DynamicQuantizeMatMul', shape: `${m} x ${k} x ${n}`, types: 'float32 x int8',
    operations: 2 * m * k * n, bytes: k * n + 4 * m * (k + n), ceiling: INTEGER, isSlow: true,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const inputs = [b.input('a', 'float32', [m, k]), b.constant('w', new Tensor('int8', codes('int8', k * n), [k, n])), b.constant('ws', f32(floats(n, 0.01).map(Math.abs), [n]))];
      b.output(b.node('DynamicQuantizeMatMul', inputs, {}, { domain: 'com.microsoft' }), 'y', { kind: 'tensor', dtype: 'float32', shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: f32(floats(m * k), [m, k]) } };
    },
  };
}

function bnb4(m: number, k: number, n: number): Row {
  return {
    name: `MatMulBnb4 nf4 ${m}x${k}x${n}`, kernel: 'MatMulBnb4', shape: `${m} x ${k} x ${n}`, types: 'float32 x nf4, blocks of 64',
    operations: 2 * m * k * n, bytes: (k * n) / 2 + (k * n) / 16 + 4 * m * (k + n), ceiling: m === 1 ? ['read'] : ['f32 mul+add'], isSlow: true, ...FLOAT_SUMS,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const w = b.constant('w', new Tensor('uint8', bytes8((n * k) / 2), [(n * k) / 2]));
      const scales = b.constant('s', f32(floats((n * k) / 64, 0.05).map(Math.abs), [(n * k) / 64]));
      const y = b.node('MatMulBnb4', [b.input('a', 'float32', [m, k]), w, scales], { K: k, N: n, block_size: 64, quant_type: 1 }, { domain: 'com.microsoft' });
      b.output(y, 'y', { kind: 'tensor', dtype: 'float32', shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: f32(floats(m * k), [m, k]) } };
    },
  };
}

/** An operator on 8-bit codes that works an element at a time. */
function elementwise(op: 'QLinearAdd' | 'QLinearSigmoid', elements: number): Row {
  const two = op === 'QLinearAdd';
  return {
    name: `${op} uint8 ${elements}`, kernel: op, shape: String(elements), types: 'uint8', operations: (two ? 3 : 1) * elements, bytes: (two ? 3 : 2) * elements, ceiling: ['read'], remark: GIVEN,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const operand = (name: string) => [b.input(name, 'uint8', [elements]), b.constant(`${name}s`, scalar(0.02)), b.constant(`${name}z`, zero('uint8', 120))];
      const inputs = [...operand('a'), ...(two ? operand('b') : []), b.constant('ys', scalar(two ? 0.03 : 1 / 256)), b.constant('yz', zero('uint8', two ? 128 : 0))];
      b.output(b.node(op, inputs, {}, { domain: 'com.microsoft' }), 'y', { kind: 'tensor', dtype: 'uint8', shape: [elements] });
      const feed = () => new Tensor('uint8', bytes8(elements), [elements]);
      return { bytes: b.bytes(), feeds: { a: feed(), ...(two && { b: feed() }) }, outputs: own('uint8', [elements]) };
    },
  };
}

function rowsOfFloats(op: 'Softmax' | 'LayerNormalization' | 'Gelu', rows: number, width: number): Row {
  return {
    name: `${op} float32 ${rows}x${width}`, kernel: op, shape: `${rows} x ${width}`, types: 'float32', bytes: 8 * rows * width, ceiling: ['read'], isSlow: true, tolerance: 2e-6, because: 'exponentials and sums are approximated',
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('x', 'float32', [rows, width]);
      const more = op === 'LayerNormalization' ? [b.constant('g', f32(floats(width), [width])), b.constant('b', f32(floats(width), [width]))] : [];
      b.output(b.node(op, [x, ...more], op === 'Gelu' ? {} : { axis: -1 }), 'y', { kind: 'tensor', dtype: 'float32', shape: [rows, width] });
      return { bytes: b.bytes(), feeds: { x: f32(floats(rows * width, 3), [rows, width]) } };
    },
  };
}

export function matMul(m: number, k: number, n: number, isFed = false): Row {
  return {
    name: `MatMul float32 ${m}x${k}x${n}${isFed ? ', both operands fed' : ''}`, kernel: 'MatMul', shape: `${m} x ${k} x ${n}`, types: 'float32',
    operations: 2 * m * k * n, bytes: 4 * (k * n + m * (k + n)), ceiling: ['f32 mul+add'], isSlow: true, ...FLOAT_SUMS,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('a', 'float32', [m, k]);
      const w = f32(floats(k * n), [k, n]);
      b.output(b.node('MatMul', [x, isFed ? b.input('w', 'float32', [k, n]) : b.constant('w', w)]), 'y', { kind: 'tensor', dtype: 'float32', shape: [m, n] });
      return { bytes: b.bytes(), feeds: { a: f32(floats(m * k), [m, k]), ...(isFed && { w }) } };
    },
  };
}

/** The codes are fed where they are bytes, and a constant that nobody folds where they are 4 bits: onnxruntime's JavaScript has no such tensors. */
function dequantize(type: 'int8' | 'int4', elements: number, to: 'float32' | 'float16', block: number): Row {
  const rows = elements / 1024, isFed = type === 'int8';
  return {
    name: `DequantizeLinear ${type} -> ${to} ${elements}`, kernel: 'DequantizeLinear', shape: `${rows} x 1024, blocks of ${block}`, types: `${type} -> ${to}`,
    operations: 2 * elements, bytes: elements * (to === 'float32' ? 4 : 2), ceiling: ['write'], isSlow: true,
    remark: isFed ? GIVEN : `the codes are a constant, and nobody optimizes; ${GIVEN}`,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = new Tensor(type, isFed ? codes('int8', elements) : new Int8Array(bytes8(elements / 2).buffer), [rows, 1024]);
      const scaleCount = rows * (1024 / block);
      const scales = to === 'float32' ? f32(floats(scaleCount), [rows, 1024 / block]) : new Tensor('float16', Uint16Array.from({ length: scaleCount }, () => 0x2c00 + random() * 256), [rows, 1024 / block]);
      const y = b.node('DequantizeLinear', [isFed ? b.input('x', type, [rows, 1024]) : b.constant('x', x), b.constant('s', scales)], { axis: 1, block_size: block });
      b.output(y, 'y', { kind: 'tensor', dtype: to, shape: [rows, 1024] });
      return { bytes: b.bytes(), feeds: isFed ? { x } : {}, outputs: own(to, [rows, 1024]), ...(!isFed && { graphOptimizationLevel: 'disabled' }) };
    },
  };
}

function quantize(dynamic: boolean, elements: number): Row {
  const op = dynamic ? 'DynamicQuantizeLinear' : 'QuantizeLinear';
  return {
    name: `${op} ${elements}`, kernel: op, shape: String(elements), types: 'float32 -> uint8', operations: (dynamic ? 5 : 3) * elements, bytes: elements * 5, ceiling: ['read'], isSlow: true, remark: GIVEN,
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const x = b.input('x', 'float32', [elements]);
      const out = dynamic ? b.node(op, [x], {}, { outputs: ['y', 'scale', 'zero'] }) : [b.node(op, [x, b.constant('s', scalar(0.01)), b.constant('z', zero('uint8', 128))])];
      b.output(out[0], 'y', { kind: 'tensor', dtype: 'uint8', shape: [elements] });
      return { bytes: b.bytes(), feeds: { x: f32(floats(elements), [elements]) }, outputs: own('uint8', [elements]) };
    },
  };
}

/** A chain of nodes with next to nothing to do: the milliseconds of a run are microseconds a node. */
function overhead(): Row {
  const nodes = 1000;
  return {
    name: `overhead a node, ${nodes} nodes of 4 elements`, kernel: 'overhead', shape: '4', types: 'float32',
    make() {
      const b = new ModelBuilder({ opset: 21, irVersion: 10 });
      const y = b.input('y', 'float32', [4]);
      let x = b.input('x', 'float32', [4]);
      for (let i = 0; i < nodes; i++) x = i % 2 === 0 ? b.node('Add', [x, y]) : b.node('Abs', [x]);
      b.output(x, 'z', { kind: 'tensor', dtype: 'float32', shape: [4] });
      return { bytes: b.bytes(), feeds: { x: f32(floats(4), [4]), y: f32(floats(4), [4]) } };
    },
  };
}

export const KERNEL_ROWS: readonly Row[] = [
  nbits(1, 4096, 4096, 4), nbits(1, 4096, 4096, 0), nbits(128, 1024, 1024, 4), nbits(128, 1024, 1024, 0), nbits(1, 4096, 4096, 4, 8), nbits(1, 4096, 4096, 0, 8),
  bnb4(1, 4096, 4096), bnb4(128, 1024, 1024),
  qLinearMatMul(128, 1024, 1024, 'uint8', 'int8'), qLinearMatMul(128, 1024, 1024, 'int8', 'int8'), qLinearMatMul(1, 4096, 4096, 'uint8', 'int8'),
  matMulInteger(128, 1024, 1024), dynamicQuantizeMatMul(128, 1024, 1024),
  qLinearConv(64, 56, 64, 3), qLinearConv(64, 56, 64, 1), qLinearConv(64, 56, 64, 3, 64),
  dequantize('int8', 4 * 2 ** 20, 'float32', 32), dequantize('int4', 4 * 2 ** 20, 'float16', 32),
  quantize(false, 2 ** 20), quantize(true, 2 ** 20), elementwise('QLinearAdd', 2 ** 20), elementwise('QLinearSigmoid', 2 ** 20),
  matMul(128, 1024, 1024), rowsOfFloats('Softmax', 1024, 512), rowsOfFloats('LayerNormalization', 1024, 512), rowsOfFloats('Gelu', 1024, 512),
  overhead(),
];
