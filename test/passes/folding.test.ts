import { describe, expect, it } from 'vitest';
import { constantFolding } from '../../src/passes/basic/constant-folding.ts';
import { divMulFusion } from '../../src/passes/basic/div-mul-fusion.ts';
import { convBNFusion } from '../../src/passes/basic/conv-bn-fusion.ts';
import { convAddFusion, convMulFusion } from '../../src/passes/basic/conv-mul-fusion.ts';
import { fuseReluClip } from '../../src/passes/basic/fuse-relu-clip.ts';
import { gemmSumFusion, gemmTransposeFusion } from '../../src/passes/basic/gemm-fusions.ts';
import { matMulAddFusion } from '../../src/passes/basic/matmul-add-fusion.ts';
import { padFusion } from '../../src/passes/basic/pad-fusion.ts';
import { reshapeFusion } from '../../src/passes/basic/reshape-fusion.ts';
import { evaluateNode } from '../../src/runtime/evaluate.ts';
import { cpu } from '../../kernels/cpu/index.ts';
import { OPS } from '../../src/ops/registry.ts';
import { DEFAULT_LIMITS } from '../../src/model/index.ts';
import type { ExecutionProvider } from '../../src/runtime/provider.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { input } from '../../conformance/proofs/expression.ts';
import { apply, describePass } from './harness.ts';
import { f32, i64, type Random } from '../../conformance/proofs/random.ts';

const provider = cpu.create({}) as ExecutionProvider;
await provider.load?.(new Set(OPS.keys()));
const evaluate: Parameters<typeof apply>[2] = { evaluate: (node, inputs) => evaluateNode(node, inputs, [provider], DEFAULT_LIMITS) };

const x = input('float32', 2, 3);

describe('constant-folding', () => {
  const fold = (before: string, values: Parameters<typeof apply>[1]['values'], options = {}) => apply(constantFolding, { before, values }, { ...evaluate, ...options });
  const reasons = (result: ReturnType<typeof fold>) => result.trail.entries.map((e) => e.reason ?? 'applied');

  it('computes what is constant, in one sweep', () => {
    expect(fold('y = Add(x, Neg(Relu(c)))', { x, c: f32([1, -2, 3]) }).text).toBe('y = Add(x, #)');
    const { model } = fold('y = Add(x, Neg(Relu(c)))', { x, c: f32([1, -2, 3]) });
    expect((model.graph.edges.get('Neg_1_0')?.tensor?.data as Float32Array)).toEqual(Float32Array.of(-1, -0, -3));
  });

  it('takes shapes from inference', () => {
    expect(fold('y = Reshape(x, Concat{axis: 0}(Gather(Shape(z), i), m))', { x, z: input('float32', 3, 'n'), i: i64(0), m: i64(2) }).text).toBe('y = Reshape(x, #)');
  });

  it('leaves what depends on an input, and the dequantized weight', () => {
    expect(fold('y = Add(x, DequantizeLinear(w, s))', { x, w: new Tensor('int8', [1, 2, 3], [3]), s: f32(2) }).text).toBe('y = Add(x, DequantizeLinear(w, s))');
    const disabled = apply(constantFolding, {
      before: 'y = Add(x, DequantizeLinear(w, s))', values: { x, w: new Tensor('int8', [1, 2, 3], [3]), s: f32(2) }, settings: { 'session.disable_quant_qdq': '1' },
    }, evaluate);
    expect(disabled.text).toBe('y = Add(x, #)');
  });

  it('refuses, with the reason', () => {
    expect(reasons(fold('y = Add(x, RandomNormal{shape: [3]}())', { x }))).toEqual(['the operator is random']);
    expect(reasons(fold('y = Add(x, Cast{to: 1}(c))', { x, c: new Tensor('string', ['1', '2', '3'], [3]) }))).toEqual(['string tensors are not folded']);
    expect(reasons(fold('y = Add(x, ConstantOfShape(s))', { x, s: i64(9, 2, 3) }, { foldLimits: { nodeBytes: 100 } }))).toEqual(['the result is larger than the folding limit']);
    expect(reasons(fold('y = Add(x, Add(Neg(c), Neg(d)))', { x, c: f32([1, 2, 3]), d: f32([1, 2, 4]) }, { foldLimits: { totalBytes: 30 } }))).toEqual(
      ['applied', 'applied', 'the result is larger than the folding limit'],
    );
    expect(reasons(fold('y = Add(x, Cast{to: 1}(Div(a, b)))', { x, a: i64(1), b: i64(0) }))[0]).toMatch(/^it fails: /);
  });

  it('leaves a constant output to the run', () => {
    expect(fold('y = Neg(c)', { c: f32(1) }).text).toBe('y = Neg(c)');
  });

  it('does not take an initializer that is also an input for constant', () => {
    const { text } = apply(constantFolding, { before: 'y = Add(x, Neg(c))', values: { x, c: input('float32', 3) } }, {
      evaluate: (node, inputs) => { throw new Error(`${node.name} ${inputs.length}`); },
    });
    expect(text).toBe('y = Add(x, Neg(c))');
  });
});

const image = input('float32', 2, 3, 6, 5);
const conv = (r: Random) => ({ x: image, w: r.tensor('float32', 4, 3, 3, 3), b: r.tensor('float32', 4) });
const bn = (r: Random) => ({
  ...conv(r), g: r.tensor('float32', 4), be: r.tensor('float32', 4), m: r.tensor('float32', 4),
  v: f32(Array.from(r.tensor('float32', 4).data as Float32Array, (n) => 1 + Math.abs(n))),
});

describePass(convBNFusion, {
  rewrites: [
    { before: 'y = BatchNormalization(Conv(x, w, b), g, be, m, v)', values: bn, after: 'y = Conv(x, #, #)' },
    { before: 'y = BatchNormalization{epsilon: 0.1}(Conv{pads: [1, 0, 1, 0]}(x, w), g, be, m, v)', values: bn, after: 'y = Conv{pads: [1, 0, 1, 0]}(x, #, #)' },
  ],
  refusals: [
    { before: 'y = BatchNormalization(Conv(x, w, b), g, be, m, v)', values: (r) => ({ ...bn(r), w: input('float32', 4, 3, 3, 3) }), reason: 'the weight is not constant' },
    { before: 'y = BatchNormalization(Conv(x, w, b), g, be, m, v)', values: (r) => ({ ...bn(r), b: input('float32', 4) }), reason: 'the bias is not constant' },
    { before: 'y = BatchNormalization(Conv(x, w, b), g, be, m, v)', values: (r) => ({ ...bn(r), m: input('float32', 4) }), reason: 'its parameters are not float32 constants of one element a channel' },
    { before: 'y, _rm, _rv = BatchNormalization{training_mode: 1}(Conv(x, w, b), g, be, m, v)', values: bn, reason: 'it runs in training mode' },
    { before: 'c! = Conv(x, w, b); y = BatchNormalization(c, g, be, m, v)', values: bn, reason: '"c" inside the pattern is read elsewhere' },
    { before: 'y = BatchNormalization(Conv(x, w), g, be, m, v)', values: (r) => Object.fromEntries(Object.entries(bn(r)).map(([k, v]) => [k, v instanceof Tensor ? new Tensor('float64', Float64Array.from(v.data as Float32Array), v.dims) : input('float64', 2, 3, 6, 5)])), reason: 'the weight is not float32' },
  ],
});

describePass(convMulFusion, {
  rewrites: [
    { before: 'y = Mul(Conv(x, w, b), k)', values: (r) => ({ ...conv(r), k: r.tensor('float32', 4, 1, 1) }), after: 'y = Conv(x, #, #)' },
    { before: 'y = Mul(k, Conv{group: 1}(x, w))', values: (r) => ({ ...conv(r), k: r.tensor('float32') }), after: 'y = Conv{group: 1}(x, #, #)' },
  ],
  refusals: [
    { before: 'y = Mul(Conv(x, w, b), k)', values: (r) => ({ ...conv(r), k: r.tensor('float32', 3) }), reason: 'the factor is not a float32 constant of one element a channel' },
    { before: 'y = Mul(Conv(x, w, b), k)', values: (r) => ({ ...conv(r), k: r.tensor('float32', 2, 4, 1, 1) }), reason: 'the factor is not a float32 constant of one element a channel' },
    { before: 'y = Mul(Conv(x, w, b), k)', values: (r) => ({ ...conv(r), k: input('float32', 4, 1, 1) }), reason: 'the factor is not a float32 constant of one element a channel' },
  ],
});

describePass(convAddFusion, {
  rewrites: [
    { before: 'y = Add(Conv(x, w, b), d)', values: (r) => ({ ...conv(r), d: r.tensor('float32', 1, 4, 1, 1) }), after: 'y = Conv(x, #, #)' },
    { before: 'y = Add(d, Conv(x, w))', values: (r) => ({ ...conv(r), d: r.tensor('float32', 4, 1, 1) }), after: 'y = Conv(x, #, #)' },
  ],
  refusals: [
    { before: 'y = Add(Conv(x, w, b), d)', values: (r) => ({ ...conv(r), d: r.tensor('float32', 4, 4, 1) }), reason: 'the addend is not a float32 constant of one element a channel' },
  ],
});

describePass(padFusion, {
  rewrites: [
    { before: 'y = Conv{pads: [1, 0, 0, 0]}(Pad(x, p), w, b)', values: (r) => ({ ...conv(r), p: i64(0, 0, 1, 2, 0, 0, 3, 0) }), after: 'y = Conv{pads: [2, 2, 3, 0]}(x, w, b)' },
    { before: 'y = Conv(Pad{pads: [0, 0, 1, 1, 0, 0, 1, 1]}(x), w)', values: conv, opset: 10, after: 'y = Conv{pads: [1, 1, 1, 1]}(x, w)' },
  ],
  refusals: [
    { before: 'y = Conv(Pad{mode: "reflect"}(x, p), w)', values: (r) => ({ ...conv(r), p: i64(0, 0, 1, 1, 0, 0, 1, 1) }), reason: 'the padding is not constant' },
    { before: 'y = Conv(Pad(x, p, v), w)', values: (r) => ({ ...conv(r), p: i64(0, 0, 1, 1, 0, 0, 1, 1), v: f32(1) }), reason: 'the padding value is not zero' },
    { before: 'y = Conv(Pad(x, p), w)', values: (r) => ({ ...conv(r), p: input('int64', 8) }), reason: 'the pads are not constant' },
    { before: 'y = Conv{auto_pad: "SAME_UPPER"}(Pad(x, p), w)', values: (r) => ({ ...conv(r), p: i64(0, 0, 1, 1, 0, 0, 1, 1) }), reason: 'the convolution pads by itself' },
    { before: 'y = Conv(Pad(x, p), w)', values: (r) => ({ x: input('float32', 2, 2, 6, 5), w: r.tensor('float32', 4, 3, 3, 3), p: i64(0, 1, 1, 1, 0, 0, 1, 1) }), reason: 'batch or channels are padded' },
    { before: 'y = Conv(Pad(x, p), w)', values: (r) => ({ ...conv(r), p: i64(0, 0, -1, 0, 0, 0, 0, 0) }), reason: 'the pads are negative' },
  ],
});

const matrices = { a: input('float32', 3, 7), b: input('float32', 7, 5) };

describePass(matMulAddFusion, {
  rewrites: [
    { before: 'y = Add(MatMul(a, b), c)', values: { ...matrices, c: input('float32', 5) }, after: 'y = Gemm(a, b, c)' },
    { before: 'y = Add(c, MatMul(a, b))', values: { ...matrices, c: input('float32', 3, 1) }, after: 'y = Gemm(a, b, c)' },
  ],
  refusals: [
    { before: 'y = Add(MatMul(a, b), c)', values: { a: input('float32', 2, 3, 7), b: input('float32', 7, 5), c: input('float32', 5) }, reason: 'the operands are not matrices' },
    { before: 'y = Add(MatMul(a, b), c)', values: { ...matrices, c: input('float32', 2, 3, 5) }, reason: 'the addend may widen the product' },
    { before: 'y = Add(MatMul(a, b), c)', values: { a: input('float32', 1, 7), b: input('float32', 7, 5), c: input('float32', 3, 5) }, reason: 'the addend may widen the product' },
    { before: 'y = Add(MatMul(a, b), c)', values: { a: input('float16', 3, 7), b: input('float16', 7, 5), c: input('float16', 5) }, reason: 'rounding between product and sum would be lost' },
  ],
});

describePass(gemmSumFusion, {
  rewrites: [
    { before: 'y = Sum(Gemm(a, b), c)', values: { ...matrices, c: input('float32', 3, 5) }, after: 'y = Gemm{beta: 1}(a, b, c)' },
    { before: 'y = Add(c, Gemm{alpha: 0.5}(a, b))', values: { ...matrices, c: input('float32', 3, 5) }, after: 'y = Gemm{alpha: 0.5, beta: 1}(a, b, c)' },
  ],
  refusals: [{ before: 'y = Sum(Gemm(a, b), c)', values: { ...matrices, c: input('float32', 5) }, reason: 'the addend has another shape' }],
});

describePass(gemmTransposeFusion, {
  rewrites: [
    { before: 'y = Gemm(Transpose(a), b, c)', values: { a: input('float32', 7, 3), b: input('float32', 7, 5), c: input('float32', 5) }, after: 'y = Gemm{transA: 1, transB: 0}(a, b, c)' },
    { before: 'y = Gemm{transB: 1}(a, Transpose{perm: [1, 0]}(b))', values: matrices, after: 'y = Gemm{transB: 0, transA: 0}(a, b)' },
    { before: 'y = Gemm(Transpose(a), Transpose(b))', values: { a: input('float32', 7, 3), b: input('float32', 5, 7) }, after: 'y = Gemm{transA: 1, transB: 1}(a, b)' },
  ],
  refusals: [{ before: 'y = Gemm(Transpose{perm: [0, 1]}(a), b)', values: matrices }],
});

describePass(divMulFusion, {
  rewrites: [{ before: 'y = Mul(x, Div(one, z))', values: { x, z: input('float32', 2, 1), one: f32(1) }, after: 'y = Div(x, z)' }],
  refusals: [
    { before: 'y = Mul(x, Div(one, z))', values: { x: input('int32', 3), z: input('int32', 3), one: new Tensor('int32', [1], []) }, reason: 'integers do not divide like that' },
    { before: 'y = Mul(x, Div(one, z))', values: { x, z: input('float32', 3), one: f32([1], [1, 1]) }, reason: 'the one is broadcast' },
    { before: 'y = Mul(x, Div(one, z))', values: { x, z: input('float32', 3), one: f32(2) } },
  ],
});

describePass(fuseReluClip, {
  rewrites: [
    { before: 'y = Clip(Relu(x), lo, hi)', values: { x, lo: f32(-1), hi: f32(2) }, after: 'y = Clip(x, #, hi)' },
    { before: 'y = Clip(Relu(x), lo)', values: { x, lo: f32(0.5) }, after: 'y = Clip(x, lo)' },
    { before: 'y = Clip(Relu(x), _, hi)', values: { x, hi: input('float32') }, after: 'y = Clip(x, #, hi)' },
    { before: 'y = Clip{min: -1, max: 2}(Relu(x))', values: { x }, opset: 10, after: 'y = Clip{min: 0, max: 2}(x)' },
  ],
  refusals: [{ before: 'y = Clip(Relu(x), lo)', values: { x, lo: input('float32') }, reason: 'min is not constant' }],
});

const shaped = { x: input('float32', 'batch', 'seq', 12), i: i64(0), j: i64(1), n: i64(4, 3), m: i64(12) };

describePass(reshapeFusion, {
  rewrites: [
    { before: 'y = Reshape(x, Concat{axis: 0}(Gather(Shape(x), i), Gather(Shape(x), j), n))', values: shaped, after: 'y = Reshape(x, #)' },
    { before: 'y = Reshape(x, Concat{axis: 0}(Mul(Gather(Shape(x), i), Gather(Shape(x), j)), m))', values: shaped, after: 'y = Reshape(x, #)' },
  ],
  refusals: [
    { before: 'y = Reshape{allowzero: 1}(x, Concat{axis: 0}(Gather(Shape(x), i), Gather(Shape(x), j), n))', values: shaped, reason: 'allowzero is set' },
    { before: 'y = Reshape(x, Concat{axis: 0}(Gather(Shape(x), j), Gather(Shape(x), i), n))', values: shaped, reason: 'more than one dimension is unknown' },
    { before: 'y = Reshape(x, Concat{axis: 0}(Gather(Shape(x), i), Mul(Gather(Shape(x), j), k), m))', values: { ...shaped, k: i64(1, 1) }, reason: 'an unknown dimension stands beside a copied one' },
  ],
});
