/**
 * What quantized operators must keep whatever a peer does: packed and narrow types, relations between operators, cases
 * where onnxruntime is wrong or undefined, and refusals before anything runs.
 */
import { describe, expect, test } from 'vitest';
import { OnnxError } from '../../src/errors.ts';
import { f16FromF32, f32 } from '../../src/numeric/index.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { dtypeInfo, pack, sizeOf, Tensor, unpack, type DType } from '../../src/tensor/index.ts';
import { oneNode, runHere, type OneNode } from '../../conformance/fuzz/beside-ort.ts';

const MS = 'com.microsoft';
const floats = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', values.map(f32), dims);
const scalar = (value: number) => floats([value], []);
const bytes = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('uint8', [...values], dims);
const random = mulberry32(7);
const codes = (type: 'uint8' | 'int8', dims: readonly number[]) => new Tensor(type, Array.from({ length: sizeOf(dims) }, () => Math.floor(random() * 256) - (type === 'int8' ? 128 : 0)), dims);
const noise = (dims: readonly number[], scale = 1) => floats(Array.from({ length: sizeOf(dims) }, () => (random() * 2 - 1) * scale), dims);

async function run(node: OneNode): Promise<Tensor> {
  const { bytes: model, feeds } = oneNode(node);
  return (await runHere(model, feeds))['y0'];
}

const values = (t: Tensor): number[] => Array.from(unpack(t));

function quantize(x: Tensor, scale: Tensor, zero: Tensor, attributes: OneNode['attributes'] = {}): Promise<Tensor> {
  return run({ opType: 'QuantizeLinear', opset: 25, attributes, inputs: [x, scale, zero], outputs: [zero.type] });
}

function dequantize(x: Tensor, scale: Tensor, zero?: Tensor, attributes: OneNode['attributes'] = {}, output: DType = 'float32'): Promise<Tensor> {
  return run({ opType: 'DequantizeLinear', opset: 25, attributes, inputs: [x, scale, zero], outputs: [output] });
}

describe('narrow integers', () => {
  const x = floats([-100, -8.5, -7.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 7.5, 100, NaN, 0]);

  test.each<[DType, number, number[]]>([
    ['int4', 0, [-8, -8, -8, -2, -2, 0, 0, 2, 2, 7, 7, -8, 0]],
    ['int4', 1, [-8, -7, -7, -1, -1, 1, 1, 3, 3, 7, 7, -8, 1]],
    ['uint4', 8, [0, 0, 0, 6, 6, 8, 8, 10, 10, 15, 15, 0, 8]],
    ['int2', 0, [-2, -2, -2, -2, -2, 0, 0, 1, 1, 1, 1, -2, 0]],
    ['uint2', 1, [0, 0, 0, 0, 0, 1, 1, 3, 3, 3, 3, 0, 1]],
    ['int8', 3, [-97, -5, -5, 1, 1, 3, 3, 5, 5, 11, 103, -128, 3]],
    ['uint16', 9, [0, 1, 1, 7, 7, 9, 9, 11, 11, 17, 109, 0, 9]],
  ])('%s with zero point %i rounds half to even, then adds, then saturates', async (type, zero, expected) => {
    const y = await quantize(x, scalar(1), pack(type, [zero], []));
    expect(y.type).toBe(type);
    expect(values(y)).toEqual(expected);
  });

  test('elements are packed low bits first, an odd last one alone in its byte', async () => {
    const y = await quantize(floats([1, 2, 3]), scalar(1), pack('uint4', [0], []));
    expect([...(y.data as Uint8Array)]).toEqual([0x21, 0x03]);
    const z = await quantize(floats([1, 2, 3, 0, 2]), scalar(1), pack('uint2', [0], []));
    expect([...(z.data as Uint8Array)]).toEqual([0b00111001, 0b10]);
  });

  test.each<DType>(['int4', 'uint4', 'int2', 'uint2'])('%s: what lies in the unused bits of the last byte is ignored', async (type) => {
    const array = dtypeInfo(type).class === 'int' ? Int8Array.of(-1) : Uint8Array.of(255);
    const y = await dequantize(new Tensor(type, array, [1]), scalar(0.5));
    expect(values(y)).toEqual([dtypeInfo(type).class === 'int' ? -0.5 : (2 ** dtypeInfo(type).bits - 1) / 2]);
  });
});

describe('narrow floats', () => {
  test.each<[DType, number[]]>([
    ['float8e4m3fn', [448, -448, 1.5, 0.5]],
    ['float8e5m2', [57344, -57344, 1.5, 0.5]],
    ['float4e2m1', [6, -6, 1.5, 0.5]],
    ['float6e2m3', [7.5, -7.5, 1.5, 0.5]],
    ['float6e3m2', [28, -28, 1.5, 0.5]],
  ])('%s saturates at its largest value', async (type, expected) => {
    const opset = type.startsWith('float6') ? 28 : 25;
    const y = await run({ opType: 'QuantizeLinear', opset, inputs: [floats([1e6, -1e6, 3, 1]), scalar(2), pack(type, [0], [])], outputs: [type] });
    expect(values(y)).toEqual(expected);
  });

  test('saturate = 0 gives infinity where the format has one, and NaN elsewhere', async () => {
    const x = floats([1e6, -1e6, 1]);
    expect(values(await quantize(x, scalar(1), pack('float8e5m2', [0], []), { saturate: 0 }))).toEqual([Infinity, -Infinity, 1]);
    expect(values(await quantize(x, scalar(1), pack('float8e4m3fn', [0], []), { saturate: 0 }))).toEqual([NaN, NaN, 1]);
  });

  test('a float8e8m0 scale is a power of two', async () => {
    const scale = new Tensor('float8e8m0', Uint8Array.of(127 - 3, 127 + 1), [2]); // 1 / 8, 2
    const x = floats([1, 1.0625, 5, 7], [2, 2]);
    expect(values(await quantize(x, scale, new Tensor('int8', [0, 0], [2]), { axis: 0 }))).toEqual([8, 8, 2, 4]);
    const y = await dequantize(new Tensor('int8', [8, 9, 3, -3], [2, 2]), scale, undefined, { axis: 0, output_dtype: 1 });
    expect(values(y)).toEqual([1, 1.125, 6, -6]);
  });

  test('precision narrows the quotient before it is rounded', async () => {
    const x = floats([2.501]);
    const zero = new Tensor('uint8', [0], []);
    expect(values(await quantize(x, scalar(1), zero))).toEqual([3]);
    expect(values(await quantize(x, scalar(1), zero, { precision: 16 }))).toEqual([2]); // bfloat16: 2.5
  });

  test('float16 scales give float16, unless output_dtype says otherwise', async () => {
    const scale = new Tensor('float16', [f16FromF32(0.1)], []);
    const x = new Tensor('int16', [30000], []);
    const exact = 30000 * unpack(scale)[0];
    expect((await dequantize(x, scale, undefined, {}, 'float16')).type).toBe('float16');
    expect(values(await dequantize(x, scale, undefined, { output_dtype: 1 }))).toEqual([f32(exact)]);
  });
});

describe('relations', () => {
  const SCALES = [1, 0.1, 0.0078125, 3, 1e-3];

  test.each<'uint8' | 'int8'>(['uint8', 'int8'])('quantizing what was dequantized gives back every %s code, for every zero point', async (type) => {
    const lo = type === 'int8' ? -128 : 0;
    const all = new Tensor(type, Array.from({ length: 65536 }, (_, i) => lo + (i & 255)), [256, 256]);
    const zero = new Tensor(type, Array.from({ length: 256 }, (_, i) => lo + i), [256]);
    for (const s of SCALES) {
      const scale = floats(new Array<number>(256).fill(s));
      const x = await dequantize(all, scale, zero, { axis: 0 });
      expect((await quantize(x, scale, zero, { axis: 0 })).data).toEqual(all.data);
    }
  });

  test('a zero point moved by 128 turns uint8 into int8', async () => {
    const x = noise([500], 20);
    const a = await quantize(x, scalar(0.11), bytes([131], []));
    const b = await quantize(x, scalar(0.11), new Tensor('int8', [3], []));
    expect(values(b)).toEqual(values(a).map((v) => v - 128));
  });

  test('per tensor, per axis with equal scales, and blocked are one thing', async () => {
    const x = noise([6, 10], 20);
    const zero = (dims: number[]) => bytes(new Array<number>(sizeOf(dims)).fill(77), dims);
    const scale = (dims: number[]) => floats(new Array<number>(sizeOf(dims)).fill(0.13), dims);
    const whole = (await quantize(x, scale([]), zero([]))).data;
    expect((await quantize(x, scale([10]), zero([10]), { axis: -1 })).data).toEqual(whole);
    expect((await quantize(x, scale([6]), zero([6]), { axis: 0 })).data).toEqual(whole);
    expect((await quantize(x, scale([6, 4]), zero([6, 4]), { axis: 1, block_size: 3 })).data).toEqual(whole);
    expect((await quantize(x, scale([1, 10]), zero([1, 10]), { axis: 0, block_size: 6 })).data).toEqual(whole);
  });

  test('a 1x1 QLinearConv is a QLinearMatMul', async () => {
    const x = codes('uint8', [1, 5, 12]), w = codes('int8', [7, 5, 1]);
    const parameters = { x: [scalar(0.5), bytes([3], [])], w: [scalar(0.25), new Tensor('int8', [0], [])], y: [scalar(8), bytes([101], [])] };
    const conv = await run({ opType: 'QLinearConv', inputs: [x, ...parameters.x, w, ...parameters.w, ...parameters.y], outputs: ['uint8'] });
    // y^T = x^T w^T: positions are rows
    const turned = (t: Tensor, rows: number, columns: number) => new Tensor(t.type, Array.from({ length: t.size }, (_, i) => unpack(t)[(i % rows) * columns + Math.floor(i / rows)]), [columns, rows]);
    const product = await run({ opType: 'QLinearMatMul', inputs: [turned(x, 5, 12), ...parameters.x, turned(w, 7, 5), ...parameters.w, ...parameters.y], outputs: ['uint8'] });
    expect(values(turned(product, 12, 7))).toEqual(values(conv));
  });

  test('padding a convolution holds the zero point of x', async () => {
    const x = codes('uint8', [1, 2, 4, 4]), w = codes('int8', [3, 2, 3, 3]);
    const framed = new Array<number>(2 * 36).fill(9);
    for (let c = 0; c < 2; c++) for (let i = 0; i < 16; i++) framed[c * 36 + (Math.floor(i / 4) + 1) * 6 + (i % 4) + 1] = unpack(x)[c * 16 + i];
    const padded = await run({ opType: 'ConvInteger', attributes: { pads: [1, 1, 1, 1] }, inputs: [x, w, bytes([9], [])], outputs: ['int32'] });
    const explicit = await run({ opType: 'ConvInteger', inputs: [bytes(framed, [1, 2, 6, 6]), w, bytes([9], [])], outputs: ['int32'] });
    expect(values(padded)).toEqual(values(explicit));
  });

  const nbits = (inputs: OneNode['inputs'], attributes: OneNode['attributes'] = {}) =>
    run({ opType: 'MatMulNBits', domain: MS, attributes: { K: 20, N: 3, bits: 4, block_size: 16, ...attributes }, inputs, outputs: ['float32'] });

  test('MatMulNBits: codes behind a ragged K do not count, and the default zero point is 8, packed or plain', async () => {
    const a = noise([2, 20]), scales = noise([3, 2]), b = codes('uint8', [3, 2, 8]);
    const other = new Tensor('uint8', (b.data as Uint8Array).map((v, i) => (i % 16 >= 10 ? 255 - v : v)), b.dims); // 4 codes of block 1 count
    const y = values(await nbits([a, b, scales]));
    expect(values(await nbits([a, other, scales]))).toEqual(y);
    expect(values(await nbits([a, b, scales, bytes([0x88, 0x88, 0x88], [3, 1])]))).toEqual(y);
    expect(values(await nbits([a, b, scales, floats(new Array<number>(6).fill(8), [3, 2])]))).toEqual(y);
  });

  test('MatMulNBits with g_idx in order is MatMulNBits', async () => {
    const a = noise([2, 20]), scales = noise([3, 2]), b = codes('uint8', [3, 2, 8]), zeros = codes('uint8', [3, 1]);
    const order = new Tensor('int32', Array.from({ length: 20 }, (_, k) => Math.floor(k / 16)), [20]);
    expect(values(await nbits([a, b, scales, zeros, order]))).toEqual(values(await nbits([a, b, scales, zeros])));
  });

  test('MatMulNBits level 4 quantizes activations only when it is asked for', async () => {
    const a = floats([1, ...new Array<number>(19).fill(0.001)], [1, 20]), b = codes('uint8', [3, 2, 8]), scales = floats([1, 1, 1, 1, 1, 1], [3, 2]);
    const level = async (accuracy: number) => values(await run({
      opType: 'MatMulNBits', domain: MS, attributes: { K: 20, N: 3, bits: 4, block_size: 16, accuracy_level: accuracy }, inputs: [a, b, scales], constants: [1, 2], outputs: ['float32'],
    }));
    const exact = await level(0);
    for (const l of [1, 2, 3]) expect(await level(l)).toEqual(exact);
    // 0.001 of 1 is 0.127 of 127 steps: in the first block all but the first activation vanish.
    const first = (unpack(b)[0] & 15) - 8;
    const second = (n: number, k: number) => ((unpack(b)[16 * n + 8 + (k >> 1)] >> ((k & 1) * 4)) & 15) - 8;
    const tail = f32(f32(0.001) / 127) * 127 * [0, 1, 2, 3].reduce((sum, k) => sum + second(0, k), 0);
    expect((await level(4))[0]).toBeCloseTo(f32(f32(1 / 127) * 127) * first + tail, 5);
  });

  test('MatMulNBits in bfloat16 is that in float32, rounded once', async () => {
    const narrow = (t: Tensor) => pack('bfloat16', unpack(t), t.dims);
    const wide = (t: Tensor) => floats(values(t), t.dims);
    const a = narrow(noise([2, 20])), scales = narrow(noise([3, 2])), b = codes('uint8', [3, 2, 8]);
    const y = await run({ opType: 'MatMulNBits', domain: MS, attributes: { K: 20, N: 3, bits: 4, block_size: 16 }, inputs: [a, b, scales], outputs: ['bfloat16'] });
    expect(y).toEqual(narrow(await nbits([wide(a), b, wide(scales)])));
  });

  test('QLinearMatMul multiplies 8-bit floats', async () => {
    const fp8 = (v: readonly number[], dims: readonly number[]) => pack('float8e4m3fn', v, dims);
    const one = (scale: number) => [scalar(scale), fp8([0], [])];
    const y = await run({
      opType: 'QLinearMatMul', inputs: [fp8([1, 2, -3, 0.5], [2, 2]), ...one(0.5), fp8([4, 0.25, 1.5, -2], [2, 2]), ...one(2), ...one(4)], outputs: ['float8e4m3fn'],
    });
    expect(values(y)).toEqual([1.75, -0.9375, -2.75, -0.4375]); // [7, -3.75, -11.25, -1.75] / 4 on the grid of the type
  });

  test('MatMulBnb4 with transB = 0 multiplies by W itself', async () => {
    const absmax = noise([2]), b = codes('uint8', [6]);
    const node = (M: number, transB: number, a: Tensor): OneNode => ({ opType: 'MatMulBnb4', domain: MS, attributes: { K: 4, N: 3, block_size: 8, quant_type: 1, transB }, inputs: [a, b, absmax], outputs: ['float32'] });
    const unit = (n: number) => floats(Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)), [n, n]);
    const transposed = values(await run(node(4, 1, unit(4)))); // [4, 3]: W^T
    const plain = values(await run(node(3, 0, unit(3)))); // [3, 4]: W
    expect(plain).toEqual(Array.from({ length: 12 }, (_, i) => transposed[(i % 4) * 3 + Math.floor(i / 4)]));
  });

  test('fused MatMulNBits are what they fuse', async () => {
    const a = noise([2, 32]), weights = () => [codes('uint8', [5, 1, 16]), noise([5, 1], 0.1)] as const;
    const shape = { K: 32, bits: 4, block_size: 32 };
    const [gate, up, v] = [weights(), weights(), weights()];
    const project = async (w: readonly Tensor[]) => values(await run({ opType: 'MatMulNBits', domain: MS, attributes: { ...shape, N: 5 }, inputs: [a, ...w], outputs: ['float32'] }));
    const [g, u] = [await project(gate), await project(up)];
    const mlp = await run({ opType: 'MatMulNBitsMlp', domain: MS, attributes: { ...shape, N: 5, activation: 'silu' }, inputs: [a, undefined, undefined, ...gate, undefined, ...up], outputs: ['float32'] });
    values(mlp).forEach((y, i) => expect(y).toBeCloseTo((g[i] / (1 + Math.exp(-g[i]))) * u[i], 4));
    const { bytes: model, feeds } = oneNode({
      opType: 'MatMulNBitsQkv', domain: MS, attributes: { ...shape, Nq: 5, Nkv: 5, epsilon: 0 }, outputs: ['float32', 'float32', 'float32'],
      inputs: [a, undefined, floats(new Array<number>(32).fill(1)), ...gate, undefined, ...up, undefined, ...v],
    });
    const qkv = await runHere(model, feeds);
    const rms = [0, 1].map((m) => Math.sqrt(values(a).slice(32 * m, 32 * m + 32).reduce((sum, x) => sum + x * x, 0) / 32));
    values(qkv['y1']).forEach((y, i) => expect(y).toBeCloseTo(u[i] / rms[Math.floor(i / 5)], 3));
  });
});

describe('operators that onnxruntime has no kernel for', () => {
  test('MulInteger', async () => {
    const y = await run({ opType: 'MulInteger', domain: MS, inputs: [bytes([0, 255, 7], [3]), bytes([7], []), bytes([0, 255], [2, 1]), bytes([255], [])], outputs: ['int32'] });
    expect(values(y)).toEqual([-7 * -255, 248 * -255, 0, 0, 0, 0].map((v) => v + 0));
  });

  test('ReduceSumInteger', async () => {
    const x = new Tensor('int8', [-128, -128, 127, 1, 2, 3], [2, 3]);
    expect(values(await run({ opType: 'ReduceSumInteger', domain: MS, attributes: { axes: [1], keepdims: 1 }, inputs: [x], outputs: ['int32'] }))).toEqual([-129, 6]);
    const y = await run({ opType: 'ReduceSumInteger', domain: MS, attributes: { axes: [0, 1], keepdims: 0 }, inputs: [bytes([255, 255], [1, 2])], outputs: ['uint32'] });
    expect([y.type, ...y.dims, ...values(y)]).toEqual(['uint32', 510]);
  });

  test('QLinearReduceMean over the spatial axes is QLinearGlobalAveragePool', async () => {
    const x = codes('uint8', [2, 3, 4, 5]);
    const inputs = [x, scalar(0.5), bytes([7], []), scalar(0.25), bytes([101], [])];
    const mean = await run({ opType: 'QLinearReduceMean', domain: MS, attributes: { axes: [2, 3], keepdims: 1 }, inputs, outputs: ['uint8'] });
    const pooled = await run({ opType: 'QLinearGlobalAveragePool', domain: MS, attributes: { channels_last: 0 }, inputs, outputs: ['uint8'] });
    expect(mean).toEqual(pooled);
  });

  test('MatMulInteger16 wraps', async () => {
    const x = new Tensor('int16', [-32768, -32768, 32767, 2], [2, 2]);
    expect(values(await run({ opType: 'MatMulInteger16', domain: MS, inputs: [x, x.reshape([2, 2])], outputs: ['int32'] })))
      .toEqual([(2 ** 30 - 2 ** 15 * 32767) | 0, (2 ** 30 - 2 ** 16) | 0, -32768 * 32767 + 65534, -(2 ** 15) * 32767 + 4]);
  });
});

describe('where onnxruntime is wrong or undefined', () => {
  test('a product over nothing is 0, and quantized the zero point', async () => {
    const a = bytes([], [2, 0]), b = bytes([], [0, 3]);
    expect(values(await run({ opType: 'MatMulInteger', inputs: [a, b], outputs: ['int32'] }))).toEqual([0, 0, 0, 0, 0, 0]);
    const one = [scalar(1), bytes([5], [])];
    expect(values(await run({ opType: 'QLinearMatMul', inputs: [a, ...one, b, ...one, scalar(1), bytes([9], [])], outputs: ['uint8'] }))).toEqual([9, 9, 9, 9, 9, 9]);
  });

  test('MatMulInteger takes a zero point for each row of A, also in batches', async () => {
    const a = bytes([10, 20, 30, 40], [2, 2]), b = bytes([1, 2], [2, 1]);
    expect(values(await run({ opType: 'MatMulInteger', inputs: [a, b, bytes([10, 30]), undefined], outputs: ['int32'] }))).toEqual([20, 20]);
    const batch = await run({ opType: 'MatMulInteger', inputs: [a.reshape([2, 1, 2]), b, bytes([10, 30], [2, 1, 1])], outputs: ['int32'] });
    expect(values(batch)).toEqual([20, 20]);
  });

  test('integer sums wrap at 32 bits', async () => {
    const K = 2 ** 16 + 1;
    const x = new Tensor('uint8', new Uint8Array(K).fill(255), [1, K]);
    expect(values(await run({ opType: 'MatMulInteger', inputs: [x, x.reshape([K, 1])], outputs: ['int32'] }))).toEqual([(255 * 255 * K) | 0]);
  });

  test('infinities saturate in blocks too', async () => {
    const y = await quantize(floats([Infinity, -Infinity, 1, 2], [1, 4]), floats([1, 1], [1, 2]), bytes([0, 0], [1, 2]), { axis: 1, block_size: 2 });
    expect(values(y)).toEqual([255, 0, 1, 2]);
  });

  test('an empty tensor has empty blocks', async () => {
    const y = await quantize(floats([], [0, 4]), floats([], [0, 2]), bytes([], [0, 2]), { axis: 1, block_size: 2 });
    expect(y.dims).toEqual([0, 4]);
  });

  test('softmax over one element is 1', async () => {
    const y = await run({ opType: 'QLinearSoftmax', domain: MS, attributes: { axis: -1, opset: 13 }, inputs: [bytes([7, 9], [2, 1]), scalar(0.1), bytes([0], []), scalar(1 / 256), bytes([0], [])], outputs: ['uint8'] });
    expect(values(y)).toEqual([255, 255]);
  });

  test('MatMulNBits heeds packed zero points beside g_idx', async () => {
    const b = bytes(new Array<number>(8).fill(0x33), [1, 1, 8]); // all codes 3
    const y = await run({
      opType: 'MatMulNBits', domain: MS, attributes: { K: 16, N: 1, bits: 4, block_size: 16 }, outputs: ['float32'],
      inputs: [floats(new Array<number>(16).fill(1), [1, 16]), b, scalar(1).reshape([1, 1]), bytes([2], [1, 1]), new Tensor('int32', new Int32Array(16), [16])],
    });
    expect(values(y)).toEqual([16]);
  });

  test('dynamic quantization skips NaN, and a range of 0 has scale 1', async () => {
    const { bytes: model, feeds } = oneNode({ opType: 'DynamicQuantizeLinear', opset: 11, inputs: [floats([NaN, 255, 0])], outputs: ['uint8', 'float32', 'uint8'] });
    const y = await runHere(model, feeds);
    expect([values(y['y0']), values(y['y1']), values(y['y2'])]).toEqual([[0, 255, 0], [1], [0]]);
    const flat = oneNode({ opType: 'DynamicQuantizeLinear', opset: 11, inputs: [floats([0, 0])], outputs: ['uint8', 'float32', 'uint8'] });
    expect(values((await runHere(flat.bytes, flat.feeds))['y1'])).toEqual([1]);
  });
});

describe('refused when the model is loaded', () => {
  const x = floats(new Array<number>(12).fill(1), [3, 4]);
  const q = (inputs: OneNode['inputs'], attributes: OneNode['attributes'] = {}): OneNode => ({ opType: 'QuantizeLinear', opset: 25, attributes, inputs, outputs: ['uint8'] });
  const nbits = (attributes: OneNode['attributes'], inputs: OneNode['inputs']): OneNode =>
    ({ opType: 'MatMulNBits', domain: MS, attributes: { K: 32, N: 2, bits: 4, block_size: 16, ...attributes }, inputs, outputs: ['float32'] });
  const a = noise([1, 32]), b = codes('uint8', [2, 2, 8]), s = noise([2, 2]);
  const one = [scalar(1), bytes([0], [])];

  const CASES: Readonly<Record<string, readonly [OneNode, code: string, text: RegExp]>> = {
    'scale and zero point of different shapes': [q([x, floats([1, 1, 1]), bytes([0], [])], { axis: 0 }), 'E_SHAPE', /same shape/],
    'a scale vector of the wrong length': [q([x, floats([1, 1, 1])], { axis: 1 }), 'E_SHAPE', /vector along the axis/],
    'an axis out of range': [q([x, floats([1, 1, 1])], { axis: 2 }), 'E_SHAPE', /axis/],
    'blocks of the wrong number': [q([x, floats([1, 1, 1], [3, 1])], { axis: 1, block_size: 3 }), 'E_SHAPE', /block/],
    'a negative block size': [q([x, floats([1, 1, 1], [3, 1])], { axis: 1, block_size: -1 }), 'E_ATTRIBUTE', /block_size/],
    'output_dtype against the zero point': [q([x, scalar(1), bytes([0], [])], { output_dtype: 3 }), 'E_TYPE', /output_dtype/],
    'an output_dtype that is no integer': [q([x, scalar(1)], { output_dtype: 8 }), 'E_ATTRIBUTE', /output_dtype/],
    'e8m0 scales without a type for y': [{ opType: 'DequantizeLinear', opset: 24, inputs: [bytes([1]), new Tensor('float8e8m0', [127], [])], outputs: ['float32'] }, 'E_ATTRIBUTE', /output_dtype/],
    'block_size 20': [nbits({ block_size: 20 }, [a, b, s]), 'E_ATTRIBUTE', /block_size/],
    'block_size 512': [nbits({ block_size: 512 }, [a, b, s]), 'E_ATTRIBUTE', /block_size/],
    '3 bits': [nbits({ bits: 3 }, [a, b, s]), 'E_ATTRIBUTE', /bits/],
    'K of 0': [nbits({ K: 0 }, [a, b, s]), 'E_ATTRIBUTE', /K/],
    'K * N beyond 2^53': [nbits({ K: 2 ** 31 - 1, N: 2 ** 31 - 1 }, [a, b, s]), 'E_ATTRIBUTE', /K \* N/],
    'B of another shape': [nbits({}, [a, codes('uint8', [2, 2, 16]), s]), 'E_SHAPE', /B/],
    'too few scales': [nbits({}, [a, b, noise([2])]), 'E_SHAPE', /scales/],
    'zero points that do not start rows': [nbits({}, [a, b, s, bytes([0], [1])]), 'E_SHAPE', /zero_points/],
    'A of another width': [nbits({}, [noise([1, 31]), b, s]), 'E_SHAPE', /A/],
    'prepacked weights': [nbits({ weight_prepacked: 1 }, [a, b, s]), 'E_ATTRIBUTE', /weight_prepacked/],
    'g_idx out of range': [{ ...nbits({}, [a, b, s, undefined, new Tensor('int32', new Int32Array(32).fill(2), [32])]), constants: [4] }, 'E_VALUE', /g_idx/],
    'QLinearMatMul of matrices that do not fit': [{ opType: 'QLinearMatMul', inputs: [codes('uint8', [2, 3]), ...one, codes('uint8', [2, 3]), ...one, ...one], outputs: ['uint8'] }, 'E_SHAPE', /inner dimensions/],
    'QLinearConv with scales for other channels': [{ opType: 'QLinearConv', inputs: [codes('uint8', [1, 1, 4, 4]), ...one, codes('uint8', [2, 1, 3, 3]), floats([1, 1, 1]), bytes([0, 0, 0]), ...one], outputs: ['uint8'] }, 'E_SHAPE', /w_scale/],
    'QLinearConcat without a zero point': [{ opType: 'QLinearConcat', domain: MS, attributes: { axis: 0 }, inputs: [scalar(1), bytes([0], []), bytes([1]), scalar(1)], outputs: ['uint8'] }, 'E_SHAPE', /triples/],
    'a vector where QLinearAdd wants one scale': [{ opType: 'QLinearAdd', domain: MS, inputs: [bytes([1, 2]), floats([1, 1]), bytes([0], []), bytes([1, 2]), ...one, ...one], outputs: ['uint8'] }, 'E_SHAPE', /A_scale/],
    'GatherBlockQuantized of bytes along another axis': [{ opType: 'GatherBlockQuantized', domain: MS, attributes: { gather_axis: 1, quantize_axis: 0, block_size: 16 }, inputs: [codes('uint8', [16, 4]), new Tensor('int64', [0n], [1]), noise([1, 8])], outputs: ['float32'] }, 'E_SHAPE', /first axis/],
    'more experts than there are': [{ opType: 'MoE', domain: MS, attributes: { k: 3 }, inputs: [noise([1, 4]), noise([1, 2]), noise([2, 4, 4]), undefined, noise([2, 4, 4])], outputs: ['float32'] }, 'E_ATTRIBUTE', /k/],
  };

  test.each(Object.keys(CASES))('%s', async (name) => {
    const [node, code, text] = CASES[name];
    // Shapes are declared, so that all is known before any run.
    const { bytes: model, feeds } = oneNode({ ...node, constants: node.inputs.map((_, i) => i).filter((i) => node.inputs[i] !== undefined) });
    const error = await runHere(model, feeds).then(() => undefined, (e: unknown) => e);
    expect(error).toBeInstanceOf(OnnxError);
    expect((error as OnnxError).code).toBe(code);
    expect((error as OnnxError).message).toMatch(text);
    expect((error as OnnxError).node?.opType).toBe(node.opType);
  });
});
