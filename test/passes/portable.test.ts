import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { loadModel, saveModel } from '../../src/model/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { LSB, lowerToStandard, PORTABLE } from '../../src/passes/index.ts';
import { checkGraph } from '../../conformance/proofs/check-graph.ts';
import { input, parse, print, type Values } from '../../conformance/proofs/expression.ts';
import { compare } from './harness.ts';
import { f32, i8, Random, u8 } from '../../conformance/proofs/random.ts';

interface Lowering {
  readonly pass: string;
  readonly before: string;
  readonly values: (random: Random) => Values;
  readonly opset?: number;
  readonly after?: string;
}

const floats = (r: Random): Values => ({ x: input('float32', 2, 5, 8), skip: input('float32', 2, 5, 8), gamma: r.tensor('float32', 8), beta: r.tensor('float32', 8), bias: r.tensor('float32', 8) });
const packed = (bits: number, zeros: boolean) => (r: Random): Values => ({
  x: input('float32', 3, 40), w: r.tensor('uint8', 6, 3, 2 * bits), s: r.tensor('float32', 6, 3), bias: r.tensor('float32', 6), ...(zeros && { z: r.tensor('uint8', 6, Math.ceil((3 * bits) / 8)) }),
});
const integers = (r: Random): Values => ({
  x: input('float32', 2, 9), a: input('uint8', 2, 9), b: r.tensor('int8', 9, 7), za: u8(120), zb: r.tensor('int8', 7), sa: f32(0.02), sb: f32([1, 2, 3, 4, 5, 6, 7].map((v) => v / 100)),
  bias: r.tensor('float32', 7),
});
const quantized = (r: Random): Values => ({
  a: input('uint8', 2, 3, 6, 6), b: input('uint8', 2, 3, 6, 6), sa: f32(0.05), za: u8(117), sb: f32([0.031], [1]), zb: u8([130], [1]), sy: f32(0.08), zy: u8(127), c: input('bool', 2, 3, 6, 6),
  seed: r.tensor('float32', 1),
});
const gemm = (r: Random): Values => ({
  a: input('uint8', 4, 9), b: r.tensor('int8', 7, 9), sa: f32(0.02), za: u8(120), sb: f32([1, 2, 3, 4, 5, 6, 7].map((v) => v / 100)), zb: i8([0, 0, 0, 0, 0, 0, 0]), one: f32(0.01), zero: i8(0),
  c: r.tensor('int32', 7), sy: f32(0.5), zy: u8(100),
});
const images = (r: Random): Values => ({ x: input('float32', 1, 3, 6, 6), w: r.tensor('float32', 4, 3, 3, 3), b: r.tensor('float32', 4), z: input('float32', 1, 4, 4, 4) });

const parameters = 'a, sa, za, b, sb, zb, sy, zy';
const one = 'a, sa, za, sy, zy';

const LOWERINGS: readonly Lowering[] = [
  ...[17, 20].flatMap((opset) => [
    { pass: 'lower-gelu', before: 'y = ms.Gelu(x)', values: floats, opset },
    { pass: 'lower-gelu', before: 'y = ms.BiasGelu(x, bias)', values: floats, opset },
    { pass: 'lower-fast-gelu', before: 'y = ms.FastGelu(x)', values: floats, opset },
    { pass: 'lower-fast-gelu', before: 'y = ms.FastGelu(x, bias)', values: floats, opset },
  ]),
  { pass: 'lower-quick-gelu', before: 'y = ms.QuickGelu(x)', values: floats, after: 'y = Mul(x, Sigmoid(Mul(x, #)))' },
  { pass: 'lower-quick-gelu', before: 'y = ms.QuickGelu{alpha: 1.}(x)', values: floats },
  ...[13, 18, 23].flatMap((opset) => [
    { pass: 'lower-skip-simplified-layer-norm', before: 'y, _, _, t! = ms.SkipSimplifiedLayerNormalization(x, skip, gamma, bias)', values: floats, opset },
    { pass: 'lower-skip-simplified-layer-norm', before: 'y = ms.SkipSimplifiedLayerNormalization(x, skip, gamma)', values: floats, opset },
    { pass: 'lower-simplified-layer-norm', before: 'y = SimplifiedLayerNormalization(x, gamma)', values: floats, opset },
    { pass: 'lower-skip-layer-norm', before: 'y, _, _, t! = ms.SkipLayerNormalization(x, skip, gamma, beta, bias)', values: floats, opset },
    { pass: 'lower-skip-layer-norm', before: 'y = ms.SkipLayerNormalization(x, skip, gamma)', values: floats, opset },
  ]),
  ...[4, 8].flatMap((bits) => [
    { pass: 'lower-matmul-nbits', before: `y = ms.MatMulNBits{K: 40, N: 6, bits: ${bits}, block_size: 16}(x, w, s)`, values: packed(bits, false) },
    { pass: 'lower-matmul-nbits', before: `y = ms.MatMulNBits{K: 40, N: 6, bits: ${bits}, block_size: 16}(x, w, s, z, _, bias)`, values: packed(bits, true) },
  ]),
  { pass: 'lower-fused-matmul', before: 'y = ms.FusedMatMul{alpha: 0.25, transB: 1}(x, skip)', values: floats, after: 'y = Mul(MatMul(x, Transpose{perm: [0, 2, 1]}(skip)), #)' },
  { pass: 'lower-fused-matmul', before: 'y = ms.FusedMatMul{transA: 1}(x, skip)', values: floats },
  { pass: 'lower-matmul-integer-to-float', before: 'y = ms.MatMulIntegerToFloat(a, b, sa, sb, za, zb, bias)', values: integers },
  { pass: 'lower-matmul-integer-to-float', before: 'y = ms.MatMulIntegerToFloat(a, b, sa, sb)', values: integers },
  { pass: 'lower-dynamic-quantize-matmul', before: 'y = ms.DynamicQuantizeMatMul(x, b, sb, zb, bias)', values: integers },
  { pass: 'lower-fused-conv', before: 'y = ms.FusedConv{activation: "Relu"}(x, w, b, z)', values: images },
  { pass: 'lower-fused-conv', before: 'y = ms.FusedConv{activation: "Clip", activation_params: [0., 6.]}(x, w, b)', values: images },
  { pass: 'lower-fused-conv', before: 'y = ms.FusedConv{activation: "LeakyRelu", activation_params: [0.25]}(x, w)', values: images },
  { pass: 'lower-fused-gemm', before: 'y = ms.FusedGemm{activation: "Relu", transB: 1}(x, w, b)', values: (r) => ({ x: input('float32', 3, 5), w: r.tensor('float32', 4, 5), b: r.tensor('float32', 4) }) },
  { pass: 'lower-qlinear', before: `y = ms.QLinearAdd(${parameters})`, values: quantized, after: 'y = QuantizeLinear(Add(DequantizeLinear(a, sa, za), DequantizeLinear(b, #, #)), sy, zy)' },
  { pass: 'lower-qlinear', before: `y = ms.QLinearMul(${parameters})`, values: quantized },
  { pass: 'lower-qlinear', before: `y = ms.QLinearSigmoid(${one})`, values: quantized },
  { pass: 'lower-qlinear', before: `y = ms.QLinearLeakyRelu{alpha: 0.2}(${one})`, values: quantized },
  { pass: 'lower-qlinear', before: `y = ms.QLinearSoftmax{axis: -1, opset: 13}(${one})`, values: quantized },
  { pass: 'lower-qlinear', before: `y = ms.QLinearAveragePool{kernel_shape: [2, 2]}(${one})`, values: quantized },
  { pass: 'lower-qlinear', before: `y = ms.QLinearGlobalAveragePool(${one})`, values: quantized },
  { pass: 'lower-qlinear', before: 'y = ms.QLinearConcat{axis: 1}(sy, zy, a, sa, za, b, sb, zb)', values: quantized },
  { pass: 'lower-qlinear', before: 'y = ms.QLinearWhere(c, a, sa, za, b, sb, zb, sy, zy)', values: quantized },
  { pass: 'lower-qgemm', before: 'y = ms.QGemm{transB: 1}(a, sa, za, b, sb, zb, c, sy, zy)', values: gemm },
  { pass: 'lower-qgemm-to-float', before: 'y = ms.QGemm{transB: 1, alpha: 0.5}(a, sa, za, b, one, zero, c)', values: gemm },
];

describe('lowering to ai.onnx', () => {
  it('every pass has a case', () => {
    expect(new Set(LOWERINGS.map((l) => l.pass))).toEqual(new Set(PORTABLE.map((p) => p.name)));
  });

  it.each(LOWERINGS)('$before (opset $opset)', async ({ pass, before, values, opset, after }) => {
    const random = new Random(7);
    const given = values(random);
    const model = parse(before, given, opset);
    const plain = saveModel(model);
    inferGraph(model.graph);
    const { entries } = lowerToStandard(model.graph);
    checkGraph(model.graph);
    expect(entries.map((e) => [e.pass, e.outcome, e.reason])).toEqual([[pass, 'applied', undefined]]);
    if (after !== undefined) expect(print(model.graph, given)).toBe(after);
    model.opsets.delete('com.microsoft');
    const bytes = saveModel(model);
    expect([...loadModel(bytes).opsets.keys()]).toEqual(['']);
    const feeds = random.feeds(Object.fromEntries(model.graph.inputs.map((e) => [e.name, given[e.name]!])));
    const session = await InferenceSession.create(plain, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
    const expected = await session.run(feeds);
    const found = await onnxruntime(bytes, feeds);
    const { contract } = PORTABLE.find((p) => p.name === pass)!;
    // onnxruntime adds in an order of its own.
    const allowed = contract.kind === 'lsb' && expected['y'] instanceof Tensor && expected['y'].type !== 'float32' ? LSB : { kind: 'ulp', n: 64 } as const;
    for (const name of session.outputNames) compare(expected[name] as Tensor, found[name]!, allowed, name);
  });

  it.each([
    { before: 'y = ms.MatMulNBits{K: 40, N: 6, bits: 4, block_size: 16}(x, w, s)', values: packed(4, false), opset: 17, reason: 'DequantizeLinear knows no blocks before opset 21' },
    { before: 'y, m! = ms.SkipLayerNormalization(x, skip, gamma)', values: floats, opset: 21, reason: 'mean or deviation is used' },
    { before: 'y = ms.FusedMatMul{transBatchA: 1, transBatchB: 1}(x, skip)', values: (r: Random): Values => ({ ...floats(r), skip: input('float32', 8, 5, 2) }), opset: 21, reason: 'batch axes are transposed' },
    { before: `y = ms.QLinearSoftmax{axis: -1, opset: 11}(${one})`, values: quantized, opset: 21, reason: 'Softmax had another meaning in its opset' },
    { before: `y = ms.QLinearGlobalAveragePool{channels_last: 1}(${one})`, values: quantized, opset: 21, reason: 'channels are last' },
    { before: 'y = ms.FusedConv{activation: "Mish"}(x, w)', values: images, opset: 21, reason: 'no operator stands for the activation Mish' },
  ])('refuses $before: $reason', ({ before, values, opset, reason }) => {
    const model = parse(before, values(new Random(7)), opset);
    inferGraph(model.graph);
    expect(lowerToStandard(model.graph).entries.map((e) => e.reason)).toEqual([reason]);
  });
});

async function onnxruntime(bytes: Uint8Array, feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const session = await ort.InferenceSession.create(bytes, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 3 });
  const converted = Object.entries(feeds).map(([name, t]) => [name, new ort.Tensor(t.type as 'float32', t.data as Float32Array, t.dims)]);
  const results = await session.run(Object.fromEntries(converted) as Record<string, ort.Tensor>);
  await session.release();
  return Object.fromEntries(Object.entries(results).map(([name, t]) => [name, new Tensor(t.type as 'float32', t.data as Float32Array, t.dims)]));
}
