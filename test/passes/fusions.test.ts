import { geluFusionL1 } from '../../src/passes/basic/gelu-fusion-l1.ts';
import { layerNormFusion, layerNormFusionL2 } from '../../src/passes/basic/layer-norm-fusion.ts';
import { convActivationFusion, gemmActivationFusion } from '../../src/passes/extended/conv-activation-fusion.ts';
import { dqMatMulNBitsFusion, matMulNBitsFusion } from '../../src/passes/extended/dq-matmul-nbits-fusion.ts';
import { biasGeluFusion, fastGeluFusion, geluFusionL2, quickGeluFusion, quickGeluNarrowFusion } from '../../src/passes/extended/gelu-fusions.ts';
import { dynamicQuantizeMatMulFusion, matMulIntegerToFloatFusion } from '../../src/passes/extended/matmul-integer-to-float-fusion.ts';
import { matMulScaleFusion, matMulTransposeFusion } from '../../src/passes/extended/matmul-transpose-fusion.ts';
import { simplifiedLayerNormFusion } from '../../src/passes/extended/simplified-layer-norm-fusion.ts';
import { biasSkipLayerNormFusion, skipLayerNormFusion } from '../../src/passes/extended/skip-layer-norm-fusion.ts';
import { pack, type DType } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass, type Rewrite } from './harness.ts';
import { f32, i64, type Random } from '../../conformance/proofs/random.ts';

const integers = (r: Random): Record<string, Values[string]> => ({
  a: input('uint8', 2, 5, 9), b: r.tensor('int8', 9, 7), za: r.tensor('uint8'), zb: r.tensor('int8', 7),
  sa: input('float32'), sb: r.tensor('float32', 7), bias: r.tensor('float32', 7),
});
const scaled = 'Mul(Cast{to: 1}(MatMulInteger(a, b, za, zb)), Mul(sa, sb))';

describePass(matMulIntegerToFloatFusion, {
  rewrites: [
    { before: `y = ${scaled}`, values: integers, after: 'y = ms.MatMulIntegerToFloat(a, b, sa, sb, za, zb)' },
    { before: `y = Add(bias, ${scaled})`, values: integers, after: 'y = ms.MatMulIntegerToFloat(a, b, sa, sb, za, zb, bias)' },
    { before: `y = ${scaled.replace('sa, sb', 'sb, sa')}`, values: integers, after: 'y = ms.MatMulIntegerToFloat(a, b, sa, sb, za, zb)' },
    { before: `y = Add(c, ${scaled.replace(', za, zb', '')})`, values: (r) => ({ ...integers(r), c: input('float32', 2, 5, 7) }), after: 'y = Add(c, ms.MatMulIntegerToFloat(a, b, sa, sb))' },
  ],
  refusals: [
    { before: 'y = Mul(Cast{to: 11}(MatMulInteger(a, b)), Mul(sa, sb))', values: (r) => ({ ...integers(r), sa: input('float64'), sb: input('float64', 7) }), reason: 'the product is not cast to float32' },
    { before: `y = ${scaled}`, values: (r) => ({ ...integers(r), sb: r.tensor('float32', 5, 1) }), reason: 'the scales are not one for a and one, or a vector of columns, for b' },
  ],
});

const dynamic = (b = 'sb') => `q, s, z = DynamicQuantizeLinear(x); y = Mul(Cast{to: 1}(MatMulInteger(q, b, z, zb)), Mul(s, ${b}))`;
const activations = (r: Random): Record<string, Values[string]> => ({ ...integers(r), x: input('float32', 2, 5, 9) });

describePass(dynamicQuantizeMatMulFusion, {
  rewrites: [
    { before: dynamic(), values: activations, after: 'y = ms.DynamicQuantizeMatMul(x, b, sb, zb)' },
    { before: dynamic().replace('y = Mul', 't = Mul') + '; y = Add(t, bias)', values: activations, after: 'y = ms.DynamicQuantizeMatMul(x, b, sb, zb, bias)' },
  ],
  refusals: [
    { before: dynamic() + '; y2 = Cast{to: 1}(q)', values: activations, reason: '"q" inside the pattern is read elsewhere' },
    { before: dynamic(), values: (r) => ({ ...activations(r), sb: r.tensor('float32', 5, 1) }), reason: 'the scale of b is neither one nor a vector of columns' },
    { before: dynamic().replace('to: 1', 'to: 1').replace('Mul(s, sb)', 'Mul(s, sb)').replace('Cast{to: 1}(MatMulInteger', 'Cast{to: 11}(MatMulInteger').replace('Mul(s, sb)', 'Mul(Cast{to: 11}(s), sb)'), values: (r) => ({ ...activations(r), sb: input('float64', 7) }) },
  ],
});

/** Weights of K = 40 rows in blocks of 16 (the last one short) and N = 6 columns, as a type of 2, 4 or 8 bits. */
const blocks = (dtype: DType, zero: boolean) => (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 2, 3, 40), w: r.tensor(dtype, 40, 6), s: r.tensor('float32', 3, 6), ...(zero && { z: r.tensor(dtype, 3, 6) }), bias: r.tensor('float32', 6),
});
const weights = (zero: boolean) => `DequantizeLinear{axis: 0, block_size: 16}(w, s${zero ? ', z' : ''})`;
const bitsOf = (dtype: DType): number => Number(/\d+/.exec(dtype)![0]);
const NBITS: readonly Rewrite[] = (['int4', 'uint4', 'int8', 'uint8', 'int2', 'uint2'] as const).flatMap((dtype) => [false, true].map((zero) => ({
  opset: 25, before: `y = MatMul(x, ${weights(zero)})`, values: blocks(dtype, zero),
  after: `y = ms.MatMulNBits{K: 40, N: 6, bits: ${bitsOf(dtype)}, block_size: 16, accuracy_level: 0}(x, #, #${zero || dtype.startsWith('u') ? ', #' : ''})`,
})));
const matrixOf = (r: Random) => ({ ...blocks('int4', false)(r), x: input('float32', 3, 40) });

describePass(dqMatMulNBitsFusion, {
  rewrites: [
    ...NBITS,
    { before: `y = Gemm(x, ${weights(false)}, bias)`, values: matrixOf, after: 'y = ms.MatMulNBits{K: 40, N: 6, bits: 4, block_size: 16, accuracy_level: 0}(x, #, #, _, _, bias)' },
    {
      before: 'y = Gemm{transB: 1}(x, DequantizeLinear{axis: 1, block_size: 16}(w, s, z))',
      values: (r) => ({ x: input('float32', 3, 40), w: r.tensor('uint4', 6, 40), s: r.tensor('float32', 6, 3), z: r.tensor('uint4', 6, 3) }),
      after: 'y = ms.MatMulNBits{K: 40, N: 6, bits: 4, block_size: 16, accuracy_level: 0}(x, #, #, #)',
    },
  ],
  refusals: [
    { before: 'y = MatMul(x, DequantizeLinear{axis: 1, block_size: 16}(w, s))', values: (r) => ({ x: input('float32', 3, 6), w: r.tensor('int4', 6, 40), s: r.tensor('float32', 6, 3) }), reason: 'the blocks do not lie along K' },
    { before: 'y = MatMul(x, DequantizeLinear{axis: 0, block_size: 20}(w, s))', values: (r) => ({ x: input('float32', 3, 40), w: r.tensor('int4', 40, 6), s: r.tensor('float32', 2, 6) }), reason: 'the block size is not a power of two from 16 to 256' },
    { before: `y = Gemm{alpha: 2}(x, ${weights(false)})`, values: matrixOf, reason: 'Gemm scales or transposes' },
    { before: `y = MatMul(x, ${weights(false)})`, values: (r) => ({ ...matrixOf(r), w: input('int4', 40, 6) }), reason: 'the weight is not a constant matrix' },
    { before: `y = MatMul(x, ${weights(false)})`, values: (r) => ({ ...matrixOf(r), s: input('float32', 3, 6) }), reason: 'scale or zero point is not constant' },
    { before: `y = MatMul(x, ${weights(true)})`, values: (r) => ({ ...matrixOf(r), z: input('int4', 3, 6) }), reason: 'scale or zero point is not constant' },
    { before: `y = MatMul(x, ${weights(false)})`, values: (r) => ({ ...matrixOf(r), w: r.tensor('int16', 40, 6) }), reason: 'the weight is not an integer of 2, 4 or 8 bits' },
    { before: `y = MatMul(x, ${weights(false)})`, values: (r) => ({ ...matrixOf(r), x: input('float16', 3, 40), s: r.tensor('float16', 3, 6) }), reason: 'the scale is not float32' },
    { before: `y = Gemm(x, ${weights(false)}, bias)`, values: (r) => ({ ...matrixOf(r), bias: r.tensor('float32', 3, 6) }), reason: 'the bias is not a constant vector of columns' },
    { before: 'y = MatMul(x, DequantizeLinear{axis: 1}(w, s))', values: (r) => ({ x: input('float32', 3, 40), w: r.tensor('int4', 40, 6), s: r.tensor('float32', 6) }) },
  ],
});

const nbits = (r: Random) => ({ x: input('float32', 2, 3, 32), w: r.tensor('uint8', 6, 2, 8), s: r.tensor('float32', 6, 2), bias: r.tensor('float32', 6) });
const packed = 'ms.MatMulNBits{K: 32, N: 6, bits: 4, block_size: 16}(x, w, s)';

describePass(matMulNBitsFusion, {
  rewrites: [{ before: `y = Add(${packed}, bias)`, values: nbits, after: 'y = ms.MatMulNBits{K: 32, N: 6, bits: 4, block_size: 16}(x, w, s, _, _, bias)' }],
  refusals: [
    { before: `y = Add(${packed}, bias)`, values: (r) => ({ ...nbits(r), bias: input('float32', 6) }), reason: 'the bias is not a constant vector of columns' },
    { before: `y = Add(${packed}, bias)`, values: (r) => ({ ...nbits(r), bias: r.tensor('float32', 3, 6) }), reason: 'the bias is not a constant vector of columns' },
  ],
});

const rows = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 2, 3, 16), g: r.tensor('float32', 16), b: r.tensor('float32', 16), e: f32(1e-5), two: f32(2), one: f32(1), a: i64(-1),
});
const rms = (norm: string) => `s = Sqrt(Add(ReduceMean(Pow(x, two), a), e)); y = Mul(${norm}, g)`;

describePass(simplifiedLayerNormFusion, {
  rewrites: [
    { before: rms('Div(x, s)'), values: rows, after: 'y = SimplifiedLayerNormalization{axis: -1, epsilon: 0.00001}(x, g)' },
    { before: rms('Mul(x, Div(one, s))'), values: rows, after: 'y = SimplifiedLayerNormalization{axis: -1, epsilon: 0.00001}(x, g)' },
    { before: rms('Mul(Reciprocal(s), x)').replace('Pow(x, two)', 'Mul(x, x)'), values: rows, after: 'y = SimplifiedLayerNormalization{axis: -1, epsilon: 0.00001}(x, g)' },
    { before: 'y = Mul(g, Div(x, Sqrt(Add(ReduceMean{axes: [2]}(Pow(x, two)), e))))', opset: 17, values: rows, after: 'y = SimplifiedLayerNormalization{axis: -1, epsilon: 0.00001}(x, g)' },
  ].map((e) => ({ ...e, after: e.after.replace('0.00001', '0.00001') })),
  refusals: [
    { before: rms('Div(x, s)'), values: (r) => ({ ...rows(r), a: i64(1) }), reason: 'it normalizes other axes than the last' },
    { before: rms('Div(x, s)').replace('ReduceMean(', 'ReduceMean{keepdims: 1}('), values: (r) => ({ ...rows(r), e: input('float32') }), reason: 'epsilon is not a constant of one element' },
    { before: rms('Div(x, s)'), values: (r) => ({ ...rows(r), g: input('float32', 16) }), reason: 'gamma is not a constant vector along the last axis' },
    { before: rms('Div(x, s)') + '; z = Neg(s)', values: rows, reason: '"s" inside the pattern is read elsewhere' },
    { before: rms('Div(x, s)'), values: (r) => ({ ...rows(r), two: f32(3) }) },
    { before: rms('Div(x, s)'), values: (r) => ({ ...Object.fromEntries(Object.keys(rows(r)).map((k) => [k, k === 'x' ? input('float64', 2, 16) : k === 'a' ? i64(-1) : r.tensor('float64')])), two: r.tensor('float64') }) },
  ],
});

const layerNorm = (square: string) => `d = Sub(x, ReduceMean(x, a)); y = Add(Mul(Div(d, Sqrt(Add(ReduceMean(${square}, a), e))), g), b)`;

describePass(layerNormFusion, {
  rewrites: [
    { before: layerNorm('Pow(d, two)'), values: rows, after: 'y = LayerNormalization{axis: -1, epsilon: 0.00001}(x, g, b)' },
    { before: layerNorm('Mul(d, d)'), values: rows, after: 'y = LayerNormalization{axis: -1, epsilon: 0.00001}(x, g, b)' },
  ],
  refusals: [
    { before: layerNorm('Pow(d, two)'), values: (r) => ({ ...rows(r), a: i64(0) }), reason: 'it normalizes other axes than the last' },
    { before: layerNorm('Pow(d, two)'), values: (r) => ({ ...rows(r), b: input('float32', 16) }), reason: 'gamma or beta is not a constant vector along the last axis' },
    { before: layerNorm('Pow(d, two)'), values: (r) => ({ ...rows(r), e: input('float32') }), reason: 'epsilon is not a constant of one element' },
    { before: layerNorm('Pow(d, two)').replaceAll('(x, a)', '{axes: [-1]}(x)').replaceAll(', a)', ')').replace('ReduceMean(Pow', 'ReduceMean{axes: [-1]}(Pow'), opset: 16, values: rows, reason: 'LayerNormalization is an operator since opset 17' },
  ],
});

describePass(layerNormFusionL2, {
  rewrites: [
    { before: layerNorm('Pow(d, two)').replaceAll('(x, a)', '{axes: [-1]}(x)').replaceAll(', a)', ')').replace('ReduceMean(Pow', 'ReduceMean{axes: [-1]}(Pow'), opset: 13, values: rows, after: 'y = LayerNormalization{axis: -1, epsilon: 0.00001}(x, g, b)' },
  ],
  refusals: [{ before: layerNorm('Pow(d, two)'), values: (r) => ({ ...rows(r), a: i64(0) }), reason: 'it normalizes other axes than the last' }],
});

const sums = (r: Random): Record<string, Values[string]> => ({ ...rows(r), z: input('float32', 2, 3, 16) });

describePass(skipLayerNormFusion, {
  rewrites: [
    { before: 'y = LayerNormalization(Add(x, z), g, b)', values: sums, after: 'y = ms.SkipLayerNormalization{epsilon: 0.00001}(x, z, g, b)' },
    { before: 'y = LayerNormalization{epsilon: 0.1}(Add(x, z), g)', values: sums, after: 'y = ms.SkipLayerNormalization{epsilon: 0.1}(x, z, g)' },
    { before: 's = Add(x, z); y = SimplifiedLayerNormalization(s, g); t = Neg(s)', values: sums, after: 'y, _, _, s = ms.SkipSimplifiedLayerNormalization{epsilon: 0.00001}(x, z, g); t = Neg(s)' },
    { before: 's! = Add(x, z); y = RMSNormalization{axis: 2}(s, g)', opset: 23, values: sums, after: 'y, _, _, s = ms.SkipSimplifiedLayerNormalization{epsilon: 0.00001}(x, z, g)' },
    { before: 's = Add(x, z); t = Neg(s); y = LayerNormalization(s, g, b)', values: sums, after: 'y, _, _, s = ms.SkipLayerNormalization{epsilon: 0.00001}(x, z, g, b); t = Neg(s)' },
  ],
  refusals: [
    { before: 'y = LayerNormalization{axis: 1}(Add(x, z), h)', values: (r) => ({ ...sums(r), h: r.tensor('float32', 3, 16) }), reason: 'it normalizes other axes than the last' },
    { before: 'y = LayerNormalization(Add(x, z), g)', values: (r) => ({ ...sums(r), z: input('float32', 16) }), reason: 'the addends are of different shapes' },
    { before: 'y = LayerNormalization(Add(x, z), g)', values: (r) => ({ ...sums(r), g: input('float32', 16) }), reason: 'gamma or beta is not a constant vector along the last axis' },
    { before: 'y, m = LayerNormalization(Add(x, z), g)', values: sums, reason: 'mean or deviation is used' },
    { before: 'y = LayerNormalization(Add(x, z), g)', values: (r) => ({ x: input('float16', 2, 16), z: input('float16', 2, 16), g: r.tensor('float16', 16) }), reason: 'a rounded sum would be normalized unrounded' },
    { before: 'y = LayerNormalization(Add(x, z), g)', values: (r) => ({ x: input('float32', 1, 2, 3, 16), z: input('float32', 1, 2, 3, 16), g: r.tensor('float32', 16) }), reason: 'the rank is neither 2 nor 3' },
  ],
});

describePass(biasSkipLayerNormFusion, {
  rewrites: [
    { before: 'y = ms.SkipLayerNormalization{epsilon: 0.1}(Add(x, b), z, g)', values: sums, after: 'y = ms.SkipLayerNormalization{epsilon: 0.1}(x, z, g, _, b)' },
    { before: 'y = ms.SkipSimplifiedLayerNormalization(z, Add(b, x), g)', values: sums, after: 'y = ms.SkipSimplifiedLayerNormalization(x, z, g, b)' },
    { before: 'y, _, _, s = ms.SkipLayerNormalization(Add(x, b), z, g, g); t = Neg(s)', values: sums, after: 'y, _, _, s = ms.SkipLayerNormalization(x, z, g, g, b); t = Neg(s)' },
  ],
  refusals: [
    { before: 'y = ms.SkipLayerNormalization(Add(x, b), z, g)', values: (r) => ({ ...sums(r), b: input('float32', 16) }), reason: 'the bias is not a constant vector along the last axis' },
  ],
});

const wide = { x: input('float32', 2, 3, 16), half: f32(0.5), one: f32(1), root: f32(Math.SQRT2), inv: f32(Math.SQRT1_2), three: f32(3), c: f32(0.044715), k: f32(0.7978845608) };
const GELU = [
  'y = Mul(Mul(x, Add(Erf(Div(x, root)), one)), half)',
  'y = Mul(Mul(half, x), Add(one, Erf(Mul(x, inv))))',
  'y = Mul(x, Mul(half, Add(Erf(Div(x, root)), one)))',
];

describePass(geluFusionL1, {
  rewrites: GELU.map((before) => ({ before, values: wide, after: 'y = Gelu(x)' })),
  refusals: [
    { before: GELU[0], opset: 19, values: wide, reason: 'Gelu is an operator since opset 20' },
    { before: GELU[0], values: { ...wide, half: f32(0.6) } },
  ],
});
describePass(geluFusionL2, { rewrites: GELU.map((before) => ({ before, opset: 17, values: wide, after: 'y = ms.Gelu(x)' })) });

const tanh = 'Add(Tanh(Mul(k, Add(x, Mul(c, Pow(x, three))))), one)';

describePass(fastGeluFusion, {
  rewrites: [
    { before: `y = Mul(Mul(x, half), ${tanh})`, values: wide, after: 'y = ms.FastGelu(x)' },
    { before: `y = Mul(x, Mul(half, ${tanh.replace('Pow(x, three)', 'Mul(x, Mul(x, x))')}))`, values: wide, after: 'y = ms.FastGelu(x)' },
    { before: 'y = Mul(Mul(x, half), Add(Tanh(Mul(Mul(k, x), Add(Mul(Mul(x, x), c), one))), one))', values: wide, after: 'y = ms.FastGelu(x)' },
  ],
  refusals: [{ before: `y = Mul(Mul(x, half), ${tanh})`, values: { ...wide, c: f32(0.05) } }],
});

describePass(quickGeluFusion, {
  rewrites: [
    { before: 'y = Mul(x, Sigmoid(Mul(x, al)))', values: { ...wide, al: f32(1.702) }, after: 'y = ms.QuickGelu{alpha: 1.702}(x)' },
    { before: 'y = Mul(Sigmoid(x), x)', values: wide, after: 'y = ms.QuickGelu{alpha: 1}(x)' },
  ],
  refusals: [
    { before: 'y = Mul(x, Sigmoid(Mul(x, al)))', values: { ...wide, al: input('float32') }, reason: 'alpha is not a constant of one element' },
    { before: 's! = Sigmoid(x); y = Mul(x, s)', values: wide, reason: '"s" inside the pattern is read elsewhere' },
    { before: 'y = Mul(x, Sigmoid(Mul(x, al)))', values: { x: input('float64', 3), al: pack('float64', [1.702], []) }, reason: 'alpha is not a float32 number' },
    { before: 'y = Mul(x, Sigmoid(x))', values: { x: input('float16', 3, 16) }, reason: 'the type is narrow: QuickGelu would not round its sigmoid' },
  ],
});

describePass(quickGeluNarrowFusion, {
  rewrites: [{ before: 'y = Mul(Sigmoid(x), x)', values: { x: input('float16', 3, 16) }, after: 'y = ms.QuickGelu{alpha: 1}(x)' }],
  refusals: [
    { before: 'y = Mul(x, Sigmoid(Mul(x, al)))', values: { x: input('float16', 3, 16), al: input('float16') }, reason: 'alpha is not a constant of one element' },
  ],
});

const biased = (r: Random): Record<string, Values[string]> => ({ ...wide, b: r.tensor('float32', 16) });

describePass(biasGeluFusion, {
  rewrites: [
    { before: 'y = ms.Gelu(Add(x, b))', values: biased, after: 'y = ms.BiasGelu(x, b)' },
    { before: 'y = Gelu(Add(b, x))', values: biased, after: 'y = ms.BiasGelu(x, b)' },
    { before: 'y = Gelu{approximate: "tanh"}(Add(x, b))', values: biased, after: 'y = ms.FastGelu(x, b)' },
    { before: 'y = ms.FastGelu(Add(x, b))', values: biased, after: 'y = ms.FastGelu(x, b)' },
  ],
  refusals: [
    { before: 'y = ms.Gelu(Add(x, b))', values: (r) => ({ ...biased(r), b: input('float32', 16) }), reason: 'no addend is a constant vector along the last axis' },
  ],
});

const image = (r: Random): Record<string, Values[string]> => ({ x: input('float32', 1, 3, 6, 5), w: r.tensor('float32', 4, 3, 3, 3), b: r.tensor('float32', 4), lo: f32(0), hi: f32(6) });
const activation = (f: string, params = '') => ({
  before: `y = ${f}(Conv{group: 1}(x, w, b))`, values: image,
  after: `y = ms.FusedConv{group: 1, activation: "${f.replace(/\{.*/, '')}"${params}}(x, w, b)`,
});

describePass(convActivationFusion, {
  rewrites: [
    activation('Relu'), activation('Sigmoid'), activation('Tanh'), activation('LeakyRelu', ', activation_params: [0.009999999776482582]'),
    activation('HardSigmoid{alpha: 0.25}', ', activation_params: [0.25, 0.5]'),
    { before: 'y = Clip(Conv(x, w, b), lo, hi)', values: image, after: 'y = ms.FusedConv{activation: "Clip", activation_params: [0, 6]}(x, w, b)' },
    { before: 'y = Clip{max: 6}(Conv(x, w))', opset: 10, values: image, after: 'y = ms.FusedConv{activation: "Clip", activation_params: [-3.4028234663852886e+38, 6]}(x, w)' },
  ],
  refusals: [
    { before: 'y = Clip(Conv(x, w, b), lo, hi)', values: (r) => ({ ...image(r), hi: input('float32') }), reason: 'a parameter of the activation is not constant' },
    { before: 'c! = Conv(x, w, b); y = Relu(c)', values: image, reason: '"c" inside the pattern is read elsewhere' },
  ],
});

const gemm = { x: input('float32', 3, 7), w: input('float32', 5, 7), b: input('float32', 5) };

describePass(gemmActivationFusion, {
  rewrites: ['Relu', 'Sigmoid', 'Tanh', 'LeakyRelu'].map((f) => ({
    before: `y = ${f}(Gemm{transB: 1}(x, w, b))`, values: gemm,
    after: `y = ms.FusedGemm{transB: 1, activation: "${f}"${f === 'LeakyRelu' ? ', activation_alpha: 0.01' : ''}}(x, w, b)`,
  })),
});

const cubes = { a: input('float32', 2, 3, 7), b: input('float32', 2, 5, 7), c: f32(0.3) };

describePass(matMulTransposeFusion, {
  rewrites: [
    { before: 'y = MatMul(a, Transpose{perm: [0, 2, 1]}(b))', values: cubes, after: 'y = ms.FusedMatMul{transB: 1}(a, b)' },
    { before: 'y = MatMul(Transpose{perm: [0, 2, 1]}(a), b)', values: { a: input('float32', 2, 7, 3), b: input('float32', 2, 7, 5) }, after: 'y = ms.FusedMatMul{transA: 1}(a, b)' },
    { before: 'y = MatMul(Transpose(a), Transpose(b))', values: { a: input('float32', 7, 3), b: input('float32', 5, 7) }, after: 'y = ms.FusedMatMul{transA: 1, transB: 1}(a, b)' },
    { before: 't = Transpose(a); y = MatMul(t, t)', values: { a: input('float32', 7, 7) }, after: 'y = ms.FusedMatMul{transA: 1}(a, Transpose(a))' },
  ].slice(0, 3),
  refusals: [
    { before: 'y = MatMul(a, Transpose{perm: [2, 0, 1]}(b))', values: { a: input('float32', 2, 3, 7), b: input('float32', 7, 5, 2) }, reason: 'the transpose moves other axes than the last two' },
    { before: 't! = Transpose(b); y = MatMul(a, t)', values: { a: input('float32', 3, 7), b: input('float32', 5, 7) }, reason: '"t" inside the pattern is read elsewhere' },
    { before: 'y = ms.FusedMatMul{transBatchB: 1}(a, Transpose{perm: [0, 2, 1]}(b))', values: { a: input('float32', 2, 3, 7), b: input('float32', 7, 5, 2) }, reason: 'batch axes are transposed too' },
  ],
});

describePass(matMulScaleFusion, {
  rewrites: [
    { before: 'y = Mul(MatMul(a, b), c)', values: { ...cubes, b: input('float32', 2, 7, 5) }, after: 'y = ms.FusedMatMul{alpha: 0.3}(a, b)' },
    { before: 'y = Div(ms.FusedMatMul{alpha: 3}(a, b), c)', values: { ...cubes, b: input('float32', 2, 7, 5) }, after: 'y = ms.FusedMatMul{alpha: 10}(a, b)' },
  ],
  refusals: [
    { before: 'y = Mul(MatMul(a, b), c)', values: { ...cubes, b: input('float32', 2, 7, 5), c: input('float32') }, reason: 'the factor is not a constant of one element' },
    { before: 'y = Mul(MatMul(a, b), c)', values: { ...cubes, b: input('float32', 2, 7, 5), c: f32([1], [1, 1, 1, 1]) }, reason: 'the factor adds axes' },
  ],
});
