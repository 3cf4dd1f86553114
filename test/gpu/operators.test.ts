/** Operators on gpu.js against the cpu provider. Codes must be equal, ties included; floats within the stated part of the largest value. */
import { afterAll, describe, expect, test } from 'vitest';
import { borrowEngine, giveBackEngine, type GpuEngine } from '../../kernels/gpu/engine.ts';
import '../../src/gpu.ts';
import { InferenceSession, pack, Tensor, type DType } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { codes, floats, random, same as onProvider, type Case } from '../webgpu/compare.ts';
import { whyNot } from './adapter.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`gpu.js tests are skipped: ${reason}`);
const same = (c: Case): Promise<void> => onProvider({ ...c, provider: 'gpu' });
const f32 = (...values: number[]) => new Tensor('float32', Float32Array.from(values), values.length === 1 ? [] : [values.length]);
const u8 = (...values: number[]) => new Tensor('uint8', Uint8Array.from(values), values.length === 1 ? [] : [values.length]);
const i8 = (...values: number[]) => new Tensor('int8', Int8Array.from(values), values.length === 1 ? [] : [values.length]);
const constant = (tensor: Tensor) => ({ tensor, constant: true });
const fed = (tensor: Tensor) => ({ tensor });
const ms = 'com.microsoft';

/** Values of which half lie on rounding ties of `scale`, and their neighbours in float32 just beside some of them. */
function ties(count: number, scale: number): Tensor {
  const near = new Float32Array(1), bits = new Int32Array(near.buffer);
  return new Tensor('float32', Float32Array.from({ length: count }, (_, i) => {
    near[0] = (Math.floor(random() * 300) - 150 + 0.5) * scale;
    if (i % 4 === 1) bits[0] += 1;
    if (i % 4 === 3) bits[0] -= 1;
    return i % 2 === 0 || i % 4 === 1 ? near[0] : random() * 300 * scale - 150 * scale;
  }), [count]);
}

describe.skipIf(reason !== undefined)('operators on gpu.js', () => {
  let engine: GpuEngine;
  test('one engine serves all sessions, and says its mode', async () => {
    engine = await borrowEngine({}); // keeps the device for the tests below
    const b = new ModelBuilder({ opset: 21 });
    b.output(b.node('Relu', [b.input('x', 'float32', [3])]), 'y');
    const session = await InferenceSession.create(b.bytes(), { executionProviders: ['gpu', 'cpu'] });
    expect(session.explain().available[0]).toEqual({ name: 'gpu', description: `gpu.js, mode ${engine.mode}` });
    expect(await borrowEngine({})).toBe(engine);
    giveBackEngine(engine, 0);
    await session.release();
  });
  afterAll(() => giveBackEngine(engine, 0));

  test('QuantizeLinear: ties and their neighbours', async () => {
    for (const scale of [0.1, 0.0078431377, 1 / 3, 0.7, 2]) {
      await same({ op: 'QuantizeLinear', inputs: [fed(ties(400, scale)), constant(f32(scale)), constant(u8(117))], outputs: ['uint8'] });
      await same({ op: 'QuantizeLinear', inputs: [fed(ties(400, scale)), constant(f32(scale)), constant(i8(-3))], outputs: ['int8'] });
    }
    const x = new Tensor('float32', ties(24, 0.25).data as Float32Array, [2, 3, 4]);
    await same({ op: 'QuantizeLinear', attributes: { axis: 1 }, inputs: [fed(x), constant(f32(0.25, 0.1, 0.3)), constant(i8(1, 0, -7))], outputs: ['int8'] });
  });

  test('DequantizeLinear: packed types, axes, blocks', async () => {
    for (const type of ['int4', 'uint4', 'int2', 'uint2', 'int8', 'uint8'] as readonly DType[]) {
      const low = type.startsWith('u') ? 0 : type === 'int8' ? -128 : type === 'int4' ? -8 : -2;
      const high = type === 'uint8' ? 255 : type === 'int8' ? 127 : type === 'uint4' ? 15 : type === 'int4' ? 7 : type === 'uint2' ? 3 : 1;
      const x = pack(type, Array.from({ length: 3 * 20 }, () => Math.floor(low + random() * (high - low + 1))), [3, 20]);
      const opset = 25;
      await same({ op: 'DequantizeLinear', opset, attributes: { axis: 1, block_size: 8 }, inputs: [fed(x), constant(floats([3, 3]))], outputs: ['float32'] });
      await same({ op: 'DequantizeLinear', opset, attributes: { axis: 0 }, inputs: [fed(x), constant(floats([3])), constant(pack(type, [1, 0, 1], [3]))], outputs: ['float32'] });
    }
    await same({ op: 'DequantizeLinear', inputs: [fed(i8(-128, -5, 0, 127)), constant(pack('float16', [0.003], []))], outputs: ['float16'] });
  });

  test('products of codes are exact where float32 sums would not be', async () => {
    const k = 1200; // 255 * 128 * 1200 passes 2^24 twice over
    const a = new Tensor('uint8', new Uint8Array(3 * k).fill(255).map((v, i) => v - (i % 7)), [3, k]);
    const b = new Tensor('int8', new Int8Array(k * 5).map((_, i) => -128 + (i % 11)), [k, 5]);
    await same({
      op: 'QLinearMatMul', inputs: [fed(a), constant(f32(0.02)), constant(u8(3)), constant(b), constant(f32(0.011, 0.02, 0.005, 0.3, 0.1)), constant(i8(1, 0, 0, -9, 2)), constant(f32(1300.5)), constant(u8(250))],
      outputs: ['uint8'],
    });
    await same({
      op: 'MatMulIntegerToFloat', domain: ms, inputs: [fed(a), constant(b), constant(f32(0.02)), constant(f32(0.011)), constant(u8(3)), undefined, constant(floats([5]))], outputs: ['float32'], tolerance: 1e-7,
    });
    await same({ op: 'MatMulInteger', inputs: [fed(codes('uint8', [4, 60])), constant(codes('int8', [60, 7])), constant(u8(120))], outputs: ['int32'] });
    await same({
      op: 'QGemm', domain: ms, attributes: { transB: 1 },
      inputs: [fed(codes('uint8', [4, 60])), constant(f32(0.02)), constant(u8(7)), constant(codes('int8', [6, 60])), constant(f32(0.1)), constant(i8(0)),
        constant(new Tensor('int32', Int32Array.of(100000, -2000000000, 3, 4, 5, 6), [6])), constant(f32(9)), constant(u8(100))],
      outputs: ['uint8'],
    });
  });

  test('int32 becomes float as on cpu', async () => {
    const large = new Tensor('int32', Int32Array.of(0, -1, 16777217, 16777219, -2147483648, 2147483647, 123456789, 5), [2, 4]);
    await same({ op: 'Cast', attributes: { to: 1 }, inputs: [fed(large)] });
    await same({ op: 'DequantizeLinear', attributes: { axis: 1 }, inputs: [fed(large), constant(floats([4]))] });
    await same({ op: 'DequantizeLinear', inputs: [constant(large), constant(f32(0.3)), constant(new Tensor('int32', Int32Array.of(0), []))] });
  });

  test('sums that may pass 2^24 as int32 are declined, with that reason', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const w = b.constant('w', new Tensor('int8', new Int8Array(1200).fill(-128), [1200, 1]));
    b.output(b.node('MatMulInteger', [b.input('a', 'uint8', [1, 1200]), w]), 'y');
    const session = await InferenceSession.create(b.bytes(), { executionProviders: ['gpu', 'cpu'] });
    expect(session.explain().nodes[0]).toMatchObject({ provider: 'cpu', refused: [{ provider: 'gpu', reason: 'sums may pass 2^24' }] });
    await session.release();
  });

  test('convolutions: groups, strides, padding', async () => {
    for (const [group, stride, pad, channels] of [[1, 1, 1, 3], [3, 2, 0, 3], [2, 1, 2, 4]]) {
      const attributes = { group, strides: [stride, stride], pads: [pad, pad, pad, pad] };
      const w = codes('int8', [group === 3 ? 3 : 4, channels / group, 3, 3]);
      const m = w.dims[0];
      await same({
        op: 'QLinearConv', attributes,
        inputs: [fed(codes('uint8', [2, channels, 7, 6])), constant(f32(0.02)), constant(u8(120)), constant(w), constant(new Tensor('float32', Float32Array.from({ length: m }, () => 0.01 + random() / 50), [m])),
          constant(new Tensor('int8', new Int8Array(m), [m])), constant(f32(0.9)), constant(u8(128)), constant(new Tensor('int32', Int32Array.from({ length: m }, () => random() * 2000 - 1000), [m]))],
        outputs: ['uint8'],
      });
      await same({ op: 'Conv', attributes, inputs: [fed(floats([2, channels, 7, 6])), constant(floats([...w.dims])), constant(floats([m]))], tolerance: 1e-6 });
      const [activation, activation_params] = group === 1 ? ['Clip', [-1.5, 2.5]] : group === 2 ? ['LeakyRelu', [0.1]] : ['Tanh', []];
      const z = floats([2, m, ...[7, 6].map((n) => Math.floor((n + 2 * pad - 3) / stride) + 1)]);
      await same({
        op: 'FusedConv', domain: ms, attributes: { ...attributes, activation, ...(activation_params.length > 0 && { activation_params }) }, tolerance: 1e-6,
        inputs: [fed(floats([2, channels, 7, 6])), constant(floats([...w.dims])), constant(floats([m])), group === 1 ? fed(z) : undefined],
      });
      await same({ op: 'ConvInteger', attributes, inputs: [fed(codes('uint8', [2, channels, 7, 6])), constant(w), constant(u8(99))], outputs: ['int32'] });
    }
  });

  test('8-bit element by element, by tables', async () => {
    const a = codes('uint8', [2, 3, 5]), b = codes('uint8', [3, 1]);
    const q = (scale: number, zero: number) => [constant(f32(scale)), constant(u8(zero))];
    await same({ op: 'QLinearAdd', domain: ms, inputs: [fed(a), ...q(0.11, 100), fed(b), ...q(0.07, 9), ...q(0.13, 90)], outputs: ['uint8'] });
    await same({ op: 'QLinearMul', domain: ms, inputs: [fed(a), ...q(0.11, 100), fed(b), ...q(0.07, 9), ...q(0.13, 90)], outputs: ['uint8'] });
    await same({ op: 'QLinearSigmoid', domain: ms, inputs: [fed(a), ...q(0.05, 128), ...q(1 / 256, 0)], outputs: ['uint8'] });
    await same({ op: 'QLinearConcat', domain: ms, attributes: { axis: 1 }, inputs: [...q(0.1, 4), fed(a), ...q(0.11, 100), fed(codes('uint8', [2, 2, 5])), ...q(0.2, 0)], outputs: ['uint8'] });
    await same({ op: 'QLinearGlobalAveragePool', domain: ms, inputs: [fed(codes('uint8', [2, 3, 5, 5])), ...q(0.11, 100), ...q(0.02, 9)], outputs: ['uint8'] });
  });

  test('blockwise weights', async () => {
    for (const bits of [2, 4, 8]) {
      await same({
        op: 'MatMulNBits', domain: ms, attributes: { K: 70, N: 9, bits, block_size: 32 },
        inputs: [fed(floats([3, 70])), constant(codes('uint8', [9, 3, 4 * bits])), constant(floats([27], 0.1)), constant(codes('uint8', [9 * Math.ceil((3 * bits) / 8)])), undefined, constant(floats([9]))],
        tolerance: 2e-6,
      });
    }
    for (const quant_type of [0, 1]) {
      await same({ op: 'MatMulBnb4', domain: ms, attributes: { K: 64, N: 5, block_size: 16, quant_type }, inputs: [fed(floats([2, 64])), constant(codes('uint8', [160])), constant(floats([20]))], tolerance: 2e-6 });
    }
  });

  test('moves, rows and norms', async () => {
    await same({ op: 'Transpose', attributes: { perm: [2, 0, 3, 1] }, inputs: [fed(floats([2, 3, 4, 5]))] });
    await same({ op: 'Concat', attributes: { axis: -1 }, inputs: [fed(floats([2, 3])), fed(floats([2, 1])), fed(floats([2, 4]))] });
    await same({ op: 'Gather', attributes: { axis: 1 }, inputs: [fed(floats([3, 5, 2])), fed(new Tensor('int64', BigInt64Array.of(4n, -5n, 0n), [3]))] });
    await same({ op: 'Slice', inputs: [fed(floats([4, 6])), ...[[3, 1], [0, 6], [0, 1], [-1, 2]].map((v) => constant(new Tensor('int64', BigInt64Array.from(v, BigInt), [2])))] });
    await same({ op: 'Softmax', attributes: { axis: 1 }, inputs: [fed(floats([2, 5, 3], 9))], tolerance: 1e-6 });
    await same({ op: 'LayerNormalization', inputs: [fed(floats([3, 17], 4)), constant(floats([17])), constant(floats([17]))], tolerance: 3e-6 });
    await same({ op: 'ReduceMean', attributes: { keepdims: 0 }, inputs: [fed(floats([2, 5, 3])), constant(new Tensor('int64', BigInt64Array.of(1n), [1]))], tolerance: 1e-6 });
    await same({ op: 'MatMul', inputs: [fed(floats([2, 1, 3, 7])), fed(floats([4, 7, 5]))], tolerance: 1e-6 });
    await same({ op: 'Gemm', attributes: { transA: 1, transB: 1, alpha: 0.5, beta: 2 }, inputs: [fed(floats([7, 3])), fed(floats([5, 7])), fed(floats([5]))], tolerance: 1e-6 });
    await same({ op: 'MaxPool', attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }, inputs: [fed(floats([1, 2, 7, 6]))] });
  });

  test('outputs stay on the device where that is preferred; a mode that is none is refused', async () => {
    const b = new ModelBuilder({ opset: 21 });
    b.output(b.node('Relu', [b.input('x', 'float32', [3])]), 'y');
    const session = await InferenceSession.create(b.bytes(), { executionProviders: ['gpu', 'cpu'], preferredOutputLocation: 'gpu-buffer' });
    const { y } = await session.run({ x: f32(-1, 2, 3) });
    expect((y as Tensor).location).toBe('gpu-buffer');
    expect([...((await (y as Tensor).getData()) as Float32Array)]).toEqual([0, 2, 3]);
    await expect(InferenceSession.create(b.bytes(), { executionProviders: [{ name: 'gpu', mode: 'vulkan' }] })).rejects.toMatchObject({ code: 'E_INPUT' });
    await session.release();
  });
});
