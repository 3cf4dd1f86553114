/** Matrix products and convolutions of integers. */
import type { AttributeValue } from '../../src/model/index.ts';
import { pack, toInts, type Tensor, type DType } from '../../src/tensor/index.ts';
import { BYTES, MS, packCase, scalar, short, type Draw, type PackCase } from './draw.ts';

/** Types of both operands that onnxruntime takes. */
const PAIRS: readonly (readonly [DType, DType])[] = [['uint8', 'uint8'], ['uint8', 'int8'], ['int8', 'int8']];
const ANY_PAIRS: readonly (readonly [DType, DType])[] = [...PAIRS, ['int8', 'uint8']];

const SHAPES: readonly (readonly [name: string, a: readonly number[], b: readonly number[]])[] = [
  ['matrix', [3, 7], [7, 5]], ['ragged', [2, 67], [67, 17]], ['batch', [2, 3, 8], [2, 8, 4]], ['shared', [2, 3, 5], [5, 4]], ['row', [1, 33], [33, 1]],
];

function* matMulInteger(): Iterable<PackCase> {
  const node = { opType: 'MatMulInteger', opset: 10, outputs: ['int32'] } as const;
  for (const [ta, tb] of ANY_PAIRS) {
    for (const [name, a, b] of SHAPES) {
      yield packCase(`matmul_integer_${short(ta)}${short(tb)}_${name}`, (d) => ({ ...node, fed: [0, 1], inputs: [d.codes(ta, a), d.codes(tb, b), d.zero(ta), d.zero(tb)] }));
    }
    yield packCase(`matmul_integer_${short(ta)}${short(tb)}_columns`, (d) => ({ ...node, inputs: [d.codes(ta, [3, 7]), d.codes(tb, [7, 5]), d.zero(ta), d.zero(tb, [5])] }));
    yield packCase(`matmul_integer_${short(ta)}${short(tb)}_no_zero_points`, (d) => ({ ...node, inputs: [d.codes(ta, [3, 7]), d.codes(tb, [7, 5])] }));
  }
  yield packCase('matmul_integer_empty', (d) => ({ ...node, inputs: [d.codes('uint8', [0, 7]), d.codes('int8', [7, 5])] }));
  yield packCase('matmul_integer_k0', (d) => ({
    ...node, fed: [0, 1], inputs: [d.codes('uint8', [2, 0]), d.codes('int8', [0, 3])],
    divergence: { reason: 'a sum of no products is 0; onnxruntime leaves the memory as it finds it', expected: [pack('int32', new Array(6).fill(0), [2, 3])], onnxruntime: 'undefined' },
  }));
  yield packCase('matmul_integer_rows', (d) => {
    const [a, b, az, bz] = [d.codes('uint8', [3, 4]), d.codes('uint8', [4, 2]), d.zero('uint8', [3]), d.zero('uint8')];
    const [x, w, xz, wz] = [a, b, az, bz].map((t) => t.data as Uint8Array) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const expected = Array.from({ length: 6 }, (_, i) => {
      const m = i >> 1, n = i & 1;
      return [0, 1, 2, 3].reduce((sum, k) => sum + (x[m * 4 + k]! - xz[m]!) * (w[k * 2 + n]! - wz[0]!), 0);
    });
    return { ...node, inputs: [a, b, az, bz], divergence: { reason: 'a zero point for each row of A is allowed; onnxruntime takes one for all', expected: [pack('int32', expected, [3, 2])], onnxruntime: 'refuses' } };
  });
  const wide = { opType: 'MatMulInteger16', domain: MS, outputs: ['int32'] } as const;
  yield packCase('matmul_integer16', (d) => ({ ...wide, inputs: [d.ints([3, 7], -3000, 3000, 'int16'), d.ints([7, 5], -3000, 3000, 'int16')] }));
  yield packCase('matmul_integer16_wraps', () => ({ ...wide, inputs: [pack('int16', [-32768, -32768, 32767, 1], [2, 2]), pack('int16', [-32768, 1, -32768, -32768], [2, 2])] }));
}

function* qLinearMatMul(): Iterable<PackCase> {
  const node = { opType: 'QLinearMatMul', opset: 21 } as const;
  for (const [ta, tb] of PAIRS) {
    const name = `qlinear_matmul_${short(ta)}${short(tb)}`;
    const make = (d: Draw, a: readonly number[], b: readonly number[], columns: readonly number[] = [], sy = 64): (Tensor | undefined)[] =>
      [d.codes(ta, a), scalar(0.25), d.zero(ta), d.codes(tb, b), d.scales(columns), d.zero(tb, columns), scalar(sy), d.zero(ta)];
    for (const [shape, a, b] of SHAPES) yield packCase(`${name}_${shape}`, (d) => ({ ...node, outputs: [ta], inputs: make(d, a, b) }));
    yield packCase(`${name}_columns`, (d) => ({ ...node, outputs: [ta], inputs: make(d, [3, 7], [7, 5], [5]) }));
    yield packCase(`${name}_all_fed`, (d) => ({ ...node, opset: 10, fed: [0, 1, 2, 3, 4, 5, 6, 7], outputs: [ta], inputs: make(d, [3, 7], [7, 5]) }));
    yield packCase(`${name}_saturates`, (d) => ({ ...node, outputs: [ta], inputs: make(d, [3, 7], [7, 5], [], 1) }));
    yield packCase(`${name}_scale_not_a_power`, (d) => ({ ...node, outputs: [ta], inputs: make(d, [4, 20], [20, 9], [], 40.3) }));
  }
  yield packCase('qlinear_matmul_k0', (d) => {
    const z = d.zero('uint8');
    const filled = new Array<number>(6).fill((z.data as Uint8Array)[0]!);
    return {
      ...node, fed: [0, 3], outputs: ['uint8'], inputs: [d.codes('uint8', [2, 0]), scalar(1), d.zero('uint8'), d.codes('uint8', [0, 3]), scalar(1), d.zero('uint8'), scalar(1), z],
      divergence: { reason: 'a sum of no products is 0, quantized the zero point; onnxruntime leaves the memory as it finds it', expected: [pack('uint8', filled, [2, 3])], onnxruntime: 'undefined' },
    };
  });
}

function* qGemm(): Iterable<PackCase> {
  for (const [ta, tb] of PAIRS) {
    const name = `qgemm_${short(ta)}${short(tb)}`;
    const make = (d: Draw, a: readonly number[], b: readonly number[], columns: readonly number[], bias: Tensor | undefined): (Tensor | undefined)[] =>
      [d.codes(ta, a), scalar(0.25), d.zero(ta), d.codes(tb, b), d.scales(columns), d.zero(tb, columns), bias, scalar(64), d.zero(ta)];
    const node = { opType: 'QGemm', domain: MS, outputs: [ta] } as const;
    yield packCase(`${name}`, (d) => ({ ...node, inputs: make(d, [3, 7], [7, 5], [], undefined) }));
    yield packCase(`${name}_bias`, (d) => ({ ...node, inputs: make(d, [3, 7], [7, 5], [5], d.ints([5], -5000, 5000)) }));
    yield packCase(`${name}_bias_matrix_trans`, (d) => ({ ...node, attributes: { transA: 1, transB: 1, alpha: 0.5 }, inputs: make(d, [20, 3], [5, 20], [], d.ints([3, 5], -5000, 5000)) }));
    yield packCase(`${name}_float`, (d) => ({ ...node, outputs: ['float32'], inputs: make(d, [3, 33], [33, 5], [5], d.ints([1, 5], -5000, 5000)).slice(0, 7) }));
  }
}

interface Window {
  readonly name: string;
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

const WINDOWS: readonly Window[] = [
  { name: '1d', x: [2, 3, 9], w: [4, 3, 3], attributes: { strides: [2], pads: [1, 1] } },
  { name: '2d', x: [1, 3, 5, 6], w: [4, 3, 3, 2], attributes: { pads: [1, 0, 2, 1] } },
  { name: 'dilated', x: [1, 2, 7, 7], w: [3, 2, 2, 3], attributes: { dilations: [3, 2], strides: [1, 2] } },
  { name: 'grouped', x: [1, 4, 4, 4], w: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  { name: 'depthwise', x: [1, 17, 4, 4], w: [17, 1, 3, 3], attributes: { group: 17, pads: [1, 1, 1, 1] } },
  { name: 'pointwise', x: [2, 5, 3, 3], w: [7, 5, 1, 1] },
  { name: 'same', x: [1, 2, 5, 5], w: [3, 2, 2, 2], attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] } },
  { name: '3d', x: [1, 2, 3, 4, 3], w: [2, 2, 2, 2, 2], attributes: { pads: [1, 0, 0, 0, 1, 0] } },
];

function* convolutions(): Iterable<PackCase> {
  const spread = (type: DType, channels: number, d: Draw): Tensor => pack(type, new Array(channels).fill(toInts(d.zero(type))[0]!), [channels]);
  for (const [tx, tw] of PAIRS) {
    for (const { name, x, w, attributes = {} } of WINDOWS) {
      const channels = w[0]!;
      yield packCase(`qlinear_conv_${short(tx)}${short(tw)}_${name}`, (d) => ({
        opType: 'QLinearConv', opset: 10, attributes, outputs: [tx],
        inputs: [d.codes(tx, x), scalar(0.25), d.zero(tx), d.codes(tw, w), d.scales([channels]), spread(tw, channels, d), scalar(64), d.zero(tx), d.ints([channels], -3000, 3000)],
      }));
    }
    yield packCase(`qlinear_conv_${short(tx)}${short(tw)}_no_bias`, (d) => ({
      opType: 'QLinearConv', opset: 10, outputs: [tx], inputs: [d.codes(tx, [1, 2, 4, 4]), scalar(0.25), d.zero(tx), d.codes(tw, [3, 2, 3, 3]), scalar(1), d.zero(tw), scalar(41.7), d.zero(tx)],
    }));
    yield packCase(`qlinear_conv_ms_${short(tx)}${short(tw)}_channels_last`, (d) => ({
      opType: 'QLinearConv', domain: MS, attributes: { channels_last: 1, pads: [1, 1, 1, 1] }, outputs: [tx],
      inputs: [d.codes(tx, [1, 4, 5, 3]), scalar(0.25), d.zero(tx), d.codes(tw, [5, 3, 3, 3]), d.scales([5]), spread(tw, 5, d), scalar(64), d.zero(tx), d.ints([5], -3000, 3000)],
    }));
  }
  for (const tx of BYTES) {
    for (const tw of BYTES) {
      for (const { name, x, w, attributes = {} } of WINDOWS.slice(1, 5)) {
        yield packCase(`conv_integer_${short(tx)}${short(tw)}_${name}`, (d) => ({ opType: 'ConvInteger', opset: 10, attributes, outputs: ['int32'], inputs: [d.codes(tx, x), d.codes(tw, w), d.zero(tx), d.zero(tw)] }));
      }
    }
  }
  yield packCase('conv_integer_no_zero_points', (d) => ({ opType: 'ConvInteger', opset: 10, outputs: ['int32'], inputs: [d.codes('uint8', [1, 2, 4, 4]), d.codes('uint8', [3, 2, 3, 3])] }));
  yield packCase('conv_integer_channels', (d) => {
    const [x, w, wz] = [d.codes('uint8', [1, 2, 3]), d.codes('uint8', [3, 2, 1]), d.zero('uint8', [3])];
    const [a, b, z] = [x, w, wz].map((t) => t.data as Uint8Array) as [Uint8Array, Uint8Array, Uint8Array];
    const expected = Array.from({ length: 9 }, (_, i) => {
      const m = Math.floor(i / 3), at = i % 3;
      return [0, 1].reduce((sum, c) => sum + a[c * 3 + at]! * (b[m * 2 + c]! - z[m]!), 0);
    });
    return {
      opType: 'ConvInteger', opset: 10, outputs: ['int32'], inputs: [x, w, undefined, wz],
      divergence: { reason: 'a zero point for each output channel is allowed; onnxruntime takes one for all', expected: [pack('int32', expected, [1, 3, 3])], onnxruntime: 'refuses' },
    };
  });
}

const CLOSE = { rtol: 1e-5, atol: 1e-5 };

function* toFloat(): Iterable<PackCase> {
  for (const tb of BYTES) {
    for (const [name, a, b] of SHAPES) {
      yield packCase(`dynamic_quantize_matmul_${short(tb)}_${name}`, (d) => ({
        opType: 'DynamicQuantizeMatMul', domain: MS, outputs: ['float32'], tolerance: CLOSE, inputs: [d.floats(a, 3), d.codes(tb, b), d.positive([]), d.zero(tb)],
      }));
    }
    yield packCase(`dynamic_quantize_matmul_${short(tb)}_columns_bias`, (d) => ({
      opType: 'DynamicQuantizeMatMul', domain: MS, outputs: ['float32'], tolerance: CLOSE, inputs: [d.floats([3, 7], 3), d.codes(tb, [7, 5]), d.positive([5]), d.zero(tb, [5]), d.floats([5], 10)],
    }));
  }
  for (const [ta, tb] of PAIRS) {
    for (const [name, a, b] of SHAPES.slice(0, 3)) {
      yield packCase(`matmul_integer_to_float_${short(ta)}${short(tb)}_${name}`, (d) => ({
        opType: 'MatMulIntegerToFloat', domain: MS, outputs: ['float32'], tolerance: CLOSE, inputs: [d.codes(ta, a), d.codes(tb, b), d.positive([]), d.positive([]), d.zero(ta), d.zero(tb)],
      }));
    }
    yield packCase(`matmul_integer_to_float_${short(ta)}${short(tb)}_columns_bias`, (d) => ({
      opType: 'MatMulIntegerToFloat', domain: MS, outputs: ['float32'], tolerance: CLOSE,
      inputs: [d.codes(ta, [3, 7]), d.codes(tb, [7, 5]), scalar(0.03), d.positive([5]), d.zero(ta), d.zero(tb, [5]), d.floats([5], 10)],
    }));
  }
}

export const products: Iterable<PackCase> = [...matMulInteger(), ...qLinearMatMul(), ...qGemm(), ...convolutions(), ...toFloat()];
