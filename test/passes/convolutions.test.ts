import { describe, expect, it } from 'vitest';
import { nhwcTransformer } from '../../src/passes/all/nhwc-transformer.ts';
import { matMulBNFusion } from '../../src/passes/basic/matmul-bn-fusion.ts';
import { preShapeElimination } from '../../src/passes/basic/pre-shape-elimination.ts';
import { sliceConcatToSpaceToDepth } from '../../src/passes/basic/slice-concat-to-space-to-depth.ts';
import { convAddActivationFusion } from '../../src/passes/extended/conv-add-activation-fusion.ts';
import { geluApproximation } from '../../src/passes/extended/gelu-approximation.ts';
import { optimize } from '../../src/passes/index.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { input, parse, print, type Values } from '../../conformance/proofs/expression.ts';
import { apply, describePass } from './harness.ts';
import { f32, i64, i8, Random, u8 } from '../../conformance/proofs/random.ts';

const cut = (x: string, y: number, at: number) => `Slice(Slice(${x}, n${y}, far, ay, two), n${at}, far, ax, two)`;
const pixels = { x: input('float32', 'b', 3, 4, 6), n0: i64(0), n1: i64(1), far: i64(2 ** 53), ay: i64(2), ax: i64(3), two: i64(2) };
const focus = (...order: [number, number][]) => `y = Relu(Concat{axis: 1}(${order.map(([y, x]) => cut('x', y, x)).join(', ')}))`;
const BY_COLUMN = focus([0, 0], [1, 0], [0, 1], [1, 1]);

describePass(sliceConcatToSpaceToDepth, {
  rewrites: [
    { before: focus([0, 0], [0, 1], [1, 0], [1, 1]), values: pixels, after: 'y = Relu(SpaceToDepth{blocksize: 2}(x))' },
    { before: BY_COLUMN, values: pixels, after: 'y = Relu(Gather{axis: 1}(SpaceToDepth{blocksize: 2}(x), #))' },
    {
      before: `y = Relu(Concat{axis: 1}(${['s00', 's01', 's10', 's11'].map((s) => `Slice(x, ${s}, both, axes, steps)`).join(', ')}))`,
      values: { x: pixels.x, s00: i64(0, 0), s01: i64(0, 1), s10: i64(1, 0), s11: i64(1, 1), both: i64(4, 6), axes: i64(2, 3), steps: i64(2, 2) },
      after: 'y = Relu(SpaceToDepth{blocksize: 2}(x))',
    },
  ],
  refusals: [
    { before: BY_COLUMN.replace('axis: 1', 'axis: 0'), values: pixels, reason: 'the cuts do not become channels' },
    { before: focus([0, 0], [0, 0], [1, 0], [1, 1]), values: pixels, reason: 'a cut comes twice' },
    { before: BY_COLUMN, values: { ...pixels, x: input('float32', 1, 3, 'h', 6) }, reason: 'height or width may not be a multiple of the step' },
    { before: BY_COLUMN, values: { ...pixels, x: input('float32', 1, 'c', 4, 6) }, reason: 'the number of channels is not known' },
  ],
});

const bn = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 3, 4), w: r.tensor('float32', 4, 5), g: r.tensor('float32', 5), b: r.tensor('float32', 5), m: r.tensor('float32', 5),
  v: f32(Array.from(r.tensor('float32', 5).data as Float32Array, (n) => 1 + Math.abs(n))),
});

describePass(matMulBNFusion, {
  rewrites: [{ before: 'y = BatchNormalization(MatMul(x, w), g, b, m, v)', values: bn, after: 'y = Gemm(x, #, #)' }],
  refusals: [
    { before: 'y = BatchNormalization(MatMul(x, w), g, b, m, v)', values: (r) => ({ ...bn(r), w: input('float32', 4, 5) }), reason: 'the operands are not matrices with a constant float32 weight' },
    { before: 'y = BatchNormalization{training_mode: 1}(MatMul(x, w), g, b, m, v)', values: bn, reason: 'it runs in training mode' },
    { before: 'y = BatchNormalization(MatMul(x, w), g, b, m, v)', values: (r) => ({ ...bn(r), g: input('float32', 5) }), reason: 'its parameters are not float32 constants of one element a column' },
  ],
});

describePass(preShapeElimination, {
  rewrites: [
    { before: 'n = Shape(Cast{to: 10}(x))', values: { x: input('float32', 'a', 3) }, after: 'n = Shape(x)' },
    { before: 'd = Relu(x); n = Shape{start: 1}(d); y = Neg(d)', values: { x: input('float32', 'a', 3) }, after: 'n = Shape{start: 1}(x); y = Neg(Relu(x))' },
  ],
});

const block = (r: Random): Record<string, Values[string]> => ({ x: input('float32', 1, 3, 5, 5), z: input('float32', 1, 4, 5, 5), w: r.tensor('float32', 4, 3, 3, 3), b: r.tensor('float32', 4) });
const PADDED = 'Conv{pads: [1, 1, 1, 1]}(x, w, b)';

describePass(convAddActivationFusion, {
  rewrites: [
    { before: `y = Relu(Add(${PADDED}, z))`, values: block, after: 'y = ms.FusedConv{pads: [1, 1, 1, 1], activation: "Relu"}(x, w, b, z)' },
    { before: `y = Add(z, ${PADDED})`, values: block, after: 'y = ms.FusedConv{pads: [1, 1, 1, 1]}(x, w, b, z)' },
  ],
  refusals: [
    { before: `y = Add(${PADDED}, z)`, values: (r) => ({ ...block(r), z: input('float32', 1, 4, 1, 1) }), reason: 'the addend is of another shape than the result' },
    { before: `y = Add(${PADDED}, z)`, values: (r) => ({ x: input('float64', 1, 3, 5, 5), z: input('float64', 1, 4, 5, 5), w: r.tensor('float64', 4, 3, 3, 3), b: r.tensor('float64', 4) }), reason: 'it is not computed in float32' },
  ],
});

const asked = { 'optimization.enable_gelu_approximation': '1' };

describePass(geluApproximation, {
  rewrites: [
    { before: 'y = Gelu(x)', values: { x: input('float32', 200) }, settings: asked, after: 'y = ms.FastGelu(x)' },
    { before: 'y = ms.BiasGelu(x, b)', values: (r) => ({ x: input('float32', 20, 8), b: r.tensor('float32', 8) }), settings: asked, after: 'y = ms.FastGelu(x, b)' },
  ],
  refusals: [
    { before: 'y = Gelu(x)', values: { x: input('float32', 3) } },
    { before: 'y = Gelu{approximate: "tanh"}(x)', values: { x: input('float32', 3) }, settings: asked, reason: 'it is the tanh form already' },
    { before: 'y = Gelu(x)', values: { x: input('float16', 3) }, settings: asked, reason: 'it is not computed in float32' },
  ],
});

const quantized = (r: Random): Record<string, Values[string]> => ({
  x: input('uint8', 1, 3, 6, 6), w: r.tensor('int8', 3, 3, 3, 3), s: f32(0.02), z: u8(7), zw: i8(0),
});
const TO = 'Transpose{perm: [0, 2, 3, 1]}';
const BACK = 'Transpose{perm: [0, 3, 1, 2]}';
const conv = (x: string) => `QLinearConv(${x}, s, z, w, s, zw, s, z)`;
const lastConv = (x: string) => `ms.QLinearConv{channels_last: 1}(${x}, s, z, w, s, zw, s, z)`;

describe('nhwc-transformer', () => {
  const options = { prefersChannelsLast: () => true };
  it.each([
    [`y = Identity(${conv('x')})`, `y = Identity(${BACK}(${lastConv(`${TO}(x)`)}))`],
    ['y = Identity(MaxPool{kernel_shape: [2, 2]}(x))', `y = Identity(${BACK}(ms.NhwcMaxPool{kernel_shape: [2, 2]}(${TO}(x))))`],
    ['y = Identity(ms.QLinearGlobalAveragePool(x, s, z, s, z))', `y = Identity(${BACK}(ms.QLinearGlobalAveragePool{channels_last: 1}(${TO}(x), s, z, s, z)))`],
  ])('%s -> %s', (before, after) => {
    expect(apply(nhwcTransformer, { before, values: quantized }, options).text).toBe(after);
  });

  it('leaves what no provider asks for, and what gives more than the result', () => {
    expect(apply(nhwcTransformer, { before: `y = ${conv('x')}`, values: quantized }).trail.entries).toEqual([]);
    const indices = apply(nhwcTransformer, { before: 'y, i = MaxPool{kernel_shape: [2, 2]}(x)', values: quantized }, options);
    expect(indices.trail.entries.map((e) => e.reason)).toEqual(['it gives the places of maxima too']);
    const unranked = apply(nhwcTransformer, { before: `y = ${conv('q')}`, values: (r: Random) => ({ ...quantized(r), q: { dtype: 'uint8' as const, dims: undefined as unknown as [] } }) }, options);
    expect(unranked.trail.entries.map((e) => e.reason)).toEqual(['the rank is not known']);
  });

  it('keeps a chain of such nodes in that order: two transposes are left', () => {
    const values = quantized(new Random(1));
    const model = parse(`y = Identity(${conv(`ms.QLinearAdd(${conv('x')}, s, z, MaxPool{kernel_shape: [3, 3]}(x), s, z, s, z)`)})`, values);
    inferGraph(model.graph);
    optimize(model.graph, { level: 'all', disable: ['eliminate-identity', 'view-elimination'], prefersChannelsLast: () => true });
    const sum = `ms.QLinearAdd(${lastConv('@')}, s, z, ms.NhwcMaxPool{kernel_shape: [3, 3]}(@), s, z, s, z)`;
    const turned = 'QLinearConv_0_0/channels_last';
    expect(print(model.graph, values)).toBe(`${turned} = ${TO}(x); y = Identity(${BACK}(${lastConv(sum.replaceAll('@', turned))}))`);
  });
});
