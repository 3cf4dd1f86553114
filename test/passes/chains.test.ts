/** What levels make of whole parts of models: passes that work for each other. */
import { describe, expect, it } from 'vitest';
import { InferenceSession } from '../../src/main.ts';
import { saveModel } from '../../src/model/index.ts';
import { unpack, type Tensor } from '../../src/tensor/index.ts';
import { input, parse, print, type Values } from '../../conformance/proofs/expression.ts';
import { f32, i64, i8, Random, u8 } from '../../conformance/proofs/random.ts';

const r = new Random(7);
const q = (x: string, s: string, z = 'z') => `DequantizeLinear(QuantizeLinear(${x}, ${s}, ${z}), ${s}, ${z})`;

const CHAINS: readonly { readonly title: string; readonly before: string; readonly values: Values; readonly after: string; readonly level?: 'basic' }[] = [
  {
    title: 'an int4 linear layer as exporters of QDQ models write it: weight [N, K], transposed',
    before: 'y = Add(MatMul(x, Transpose(DequantizeLinear{axis: 1, block_size: 32}(w, s))), b)',
    values: { x: input('float32', 'n', 'm', 64), w: r.tensor('int4', 5, 64), s: r.tensor('float32', 5, 2), b: r.tensor('float32', 5) },
    after: 'y = ms.MatMulNBits{K: 64, N: 5, bits: 4, block_size: 32, accuracy_level: 0}(x, #, #, _, _, b)',
  },
  {
    title: 'a quantized convolution: its float bias in int32, its activation in the quantizer',
    before: `y = QuantizeLinear(Relu(Conv(${q('x', 's')}, DequantizeLinear(w, sw), b)), s, z)`,
    values: { x: input('float32', 1, 3, 6, 6), w: r.tensor('int8', 4, 3, 3, 3), sw: f32(0.01), b: r.tensor('float32', 4), s: f32(1), z: u8(0) },
    after: 'y = QLinearConv(QuantizeLinear(x, s, z), s, z, w, sw, #, s, z, #)',
  },
  {
    title: 'quantized data movement: no float value is left between the ends',
    before: `y = QuantizeLinear(Reshape(${q(`Transpose(${q('MaxPool{kernel_shape: [2, 2]}(DequantizeLinear(x, s, z))', 's')})`, 's')}, n), s, z)`,
    values: { x: input('uint8', 1, 3, 6, 6), s: f32(0.5), z: u8(3), n: i64(3, 25) },
    after: 'y = Reshape(Transpose(MaxPool{kernel_shape: [2, 2]}(x)), n)',
  },
  {
    title: 'a linear layer on a matrix: MatMul, Add and the quantizers around become QGemm',
    before: `y = QuantizeLinear(Add(MatMul(${q('x', 's')}, DequantizeLinear(w, sw)), b), t, z)`,
    values: { x: input('float32', 4, 8), w: r.tensor('int8', 8, 5), s: f32(0.1), sw: f32(0.01), t: f32(0.5), z: i8(3), b: r.tensor('float32', 5) },
    after: 'y = ms.QGemm{alpha: 1, transA: 0, transB: 0}(QuantizeLinear(x, s, z), s, z, w, sw, #, #, t, z)',
  },
  {
    title: 'shape arithmetic of an attention head',
    before: 'y = Transpose{perm: [0, 2, 1, 3]}(Reshape(x, Concat{axis: 0}(Unsqueeze(Gather(Shape(x), i), o), Unsqueeze(Gather(Shape(x), j), o), h)))',
    values: { x: input('float32', 'batch', 'seq', 12), i: i64(0).reshape([]), j: i64(1).reshape([]), o: i64(0), h: i64(4, 3) },
    after: 'y = Transpose{perm: [0, 2, 1, 3]}(Reshape(x, #))',
    level: 'basic',
  },
  {
    title: 'a residual block: bias, sum and normalization are one node, which hands on the sum',
    before: 's = Add(Add(MatMul(x, w), b), x); y = LayerNormalization(s, g); t = Neg(s)',
    values: { x: input('float32', 2, 3, 8), w: r.tensor('float32', 8, 8), b: r.tensor('float32', 8), g: r.tensor('float32', 8) },
    after: 'y, _, _, s = ms.SkipLayerNormalization{epsilon: 0.00001}(MatMul(x, w), x, g, _, b); t = Neg(s)',
  },
  {
    title: 'two dynamically quantized products of one activation share its quantization',
    before: 'q, s, z = DynamicQuantizeLinear(x); u = Mul(Cast{to: 1}(MatMulInteger(q, w, z)), Mul(s, a)); v = Mul(Cast{to: 1}(MatMulInteger(q, k, z)), Mul(s, a))',
    values: { x: input('float32', 4, 8), w: r.tensor('int8', 8, 5), k: r.tensor('int8', 8, 5), a: f32(0.1) },
    after: 'q, s, z = DynamicQuantizeLinear(x); u = ms.MatMulIntegerToFloat(q, w, s, a, z); v = ms.MatMulIntegerToFloat(q, k, s, a, z)',
  },
  {
    title: 'an activation with its bias',
    before: 'b = Add(x, c); y = Mul(Mul(b, Add(Erf(Div(b, t)), one)), half)',
    values: { x: input('float32', 4, 8), c: r.tensor('float32', 8), t: f32(Math.SQRT2), one: f32(1), half: f32(0.5) },
    after: 'y = ms.BiasGelu(x, c)',
  },
];

describe('levels', () => {
  it.each(CHAINS)('$title', async ({ before, values, after, level }) => {
    const bytes = saveModel(parse(before, values));
    const session = await InferenceSession.create(bytes, { graphOptimizationLevel: level ?? 'all', executionProviders: ['cpu'] });
    expect(print(session.model.graph, values)).toBe(after);
    const plain = await InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', executionProviders: ['cpu'] });
    const feeds = new Random(3).feeds(values);
    const [found, expected] = [await session.run(feeds), await plain.run(feeds)];
    for (const name of plain.outputNames) {
      const [mine, theirs] = [found[name] as Tensor, expected[name] as Tensor];
      expect([mine.type, mine.dims], name).toEqual([theirs.type, theirs.dims]);
      const [a, b] = [unpack(mine), unpack(theirs)];
      const limit = mine.type === 'float32' ? 1e-4 : 1;
      a.forEach((v, i) => expect(Math.abs(v - b[i]), `${name}[${i}]`).toBeLessThanOrEqual(limit));
    }
  });
});
