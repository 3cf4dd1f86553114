/** Each reason of each pass not to apply is met by some test: cases for those that no other file has, and the count of all. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parallelMatMulNBitsMerge } from '../../src/passes/all/matmul-nbits-merge.ts';
import { convBNFusion } from '../../src/passes/basic/conv-bn-fusion.ts';
import { dqBlocksReshape } from '../../src/passes/basic/dq-blocks-reshape.ts';
import { eliminateSplit } from '../../src/passes/basic/eliminate-single.ts';
import { gemmTransposeFusion } from '../../src/passes/basic/gemm-fusions.ts';
import { layerNormFusion } from '../../src/passes/basic/layer-norm-fusion.ts';
import { dequantizePropagation, quantizePropagation } from '../../src/passes/basic/qdq-propagation.ts';
import { dqMatMulNBitsFusion } from '../../src/passes/extended/dq-matmul-nbits-fusion.ts';
import { dropDQArg, dropQDQ, dropQDQSplit } from '../../src/passes/extended/drop-qdq.ts';
import { multiHeadAttentionFusion } from '../../src/passes/extended/multi-head-attention-fusion.ts';
import { qdqBinary } from '../../src/passes/extended/qdq-binary.ts';
import { qdqUnary } from '../../src/passes/extended/qdq-unary.ts';
import { simplifiedLayerNormFusion } from '../../src/passes/extended/simplified-layer-norm-fusion.ts';
import { lowerFusedMatMul, lowerMatMulIntegerToFloat, lowerMatMulNBits } from '../../src/passes/portable/matmul.ts';
import { lowerSimplifiedLayerNorm, lowerSkipSimplifiedLayerNorm } from '../../src/passes/portable/norms.ts';
import { lowerQGemm, lowerQGemmToFloat, lowerQLinear } from '../../src/passes/portable/qlinear.ts';
import { EXACT, optimize, type Pass } from '../../src/passes/index.ts';
import { pack, type DType } from '../../src/tensor/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { input, parse, type Values } from '../../conformance/proofs/expression.ts';
import { describePass, type RefusedExample } from './harness.ts';
import { f32, i64, i8, u8, type Random } from '../../conformance/proofs/random.ts';

const refuses = (pass: Pass, ...refusals: readonly RefusedExample[]): void => describePass(pass, { rewrites: [], refusals });

const nbits = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 3, 40), w: r.tensor('uint8', 6, 3, 8), s: r.tensor('float32', 6, 3), bad: r.tensor('float32', 6, 3), narrow: r.tensor('uint8', 6, 3, 4), order: pack('int32', new Int32Array(40), [40]),
});
const product = (rest: string, bits = 4, x = 'x') => `y = ms.MatMulNBits{K: 40, N: 6, bits: ${bits}, block_size: 16}(${x}, ${rest})`;

refuses(parallelMatMulNBitsMerge, {
  before: `u = Reshape(x, n); ${product('w, s', 4, 'u')}; ${product('w, s', 4, 'u').replace('y', 'z')}`, values: (r) => ({ ...nbits(r), n: input('int64', 'rank') }), reason: 'the rank of the result is not known',
});
refuses(lowerMatMulNBits,
  { before: product('w, s'), values: (r) => ({ ...nbits(r), w: input('uint8', 6, 3, 8) }), reason: 'weight, scales or zero points are not constant' },
  { before: product('narrow, s', 2), values: nbits, reason: 'the weight is of neither 4 nor 8 bits' },
  { before: product('w, s, _, order'), values: nbits, reason: 'rows are reordered by g_idx' },
  { before: product('w, s, bad'), values: nbits, reason: 'zero points are not integers' });

const image = (r: Random): Record<string, Values[string]> => ({ x: input('float32', 1, 2, 4, 4), w: r.tensor('float32', 3, 2, 1, 1), ...Object.fromEntries(['g', 'b', 'm', 'v'].map((n) => [n, r.tensor('float32', 3, 4, 4)])) });
refuses(convBNFusion, { before: 'y = BatchNormalization{spatial: 0}(Conv(x, w), g, b, m, v)', opset: 8, values: image, reason: 'it normalizes each position by itself' });
refuses(eliminateSplit, { before: 'y = Relu(x); _part = Split{num_outputs: 1}(x)', values: { x: input('float32', 2) }, reason: 'the part is not used' });

const rows = (type: DType): Values => ({
  x: input(type, 2, 16), two: pack(type, [2], []), e: pack(type, [0.1], []), g: pack(type, new Float64Array(16), [16]), b: pack(type, new Float64Array(16), [16]), a: i64(-1),
});
refuses(layerNormFusion, { before: 'd = Sub(x, ReduceMean(x, a)); y = Add(Mul(Div(d, Sqrt(Add(ReduceMean(Pow(d, two), a), e))), g), b)', values: rows('float64'), reason: 'the value is not float32' });
refuses(simplifiedLayerNormFusion, { before: 'y = Mul(Div(x, Sqrt(Add(ReduceMean(Pow(x, two), a), e))), g)', values: rows('float64'), reason: 'the value is not float32' });

const nibbles = { x: input('int4', 4, 6), f: input('float32', 4, 6), s: f32(0.5), z: pack('int4', [1], []), i: i64(1), one: i64(1), zero: i64(0) };
refuses(dequantizePropagation, { before: 'y = Relu(Gather(DequantizeLinear(x, s, z), i))', values: nibbles, reason: 'the operator does not take these integers' });
refuses(quantizePropagation, { before: 'y = QuantizeLinear(Gather(f, i), s, z)', values: nibbles, reason: 'the operator does not take these integers' });
refuses(dropQDQ, { before: 'y = QuantizeLinear(Tile(DequantizeLinear(x, s, z), i), s, z)', values: { ...nibbles, i: i64(1, 2) }, reason: 'the operator does not take these integers' });
refuses(dropDQArg, { before: 'y = ArgMax(DequantizeLinear(x, s, z))', values: nibbles, reason: 'the operator does not take these integers' });
refuses(dropQDQSplit, { before: 'a, b = Split{num_outputs: 2}(DequantizeLinear(x, s, z)); y = QuantizeLinear(a, s, z); w = QuantizeLinear(b, s, z)', values: nibbles, reason: 'the operator does not take these integers' });

const heads = (x: string, shape: string, perm = '0, 2, 1, 3') => `Transpose{perm: [${perm}]}(Reshape(${x}, ${shape}))`;
refuses(multiHeadAttentionFusion, {
  before: `y = Reshape(Transpose{perm: [0, 2, 1, 3]}(MatMul(Softmax(MatMul(${heads('x', 'two')}, ${heads('x', 'two', '0, 2, 3, 1')})), ${heads('v', 'one')})), rows)`,
  values: { x: input('float32', 1, 3, 32), v: input('float32', 1, 3, 16), two: i64(0, 0, 2, 16), one: i64(0, 0, 1, 16), rows: i64(0, 0, 32) }, reason: 'heads differ in number or size',
});

const attention = (type: DType): Values => ({ x: input(type, 1, 3, 32), two: i64(0, 0, 2, 16), rows: i64(0, 0, 32) });
refuses(multiHeadAttentionFusion, {
  before: `y = Reshape(Transpose{perm: [0, 2, 1, 3]}(MatMul(Softmax(MatMul(${heads('x', 'two')}, ${heads('x', 'two', '0, 2, 3, 1')})), ${heads('x', 'two')})), rows)`, values: attention('float64'),
  reason: 'it is not computed in float32',
});
refuses(gemmTransposeFusion, { before: 'y = Gemm(Transpose(Reshape(x, n)), x)', values: { x: input('float32', 2, 2), n: input('int64', 'rank') }, reason: 'the operands are not matrices' });

const blocked = (r: Random): Record<string, Values[string]> => ({ x: input('float32', 3, 32), w: r.tensor('int4', 32, 5), s: r.tensor('float32', 2, 5), b: r.tensor('uint4', 5, 2, 16), t: r.tensor('float16', 5, 2, 1), n: i64(5, 32) });
refuses(dqMatMulNBitsFusion, {
  before: 'y = MatMul(x, DequantizeLinear{axis: 0, block_size: 16}(w, s))', values: blocked, settings: { 'session.qdq_matmulnbits_accuracy_level': '4' }, exact: true, reason: 'the accuracy level asked for is inexact',
});
refuses(dqBlocksReshape, { before: 'y = Relu(Reshape(DequantizeLinear{axis: 2, block_size: 16, output_dtype: 1}(b, t), n))', opset: 23, values: blocked, reason: 'the scale is of another type than the result' });

const codes: Record<string, Values[string]> = { a: input('uint8', 4), b: input('uint8', 4), s: f32(1), t: f32(300), z: u8(3), half: pack('float16', [0.5], []) };
refuses(qdqBinary, { before: 'y = QuantizeLinear(Add(DequantizeLinear(a, t, z), DequantizeLinear(b, s, z)), s, z)', values: codes, reason: 'the scale of an addend is over 256 times that of the result' });
refuses(qdqUnary,
  { before: 'y = QuantizeLinear(Softmax(DequantizeLinear(a, s, z)), odd, z)', values: { ...codes, odd: f32(0.0037) }, reason: 'the scale of the result does not divide 1' },
  { before: 'y = QuantizeLinear(Sigmoid(DequantizeLinear{output_dtype: 10}(a, s, z)), s, z)', opset: 23, values: codes, reason: 'x is not dequantized to float32' });
refuses(lowerQLinear,
  { before: 'y = ms.QLinearAdd(a, t, z, b, s, z, s, z)', values: codes, reason: 'the scale of an addend is over 256 times that of the result' },
  { before: 'y = ms.QLinearSoftmax{axis: 0, opset: 13}(a, s, z, t, z)', values: codes, reason: 'the scale of the result is not a constant of at most 1' });

refuses(lowerFusedMatMul, { before: 'y = ms.FusedMatMul{transA: 1}(Reshape(x, n), x)', values: { x: input('float32', 2, 2), n: input('int64', 'rank') }, reason: 'the rank is unknown' });
refuses(lowerMatMulIntegerToFloat, {
  before: 'y = ms.MatMulIntegerToFloat(a, w, half, half)', values: { ...codes, a: input('uint8', 2, 2), w: i8([1, 2, 3, 4], [2, 2]) }, reason: 'the result is not float32',
});
const norm = { x: input('float32', 2, 4), skip: input('float32', 2, 4), g: f32([1, 2, 3, 4]) };
refuses(lowerSkipSimplifiedLayerNorm, { before: 'y, m! = ms.SkipSimplifiedLayerNormalization(x, skip, g)', values: norm, reason: 'the deviation is used' });
refuses(lowerSimplifiedLayerNorm,
  { before: 'y, m! = SimplifiedLayerNormalization(x, g)', values: norm, reason: 'the deviation is used' },
  { before: 'y = SimplifiedLayerNormalization{axis: 0}(x, g)', values: { ...norm, g: f32([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]) }, reason: 'it normalizes other axes than the last' });

const matrices: Record<string, Values[string]> = { a: input('uint8', 2, 2), w: i8([1, 2, 3, 4], [2, 2]), s: f32(0.5), tiny: f32(1e-38), za: u8(0), zw: i8(0) };
refuses(lowerQGemm, { before: 'y = ms.QGemm(a, s, za, w, s, zw, _, s, za)', values: { ...matrices, s: input('float32') }, reason: 'the scales are not constant, with one for a' });
refuses(lowerQGemmToFloat, { before: 'y = ms.QGemm(a, tiny, za, w, s, zw)', values: matrices, reason: 'the product of the scales is not a normal number' });

it('a value that the graph gives out cannot become a constant: the value is a graph output', () => {
  const pass: Pass = { name: 'zero', level: 'basic', contract: EXACT, doc: '', *sweep(graph) { yield { kind: 'patch', known: [[graph.outputs[0]!, f32(0)]], from: [] }; } };
  const { graph } = parse('y = Relu(x)', { x: input('float32') });
  inferGraph(graph);
  expect(optimize(graph, { level: 'basic', only: [pass] }).entries.map((e) => e.reason)).toEqual(['the value is a graph output']);
});

const files = (folder: string): string[] => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name);
  return statSync(path).isDirectory() ? files(path) : [path];
});

/** A reason in the sources as a pattern: `${...}` stands for anything. */
const patternOf = (reason: string): RegExp => new RegExp(reason.replaceAll(/\\(['"`])/g, '$1').split(/\$\{[^}]*\}/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+'));

describe('reasons', () => {
  // What tests expect, by the pass that they expect it of; '' for what is not said to be of one.
  const expected = new Map<string, string>();
  for (const file of files('test/passes').filter((f) => f.endsWith('.test.ts'))) {
    for (const [i, part] of readFileSync(file, 'utf8').split(/^(?:describePass|refuses)\(/m).entries()) {
      const pass = i === 0 ? '' : /^\w+/.exec(part)![0];
      for (const key of ['', pass]) expected.set(key, `${expected.get(key) ?? ''}\n${part.replaceAll("\\'", "'")}`);
    }
  }
  const reasons = files('src/passes').flatMap((file) => {
    const source = readFileSync(file, 'utf8');
    const passes = [...source.matchAll(/^export const (\w+)/gm)].map(([, name]) => name!);
    // Arguments of refuse, and sentences that functions return for it.
    const literals = [...source.matchAll(/refuse\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g), ...source.matchAll(/(?<=(?:return|\?|:|=) )(['"`])([a-z](?:\\.|(?!\1).)* (?:\\.|(?!\1).)* (?:\\.|(?!\1).)*)\1/g)].map((m) => m[2]!);
    return [...new Set(literals)].map((reason) => ({ file, reason, passes }));
  });

  it('are found in the sources', () => {
    expect(reasons.length).toBeGreaterThan(180);
  });

  it.each(reasons)('$reason ($file) is met by a test', ({ file, reason, passes }) => {
    // Parts that passes share, the driver and lowerings have tests that name no pass.
    const own = passes.map((pass) => expected.get(pass)).filter((text) => text !== undefined);
    const texts = /support|portable|optimize\.ts|apply\.ts/.test(file) || own.length === 0 ? [expected.get('')!] : own;
    expect(texts.some((text) => patternOf(reason).test(text)), `a refusal test of ${passes.join(' or ')}`).toBe(true);
  });
});
