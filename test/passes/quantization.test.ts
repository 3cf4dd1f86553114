import { dqBlocksReshape } from '../../src/passes/basic/dq-blocks-reshape.ts';
import { qdqS8ToU8 } from '../../src/passes/basic/qdq-s8-to-u8.ts';
import { requantizationNarrowing, requantizationShift } from '../../src/passes/basic/requantization.ts';
import { weightQuantization, weightRounding } from '../../src/passes/basic/weight-quantization.ts';
import { qdqFinalCleanup } from '../../src/passes/extended/qdq-final-cleanup.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { f32, i64, i8, u8, type Random } from '../../conformance/proofs/random.ts';

/** Float weights that were int8 once, with one scale for each of the last (or first) axis' entries. */
const onGrid = (r: Random, dims: [number, ...number[]], axis: number): Tensor => {
  const codes = r.tensor('int8', ...dims).data as Int8Array;
  const scales = Float32Array.from({ length: dims[axis]! }, () => 0.001 + r.next() * 0.1);
  const inner = axis === 0 ? codes.length / dims[0] : 1;
  return f32(Float32Array.from(codes, (q, i) => Math.max(q, -127) * scales[Math.floor(i / inner) % scales.length]!), dims);
};
const layer = (f: string) => `y = QuantizeLinear(${f.replace('@', 'DequantizeLinear(x, s, z)')}, t, z)`;
const image = (r: Random, w: Tensor): Record<string, Values[string]> => ({ x: input('uint8', 1, 2, 5, 5), s: f32(0.02), z: u8(110), t: f32(0.05), w, b: r.tensor('float32', 3) });
const rows = (r: Random, w: Tensor): Record<string, Values[string]> => ({ ...image(r, w), x: input('uint8', 4, 6), b: r.tensor('float32', 5) });

describePass(weightQuantization, {
  rewrites: [
    { before: layer('Conv(@, w, b)'), values: (r) => image(r, onGrid(r, [3, 2, 3, 3], 0)), after: layer('Conv(@, DequantizeLinear{axis: 0}(#, #), b)') },
    { before: layer('Relu(Conv(@, w, b))'), values: (r) => image(r, onGrid(r, [3, 2, 3, 3], 0)), after: layer('Relu(Conv(@, DequantizeLinear{axis: 0}(#, #), b))') },
    { before: layer('Gemm(@, w, b)'), values: (r) => rows(r, onGrid(r, [6, 5], 1)), after: layer('Gemm(@, DequantizeLinear{axis: 1}(#, #), b)') },
    { before: layer('Gemm{transB: 1}(@, w, b)'), values: (r) => rows(r, onGrid(r, [5, 6], 0)), after: layer('Gemm{transB: 1}(@, DequantizeLinear{axis: 0}(#, #), b)') },
    { before: layer('Conv(@, w)'), values: (r) => image(r, f32(new Float32Array(54), [3, 2, 3, 3])), after: layer('Conv(@, DequantizeLinear{axis: 0}(#, #))') },
  ],
  refusals: [
    { before: layer('Conv(@, w, b)'), values: (r) => image(r, r.tensor('float32', 3, 2, 3, 3)), reason: 'the weight is on no grid of 255 levels a channel: rounding it would change results' },
    { before: layer('Conv(@, w, b)'), values: (r) => ({ ...image(r, onGrid(r, [3, 2, 3, 3], 0)), x: input('uint16', 1, 2, 5, 5), z: new Tensor('uint16', Uint16Array.of(9), []) }), reason: 'the weight is not float32, or the activation not 8-bit' },
    { before: layer('Conv(@, w, b)'), values: (r) => ({ ...image(r, onGrid(r, [3, 2, 3, 3], 0)), w: input('float32', 3, 2, 3, 3) }) },
    { before: layer('Conv(@, w, b)'), values: (r) => image(r, onGrid(r, [3, 2, 3, 3], 0)), settings: { 'session.disable_quant_qdq': '1' } },
  ],
});

describePass(weightRounding, {
  rewrites: [{
    before: layer('Conv(@, w, b)'), values: (r) => image(r, r.tensor('float32', 3, 2, 3, 3)), settings: { 'optimization.quantize_float_weights': '1' },
    after: layer('Conv(@, DequantizeLinear{axis: 0}(#, #), b)'),
  }],
  refusals: [
    { before: layer('Conv(@, w, b)'), values: (r) => image(r, r.tensor('float32', 3, 2, 3, 3)) },
    { before: layer('Conv(@, w, b)'), values: (r) => image(r, f32(new Float32Array(54).fill(Infinity), [3, 2, 3, 3])), settings: { 'optimization.quantize_float_weights': '1' }, reason: 'the weight is on no grid of 255 levels a channel: rounding it would change results' },
  ],
});

const blocks = (r: Random): Record<string, Values[string]> => ({ a: input('float32', 3, 32), w: r.tensor('uint4', 5, 2, 16), s: r.tensor('float32', 5, 2, 1), z: r.tensor('uint4', 5, 2, 1), shape: i64(5, 32) });
const product = 'y = MatMul(a, Transpose(Reshape(DequantizeLinear{axis: 2, block_size: 16}(w, s, z), shape)))';

describePass(dqBlocksReshape, {
  rewrites: [
    { before: product, values: blocks, after: 'y = MatMul(a, Transpose(DequantizeLinear{axis: 1, block_size: 16}(Reshape(w, shape), #, #)))' },
    {
      before: product.replace(', z)', ')'), values: (r) => ({ ...blocks(r), shape: i64(5, -1) }),
      after: 'y = MatMul(a, Transpose(DequantizeLinear{axis: 1, block_size: 16}(Reshape(w, shape), #)))',
    },
  ],
  refusals: [
    { before: product.replaceAll('16', '8'), values: (r) => ({ ...blocks(r), s: r.tensor('float32', 5, 2, 2), z: r.tensor('uint4', 5, 2, 2) }), reason: 'the last axis is not one block' },
    { before: product, values: (r) => ({ ...blocks(r), s: input('float32', 5, 2, 1) }), reason: 'scale or zero point is not constant' },
    { before: product.replace('Transpose(', '(').replace('MatMul(a, (', 'MatMul(a, Neg('), values: (r) => ({ ...blocks(r), shape: i64(32, 5) }), reason: 'the blocks of a row are not joined' },
    { before: product, values: blocks, settings: { 'session.enable_dq_matmulnbits_fusion': '0' } },
  ],
});

const twice = 'y = QuantizeLinear(DequantizeLinear(QuantizeLinear(x, s, z), s, z), t, u)';
const direct = 'y = QuantizeLinear(x, t, u)';
const wide = { x: input('float32', 400), s: f32(0.05), t: f32(0.05), z: u8(100), u: i8(-28) };

describePass(requantizationShift, {
  rewrites: [
    { before: twice, values: wide, after: direct },
    { before: `${twice}; v = DequantizeLinear(QuantizeLinear(x, s, z), s, z)`, values: wide, after: `${direct}; v = DequantizeLinear(QuantizeLinear(x, s, z), s, z)` },
  ],
  refusals: [
    { before: twice, values: { ...wide, u: i8(0) }, reason: 'the first range cuts what the second holds' },
    { before: twice, values: { ...wide, t: f32(0.5) } },
    { before: twice, values: { ...wide, u: u8(100) } },
    { before: twice, values: wide, settings: { 'session.disable_double_qdq_remover': '1' } },
  ],
});

const fine = { x: input('float32', 400), s: f32(2 ** -12), z: new Tensor('int16', Int16Array.of(0), []), t: f32(0.05), u: u8(128) };

describePass(requantizationNarrowing, {
  rewrites: [{ before: twice, values: fine, after: direct }],
  refusals: [
    { before: twice, values: { ...fine, s: f32(0.01) }, reason: 'the first quantizer is not much finer than the second' },
    { before: twice, values: { ...fine, z: new Tensor('int16', Int16Array.of(30000), []) }, reason: 'the first range cuts what the second holds' },
    { before: twice, values: { ...fine, s: input('float32') } },
  ],
});

const asked = { 'session.qdqisint8allowed': '0' };
const pair = 'y = Relu(DequantizeLinear(QuantizeLinear(x, s, z), s, z))';
const signed = { x: input('float32', 60), s: f32(0.03), z: i8(-5) };

describePass(qdqS8ToU8, {
  rewrites: [
    { before: pair, values: signed, settings: asked, after: pair.replaceAll('s, z', 's, #') },
    { before: pair, values: { ...signed, z: i8(127) }, settings: asked, after: pair.replaceAll('s, z', 's, #') },
  ],
  refusals: [
    { before: pair, values: signed },
    { before: pair, values: { ...signed, z: input('int8') }, settings: asked, reason: 'the zero point is not constant' },
    { before: pair.replace('s, z))', 't, z))'), values: { ...signed, t: f32(0.04) }, settings: asked, reason: 'the parameters differ, or are not constant' },
    { before: 'y = Relu(DequantizeLinear(QuantizeLinear(x, s), s))', values: { ...signed, s: f32(0.03) }, settings: asked },
    { before: pair.replaceAll('Linear(', 'Linear{axis: 0}('), values: { x: input('float32', 2, 3), s: f32([1, 2]), z: i8([1, 2]) }, settings: asked, reason: 'the value is not quantized per tensor' },
  ],
});

const cleanup = { 'session.enable_quant_qdq_cleanup': '1' };

describePass(qdqFinalCleanup, {
  rewrites: [{ before: pair, values: signed, settings: cleanup, after: 'y = Relu(x)' }],
  refusals: [
    { before: pair, values: signed },
    { before: pair.replace('s, z))', 't, z))'), values: { ...signed, t: f32(0.04) }, settings: cleanup, reason: 'the parameters differ' },
    { before: 'y = Relu(DequantizeLinear{output_dtype: 1}(QuantizeLinear(x, s, z), s, z))', opset: 23, values: { x: input('float16', 60), s: f32(0.03), z: i8(-5) }, settings: cleanup, reason: 'the value comes back as another type' },
  ],
});
