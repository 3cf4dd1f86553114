import { doubleQDQPairsRemoval } from '../../src/passes/basic/double-qdq-pairs-removal.ts';
import { dequantizePropagation, quantizePropagation } from '../../src/passes/basic/qdq-propagation.ts';
import { dropDQArg, dropQDQ, dropQDQSplit } from '../../src/passes/extended/drop-qdq.ts';
import { qdqBinary, qdqWhere } from '../../src/passes/extended/qdq-binary.ts';
import { qdqConcat } from '../../src/passes/extended/qdq-concat.ts';
import { qdqConv } from '../../src/passes/extended/qdq-conv.ts';
import { qdqGemm, qdqGemmToFloat } from '../../src/passes/extended/qdq-gemm.ts';
import { qdqMatMul, qdqMatMulIntegerToFloat } from '../../src/passes/extended/qdq-matmul.ts';
import { qdqUnary } from '../../src/passes/extended/qdq-unary.ts';
import { clipQuantFusion, reluQuantFusion } from '../../src/passes/extended/relu-quant-fusion.ts';
import { pack, Tensor } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass, type RefusedExample } from './harness.ts';
import { f32, i64, i8, u8, type Random } from '../../conformance/proofs/random.ts';

// Parameters of the quantized values x (sx, zx), w and the result y: scales that make ties frequent, odd zero points.
const parameters = (r: Random, dtype: 'uint8' | 'int8' = 'uint8'): Record<string, Tensor> => {
  const zero = (): Tensor => r.pick([r.tensor(dtype), pack(dtype, [r.pick([3, 7, 101])], [])]);
  const scale = (): Tensor => f32(r.pick([0.5, 0.25, 0.1, 0.037, 0.0078125]));
  return { sx: scale(), zx: zero(), sw: scale(), zw: zero(), sy: scale(), zy: zero() };
};

const dtypes = (r: Random): 'uint8' | 'int8' => r.pick(['uint8', 'int8']);
const one = (r: Random, ...dims: number[]): Values => {
  const dtype = dtypes(r);
  return { ...parameters(r, dtype), x: input(dtype, ...dims) };
};

describePass(doubleQDQPairsRemoval, {
  rewrites: [
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s, z), s, z))', values: (r) => ({ ...one(r, 400), s: f32(0.1), ...same(r) }), after: 'y = Identity(x)' },
    { before: 'y = Identity(QuantizeLinear{axis: 0}(DequantizeLinear{axis: 0}(x, s), s))', values: { x: input('uint8', 2, 128), s: f32([0.1, 3]) }, after: 'y = Identity(x)' },
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s, z), s, z))', values: (r) => ({ x: input('uint16', 3000), s: f32(0.001), z: r.tensor('uint16') }), after: 'y = Identity(x)' },
  ],
  refusals: [
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s, z), t, z))', values: { x: input('uint8', 4), s: f32(0.1), t: f32(0.2), z: u8(3) }, reason: 'the parameters differ: the value is quantized anew' },
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s, z), s, w))', values: { x: input('uint8', 4), s: f32(0.1), w: u8(4), z: u8(3) }, reason: 'the parameters differ: the value is quantized anew' },
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s), s))', values: { x: input('int8', 4), s: f32(0.1) }, reason: 'the parameters differ: the value is quantized anew' },
    { before: 'y = Identity(QuantizeLinear(DequantizeLinear(x, s, z), s, z))', values: { x: input('uint8', 4), s: f32(1e-40), z: u8(3) }, reason: 'the pair may change values' },
  ],
});

function same(r: Random): Values {
  const dtype = dtypes(r);
  return { x: input(dtype, 400), z: r.tensor(dtype) };
}

describePass(dequantizePropagation, {
  rewrites: [
    { before: 'y = Relu(Reshape(DequantizeLinear(x, sx, zx), s))', values: (r) => ({ ...one(r, 4, 6), s: i64(3, 8) }), after: 'y = Relu(DequantizeLinear(Reshape(x, s), sx, zx))' },
    { before: 'y = Relu(Gather(DequantizeLinear(x, sx), i))', values: (r) => ({ ...one(r, 4, 6), i: i64(3, 0) }), after: 'y = Relu(DequantizeLinear(Gather(x, i), sx))' },
    { before: 'y = Relu(Transpose(DequantizeLinear{axis: 0}(x, s, z)))', values: (r) => ({ x: input('int8', 2, 5), s: f32([0.5, 2]), z: r.tensor('int8', 2) }), after: 'y = Relu(DequantizeLinear{axis: 1}(Transpose(x), s, z))' },
    {
      before: 'y = Relu(Transpose{perm: [1, 0]}(DequantizeLinear{axis: 1, block_size: 16}(x, s, z)))',
      values: (r) => ({ x: input('int8', 3, 32), s: f32([0.5, 2, 1, 0.1, 4, 0.2], [3, 2]), z: r.tensor('int8', 3, 2) }),
      after: 'y = Relu(DequantizeLinear{axis: 0, block_size: 16}(Transpose{perm: [1, 0]}(x), Transpose{perm: [1, 0]}(s), Transpose{perm: [1, 0]}(z)))',
    },
    {
      before: 'd = DequantizeLinear(x, sx, zx); y = Relu(Flatten{axis: 2}(d)); z = Neg(d)', values: (r) => one(r, 4, 6),
      after: 'y = Relu(DequantizeLinear(Flatten{axis: 2}(x), sx, zx)); z = Neg(DequantizeLinear(x, sx, zx))',
    },
  ],
  refusals: [
    { before: 'y = Relu(Reshape(DequantizeLinear{axis: 0}(x, s), t))', values: { x: input('int8', 2, 5), s: f32([0.5, 2]), t: i64(10) }, reason: 'the scale belongs to one axis' },
    { before: 'y = Relu(Reshape(DequantizeLinear(x, s), t))', values: { x: input('int8', 2, 5), s: input('float32'), t: i64(10) }, reason: 'the scale is not constant' },
  ],
});

describePass(quantizePropagation, {
  rewrites: [
    { before: 'y = Identity(QuantizeLinear(Transpose(x), sx, zx))', values: (r) => ({ ...parameters(r), x: input('float32', 4, 6) }), after: 'y = Identity(Transpose(QuantizeLinear(x, sx, zx)))' },
  ],
  refusals: [
    { before: 'y = Identity(QuantizeLinear(Transpose(x), s))', values: { s: f32([1, 2, 3, 4]), x: input('float32', 4, 6) }, reason: 'the scale is not a constant of one element' },
    { before: 't! = Transpose(x); y = Identity(QuantizeLinear(t, s))', values: { s: f32(1), x: input('float32', 4, 6) }, reason: '"t" inside the pattern is read elsewhere' },
  ],
});

describePass(reluQuantFusion, {
  rewrites: [
    { before: 'y = QuantizeLinear(Relu(x), s, z)', values: { x: input('float32', 50), s: f32(0.03), z: u8(0) }, after: 'y = QuantizeLinear(x, s, z)' },
    { before: 'y = QuantizeLinear(Relu(x), s)', values: { x: input('float32', 50), s: f32(0.03) }, after: 'y = QuantizeLinear(x, s)' },
    { before: 'y = QuantizeLinear(Relu(x), s, z)', values: { x: input('float32', 50), s: f32(0.03), z: i8(-128) }, after: 'y = QuantizeLinear(x, s, z)' },
  ],
  refusals: [
    { before: 'y = QuantizeLinear(Relu(x), s, z)', values: { x: input('float32', 5), s: f32(0.03), z: i8(0) }, reason: "the zero point is not the type's minimum" },
    { before: 'y = QuantizeLinear(Relu(x), s, z)', values: { x: input('float32', 5), s: input('float32'), z: i8(0) }, reason: 'scale or zero point is not a constant of one element' },
  ],
});

describePass(clipQuantFusion, {
  rewrites: [
    { before: 'y = QuantizeLinear(Clip(x, lo, hi), s, z)', values: { x: input('float32', 50), s: f32(0.0234375), z: u8(0), lo: f32(0), hi: f32(6) }, after: 'y = QuantizeLinear(x, s, z)' },
    { before: 'y = QuantizeLinear(Clip{min: 0, max: 6}(x), s, z)', opset: 10, values: { x: input('float32', 50), s: f32(0.0234375), z: u8(0) }, after: 'y = QuantizeLinear(x, s, z)' },
    { before: 'y = QuantizeLinear(Clip(x, _, hi), s, z)', values: { x: input('float32', 50), s: f32(0.01), z: i8(3), hi: f32(6) }, after: 'y = QuantizeLinear(x, s, z)' },
  ],
  refusals: [
    { before: 'y = QuantizeLinear(Clip(x, lo, hi), s, z)', values: { x: input('float32', 5), s: f32(0.0234375), z: u8(1), lo: f32(0), hi: f32(6) }, reason: 'the clip is narrower than the quantized range' },
    { before: 'y = QuantizeLinear(Clip(x, lo, hi), s, z)', values: { x: input('float32', 5), s: f32(0.03), z: u8(0), lo: f32(0), hi: f32(6) }, reason: 'the clip is narrower than the quantized range' },
    { before: 'y = QuantizeLinear(Clip(x, lo, hi), s, z)', values: { x: input('float32', 5), s: f32(0.03), z: u8(0), lo: input('float32'), hi: f32(6) }, reason: 'min or max is not constant' },
    { before: 'y = QuantizeLinear(Clip(x, lo, hi), s, z)', values: { x: input('float32', 1, 5), s: f32([1, 2, 3, 4, 5]), z: u8([1, 2, 3, 4, 5]), lo: f32(0), hi: f32(6) }, reason: 'scale or zero point is not a constant of one element' },
  ],
});

const image = (r: Random): Values => one(r, 1, 3, 6, 6);

describePass(dropQDQ, {
  rewrites: [
    { before: 'y = QuantizeLinear(MaxPool{kernel_shape: [2, 2], pads: [1, 1, 0, 0]}(DequantizeLinear(x, sx, zx)), sx, zx)', values: image, after: 'y = MaxPool{kernel_shape: [2, 2], pads: [1, 1, 0, 0]}(x)' },
    { before: 'y = QuantizeLinear(ReduceMax(DequantizeLinear(x, sx, zx), a), sx, zx)', values: (r) => ({ ...image(r), a: i64(1) }), after: 'y = ReduceMax(x, a)' },
    { before: 'y = QuantizeLinear(Expand(DequantizeLinear(x, sx, zx), s), sx, zx)', values: (r) => ({ ...image(r), s: i64(2, 3, 6, 6) }), after: 'y = Expand(x, s)' },
    { before: 'y = QuantizeLinear(Resize{mode: "nearest"}(DequantizeLinear(x, sx, zx), _, s), sx, zx)', values: (r) => ({ ...image(r), s: f32([1, 1, 2, 1.5]) }), after: 'y = Resize{mode: "nearest"}(x, _, s)' },
  ],
  refusals: [
    { before: 'y = QuantizeLinear(Resize{mode: "linear"}(DequantizeLinear(x, sx, zx), _, s), sx, zx)', values: (r) => ({ ...image(r), s: f32([1, 1, 2, 1.5]) }), reason: 'it interpolates' },
    { before: 'y = QuantizeLinear(MaxPool{kernel_shape: [2, 2]}(DequantizeLinear(x, s, zx)), t, zx)', values: (r) => ({ ...image(r), s: f32(1), t: f32(2) }), reason: 'the parameters differ' },
    { before: 'p, i = MaxPool{kernel_shape: [2, 2]}(DequantizeLinear(x, sx, zx)); y = QuantizeLinear(p, sx, zx)', values: image, reason: '"i" inside the pattern is read elsewhere' },
    { before: 'y = QuantizeLinear{axis: 1}(MaxPool{kernel_shape: [2, 2]}(DequantizeLinear{axis: 1}(x, s)), s)', values: { x: input('uint8', 1, 3, 6, 6), s: f32([1, 2, 3]) }, reason: 'the value is not quantized per tensor' },
    { before: 'y = QuantizeLinear(MaxPool{kernel_shape: [2, 2]}(DequantizeLinear(x, s)), s)', values: { x: input('uint8', 1, 3, 6, 6), s: f32(1e-39) }, reason: 'the pair may change values' },
  ],
});

describePass(dropDQArg, {
  rewrites: [{ before: 'y = ArgMax{axis: 1}(DequantizeLinear(x, sx, zx))', values: image, after: 'y = ArgMax{axis: 1}(x)' }],
  refusals: [
    { before: 'y = ArgMax{axis: 1}(DequantizeLinear{axis: 1}(x, s))', values: { x: input('uint8', 1, 3), s: f32([1, 2, 3]) }, reason: 'the value is not quantized per tensor' },
    { before: 'y = ArgMin{axis: 1}(DequantizeLinear(x, s))', values: { x: input('uint8', 1, 3), s: f32(-1) }, reason: 'values may not keep their order' },
  ],
});

const split = (second: string): string =>
  `a, b = Split{axis: 1, num_outputs: 2}(DequantizeLinear(x, sx, zx)); y = QuantizeLinear(a, sx, zx); z = QuantizeLinear(${second})`;

describePass(dropQDQSplit, {
  rewrites: [{ before: split('b, sx, zx'), values: image, after: 'y, z = Split{axis: 1, num_outputs: 2}(x)' }],
  refusals: [
    { before: split('Relu(b), sx, zx'), values: image, reason: 'a part is not quantized' },
    { before: split('b, t, zx'), values: (r) => ({ ...image(r), t: f32(77) }), reason: 'the parameters of a part differ' },
  ],
});

/** Reasons that all QDQ fusions share, for one place of a pattern. */
const parameterRefusals = (before: (x: string) => string, base: (r: Random) => Values, dims: number[]): RefusedExample[] => [
  { before: before('DequantizeLinear(x, sx, zx)'), values: (r) => ({ ...base(r), x: input('uint16', ...dims), zx: r.tensor('uint16') }), reason: 'x is not 8-bit' },
  { before: before('DequantizeLinear(x, sx, zx)'), values: (r) => ({ ...base(r), sx: input('float32') }), reason: 'the scale of x is not constant' },
  { before: before('DequantizeLinear(x, sx, zx)'), values: (r) => ({ ...base(r), zx: input('uint8') }), reason: 'the zero point of x is not constant' },
  { before: before('DequantizeLinear(x, sx, zx)'), values: (r) => ({ ...base(r), sx: f32(-1) }), reason: 'the scale of x is not a positive number' },
  { before: before('DequantizeLinear{axis: 1}(x, sx, zx)'), values: (r) => ({ ...base(r), sx: f32(new Array(dims[1]).fill(1)), zx: r.tensor('uint8', dims[1]) }), reason: 'x is not quantized per tensor' },
];

const unaryOps = ['Sigmoid', 'LeakyRelu{alpha: 0.1}', 'GlobalAveragePool', 'AveragePool{kernel_shape: [2, 2], pads: [1, 0, 1, 0]}'];
const attributesOf = (f: string): string => (f.includes('{') && !f.startsWith('Global') ? f.slice(f.indexOf('{')) : '');

describePass(qdqUnary, {
  rewrites: [
    ...unaryOps.map((f) => ({
      before: `y = QuantizeLinear(${f}(DequantizeLinear(x, sx, zx)), sy, zy)`, values: image,
      after: `y = ms.QLinear${f.replace(/\{.*/, '')}${attributesOf(f)}(x, sx, zx, sy, zy)`,
    })),
    { before: 'y = QuantizeLinear(Softmax{axis: 1}(DequantizeLinear(x, sx, zx)), sy, zy)', values: (r) => ({ ...image(r), sy: f32(1 / 256), zy: u8(0), x: input('uint8', 1, 3, 6, 6), zx: u8(12) }), after: 'y = ms.QLinearSoftmax{axis: 1, opset: 21}(x, sx, zx, sy, zy)' },
    { before: 'y = QuantizeLinear(Sigmoid(DequantizeLinear(x, sx)), sy)', values: (r) => ({ ...image(r), x: input('uint8', 40), sx: f32(0.03), sy: f32(1 / 256) }), after: 'y = ms.QLinearSigmoid(x, sx, #, sy, #)' },
  ],
  refusals: [
    ...parameterRefusals((x) => `y = QuantizeLinear(Sigmoid(${x}), sy, zy)`, (r) => ({ ...parameters(r), x: input('uint8', 2, 3) }), [2, 3]),
    { before: 'y = QuantizeLinear(Sigmoid(DequantizeLinear(x, sx, zx)), sy, zy)', values: (r) => ({ ...parameters(r), x: input('uint8', 3), zy: i8(3) }), reason: 'input and output are of different types' },
    { before: 'y = QuantizeLinear(Sigmoid(DequantizeLinear(x, sx, zx)), sy, zy)', values: (r) => ({ ...parameters(r), x: input('uint8', 3), zy: new Tensor('uint16', [3], []) }), reason: 'y is not 8-bit' },
    { before: 'y = QuantizeLinear(Sigmoid(DequantizeLinear(x, sx, zx)), sy, zy)', values: (r) => ({ ...parameters(r), x: input('uint8', 3), sx: pack('float16', [0.5], []), sy: pack('float16', [0.5], []) }), reason: 'the scale of x is not float32' },
  ],
});

const two = (r: Random): Values => {
  const dtype = dtypes(r);
  return { ...parameters(r, dtype), x: input(dtype, 2, 40), w: input(dtype, 40) };
};
const binary = (f: string) => `y = QuantizeLinear(${f}(DequantizeLinear(x, sx, zx), DequantizeLinear(w, sw, zw)), sy, zy)`;

describePass(qdqBinary, {
  rewrites: ['Add', 'Mul'].map((f) => ({ before: binary(f), values: two, after: `y = ms.QLinear${f}(x, sx, zx, w, sw, zw, sy, zy)` })),
  refusals: [{ before: binary('Add'), values: (r) => ({ ...parameters(r), x: input('uint8', 40), w: input('int8', 40), zw: i8(1) }), reason: 'inputs and output are of different types' }],
});

const where = 'y = QuantizeLinear(Where(c, DequantizeLinear(x, sx, zx), DequantizeLinear(w, sw, zw)), sy, zy)';

describePass(qdqWhere, {
  rewrites: [{ before: where, values: (r) => ({ ...two(r), c: input('bool', 2, 1) }), after: 'y = ms.QLinearWhere(c, x, sx, zx, w, sw, zw, sy, zy)' }],
  refusals: [{ before: where, values: (r) => ({ ...parameters(r), c: input('bool', 2, 1), x: input('uint8', 40), w: input('int8', 40), zw: i8(1) }), reason: 'inputs and output are of different types' }],
});

const concat = 'y = QuantizeLinear(Concat{axis: 0}(DequantizeLinear(x, sx, zx), DequantizeLinear(w, sw, zw)), sy, zy)';
const parts = (r: Random): Values => {
  const dtype = dtypes(r);
  return { ...parameters(r, dtype), x: input(dtype, 2, 40), w: input(dtype, 1, 40) };
};

describePass(qdqConcat, {
  rewrites: [{ before: concat, values: parts, after: 'y = ms.QLinearConcat{axis: 0}(sy, zy, x, sx, zx, w, sw, zw)' }],
  refusals: [
    { before: 'y = QuantizeLinear(Concat{axis: 0}(DequantizeLinear(x, sx, zx), w), sy, zy)', values: (r) => ({ ...parts(r), w: input('float32', 1, 40) }), reason: 'a part is not dequantized' },
    { before: concat, values: (r) => ({ ...parameters(r), x: input('uint8', 2, 4), w: input('int8', 1, 4), zw: i8(1) }), reason: 'a part is of another type than the result' },
  ],
});

/** The same values, some of them of another type. */
const retyped = (values: Values, dtype: 'int8' | 'uint8', ...names: string[]): Values => ({
  ...values,
  ...Object.fromEntries(names.map((name) => {
    const value = values[name];
    return [name, value instanceof Tensor ? pack(dtype, new Uint8Array(value.size), value.dims) : input(dtype, ...value.dims)];
  })),
});

/** Types that no integer product pairs. */
const pairings = (before: string, base: (r: Random) => Values): RefusedExample[] => [
  { before, values: (r) => retyped(retyped(base(r), 'int8', 'x', 'zx'), 'uint8', 'zy'), reason: 'input and output are of different types' },
  { before, values: (r) => retyped(retyped(base(r), 'int8', 'x', 'zx', 'zy'), 'uint8', 'w', 'zw'), reason: 'an int8 activation meets a uint8 weight' },
];

const conv = 'y = QuantizeLinear(Conv{pads: [1, 1, 1, 1]}(DequantizeLinear(x, sx, zx), DequantizeLinear{axis: 0}(w, sw, zw), DequantizeLinear{axis: 0}(b, sb)), sy, zy)';
const convValues = (r: Random): Record<string, Values[string]> => {
  const dtype = dtypes(r);
  const sx = f32(r.pick([0.02, 0.0078125]));
  const sw = f32([0.01, 0.015625, 0.003, 0.02]);
  const scales = Float32Array.from(sw.data as Float32Array, (s) => s * (sx.data as Float32Array)[0]);
  return {
    x: input(dtype, 1, 3, 6, 6), sx, zx: r.tensor(dtype), w: r.tensor('int8', 4, 3, 3, 3), sw, zw: i8([0, 0, 0, 0]),
    b: r.tensor('int32', 4), sb: f32(scales), sy: f32(0.25), zy: r.tensor(dtype),
  };
};

describePass(qdqConv, {
  rewrites: [
    { before: conv, values: convValues, after: 'y = QLinearConv{pads: [1, 1, 1, 1]}(x, sx, zx, w, sw, zw, sy, zy, b)' },
    { before: conv.replace(', DequantizeLinear{axis: 0}(b, sb)', ''), values: convValues, after: 'y = QLinearConv{pads: [1, 1, 1, 1]}(x, sx, zx, w, sw, zw, sy, zy)' },
    { before: conv.replace('DequantizeLinear{axis: 0}(b, sb)', 'b'), values: (r) => ({ ...convValues(r), b: r.tensor('float32', 4) }), after: 'y = QLinearConv{pads: [1, 1, 1, 1]}(x, sx, zx, w, sw, zw, sy, zy, #)' },
    { before: conv, values: (r) => ({ ...convValues(r), sx: f32(0.02), sw: f32(0.01), zw: i8(0), sb: f32(Math.fround(0.02) * Math.fround(0.01)) }), after: 'y = QLinearConv{pads: [1, 1, 1, 1]}(x, sx, zx, w, sw, zw, sy, zy, b)' },
  ],
  refusals: [
    ...pairings(conv, convValues),
    { before: conv, values: (r) => ({ ...convValues(r), sb: f32([1, 1, 1, 1]) }), reason: 'the bias scale is not the product of the other scales' },
    { before: conv.replace('{axis: 0}(b', '{axis: 0, block_size: 2}(b'), values: (r) => ({ ...convValues(r), sb: f32([1, 1]) }), reason: 'the bias scale is neither per tensor nor per channel' },
    { before: conv, values: (r) => ({ ...convValues(r), b: input('int32', 4) }), reason: 'the bias is not a constant of int32' },
    { before: conv, values: (r) => ({ ...convValues(r), b: r.tensor('int8', 4), sb: f32(1) }), reason: 'the bias is not a constant of int32' },
    { before: conv, values: (r) => ({ ...convValues(r), sb: input('float32', 4) }), reason: 'the bias scale is not a float32 constant' },
    { before: conv.replace('b, sb', 'b, sb, zb'), values: (r) => ({ ...convValues(r), zb: new Tensor('int32', [0, 1, 0, 0], [4]) }), reason: 'the bias has a zero point' },
    { before: conv.replace('DequantizeLinear{axis: 0}(b, sb)', 'b'), values: (r) => ({ ...convValues(r), b: input('float32', 4) }), reason: 'the bias is neither dequantized nor a float32 constant' },
    { before: conv.replace('DequantizeLinear{axis: 0}(b, sb)', 'b'), values: (r) => ({ ...convValues(r), b: r.tensor('float32', 4), sy: f32(0.0001) }), reason: 'the bias is float, and rounding it could show' },
    { before: conv.replace('DequantizeLinear{axis: 0}(b, sb)', 'b'), values: (r) => ({ ...convValues(r), b: f32([1e9, 0, 0, 0]) }), reason: 'the bias is too large for int32' },
    { before: conv, values: (r) => ({ ...convValues(r), zy: new Tensor('int16', [3], []) }), reason: 'y is not 8-bit' },
    { before: conv.replace('{axis: 0}(w', '{axis: 1}(w'), values: (r) => ({ ...convValues(r), x: input('uint8', 1, 4, 6, 6), zx: u8(1), zy: u8(1), w: r.tensor('int8', 4, 4, 3, 3) }), reason: 'w is not quantized per tensor or along axis 0' },
  ],
});

const matrices = (r: Random): Record<string, Values[string]> => {
  const dtype = dtypes(r);
  return {
    ...parameters(r, dtype), x: input(dtype, 2, 5, 9), w: r.tensor('int8', 9, 7), sw: f32([0.01, 0.02, 0.5, 0.1, 0.3, 0.25, 0.7]),
    zw: r.tensor('int8', 7), sy: f32(r.pick([0.5, 4, 0.37])), zy: r.tensor(dtype),
  };
};
const product = 'MatMul(DequantizeLinear(x, sx, zx), DequantizeLinear{axis: 1}(w, sw, zw))';

/** The pattern of products names its operands a and b. */
const named = (examples: readonly RefusedExample[]): RefusedExample[] =>
  examples.map((e) => ({ ...e, reason: e.reason!.replace(/\bx\b/, 'a').replace(/\bw\b/, 'b') }));

describePass(qdqMatMul, {
  rewrites: [
    { before: `y = QuantizeLinear(${product}, sy, zy)`, values: matrices, after: 'y = QLinearMatMul(x, sx, zx, w, sw, zw, sy, zy)' },
    { before: `y = QuantizeLinear(${product}, sy, zy)`, values: (r) => ({ ...matrices(r), sw: f32(0.1), zw: i8(5) }), after: 'y = QLinearMatMul(x, sx, zx, w, sw, zw, sy, zy)' },
  ],
  refusals: named([
    ...pairings(`y = QuantizeLinear(${product}, sy, zy)`, matrices),
    ...parameterRefusals((x) => `y = QuantizeLinear(MatMul(${x}, DequantizeLinear{axis: 1}(w, sw, zw)), sy, zy)`, (r) => ({ ...matrices(r), x: input('uint8', 5, 9), zx: u8(1), zy: u8(1) }), [5, 9]),
    { before: `y = QuantizeLinear(${product.replace('axis: 1', 'axis: 0')}, sy, zy)`, values: (r) => ({ ...matrices(r), sw: f32([1, 2, 3, 4, 5, 6, 7, 8, 9]), zw: r.tensor('int8', 9) }), reason: 'w is not quantized per tensor or along axis 1' },
  ]),
});

describePass(qdqMatMulIntegerToFloat, {
  rewrites: [{ before: `y = ${product}`, values: matrices, after: 'y = ms.MatMulIntegerToFloat(x, w, sx, sw, zx, zw)' }],
  refusals: [
    { before: `y = ${product}`, values: (r) => ({ ...matrices(r), sx: input('float32') }), reason: 'the scale of a is not constant' },
    { before: `y = ${product}`, values: (r) => retyped(retyped(matrices(r), 'int8', 'x', 'zx'), 'uint8', 'w', 'zw'), reason: 'an int8 activation meets a uint8 weight' },
  ],
});

const gemmValues = (r: Random, transB = false): Record<string, Values[string]> => {
  const values = matrices(r);
  const dtype = dtypes(r);
  const sx = f32(0.02);
  const units = Float32Array.from((values['sw'] as Tensor).data as Float32Array, (s) => s * Math.fround(0.02));
  return { ...values, x: input(dtype, 5, 9), zx: r.tensor(dtype), zy: r.tensor(dtype), sx, w: transB ? r.tensor('int8', 7, 9) : r.tensor('int8', 9, 7), c: r.tensor('int32', 7), sc: f32(units) };
};
const gemm = (attributes = '', c = ', DequantizeLinear{axis: 0}(c, sc)', axis = 1) => `Gemm${attributes}(DequantizeLinear(x, sx, zx), DequantizeLinear{axis: ${axis}}(w, sw, zw)${c})`;

describePass(qdqGemm, {
  rewrites: [
    { before: `y = QuantizeLinear(${gemm()}, sy, zy)`, values: (r) => gemmValues(r), after: 'y = ms.QGemm{alpha: 1, transA: 0, transB: 0}(x, sx, zx, w, sw, zw, c, sy, zy)' },
    { before: `y = QuantizeLinear(${gemm('{transB: 1}', '', 0)}, sy, zy)`, values: (r) => gemmValues(r, true), after: 'y = ms.QGemm{alpha: 1, transA: 0, transB: 1}(x, sx, zx, w, sw, zw, _, sy, zy)' },
    { before: `y = QuantizeLinear(${gemm('', ', c')}, sy, zy)`, values: (r) => ({ ...gemmValues(r), sy: f32(2), c: r.tensor('float32', 7) }), after: 'y = ms.QGemm{alpha: 1, transA: 0, transB: 0}(x, sx, zx, w, sw, zw, #, sy, zy)' },
    { before: `y = QuantizeLinear(${gemm('{alpha: 0.5}', '')}, sy, zy)`, values: (r) => gemmValues(r), after: 'y = ms.QGemm{alpha: 0.5, transA: 0, transB: 0}(x, sx, zx, w, sw, zw, _, sy, zy)' },
  ],
  refusals: [
    { before: `y = QuantizeLinear(${gemm('{beta: 2}')}, sy, zy)`, values: (r) => gemmValues(r), reason: 'beta is not 1' },
    { before: `y = QuantizeLinear(${gemm('{alpha: -1}')}, sy, zy)`, values: (r) => gemmValues(r), reason: 'alpha is not positive' },
    { before: `y = QuantizeLinear(${gemm('{alpha: 2}')}, sy, zy)`, values: (r) => gemmValues(r), reason: 'the bias scale is not the product of the other scales' },
    ...pairings(`y = QuantizeLinear(${gemm('', '')}, sy, zy)`, (r) => gemmValues(r)),
    { before: `y = QuantizeLinear(${gemm('', ', c')}, sy, zy)`, values: (r) => ({ ...gemmValues(r), c: f32([1, 2, 3, 4, 5], [5, 1]) }), reason: 'the bias has not one element a channel' },
  ],
});

describePass(qdqGemmToFloat, {
  rewrites: [{ before: `y = ${gemm()}`, values: (r) => gemmValues(r), after: 'y = ms.QGemm{alpha: 1, transA: 0, transB: 0}(x, sx, zx, w, sw, zw, c)' }],
  refusals: [{ before: `y = ${gemm('', ', c')}`, values: (r) => ({ ...gemmValues(r), c: r.tensor('float32', 7) }), reason: 'the bias is float, and rounding it could show' }],
});

