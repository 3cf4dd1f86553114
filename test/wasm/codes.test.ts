/** Operators on 8-bit codes through tables, pools and choices, beside the scalar provider: the same bits on every tail. */
import { describe, expect, test } from 'vitest';
import { sizeOf, Tensor } from '../../src/tensor/index.ts';
import { allSame, both, type NodeCase } from './beside-cpu.ts';

const MS = 'com.microsoft';
const TAILS = Array.from({ length: 68 }, (_, i) => i);

/** Codes that run through the whole range of a type, its ends among them. */
function codes(type: 'uint8' | 'int8', dims: readonly number[], seed = 1): Tensor {
  const raw = Uint8Array.from({ length: sizeOf(dims) }, (_, i) => (i % 13 === 0 ? 255 * (i & 1) : (i + seed) * 167 + (i >> 3)));
  return new Tensor(type, type === 'int8' ? new Int8Array(raw.buffer) : raw, dims);
}
const one = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), []);
const zero = (type: 'uint8' | 'int8', value: number): Tensor => new Tensor(type, type === 'int8' ? Int8Array.of(value) : Uint8Array.of(value), []);

describe.each(['uint8', 'int8'] as const)('%s', (type) => {
  const [low, middle] = type === 'uint8' ? [3, 120] : [-100, 7];

  test('QLinearSigmoid and QLinearLeakyRelu: every tail', () => allSame(TAILS.flatMap((n): NodeCase[] => [
    { op: 'QLinearSigmoid', domain: MS, inputs: [codes(type, [n], n), one(0.05), zero(type, middle), one(1 / 256), zero(type, low)] },
    { op: 'QLinearLeakyRelu', domain: MS, attrs: { alpha: 0.1 }, inputs: [codes(type, [n], n), one(0.05), zero(type, middle), one(0.03 + n / 1000), zero(type, low)] },
  ])));

  test('QLinearAdd: every tail, broadcasting, scales whose sums are ties or close to them, large and tiny steps', () => {
    const quantizations: readonly (readonly [number, number, number])[] = [[0.5, 0.5, 1], [0.25, 0.75, 0.5], [0.1, 0.2, 0.2], [0.02, 0.03, 0.04], [1e-3, 7, 0.11], [900, 900.001, 0.7], [1e-30, 1e-30, 1e-38]];
    return allSame([0, 1, 15, 16, 17, 31, 33, 67].flatMap((n) => quantizations.map(([a, b, c], k): NodeCase => ({
      op: 'QLinearAdd', domain: MS,
      inputs: [codes(type, k % 3 === 2 ? [5, 1] : [5, n], n), one(a), zero(type, middle), codes(type, k % 3 === 1 ? [1] : [5, n], n + 5), one(b), zero(type, low), one(c), zero(type, middle)],
    }))));
  });

  test('a table follows parameters that are fed anew', async () => {
    const make = (scale: number): NodeCase => ({ op: 'QLinearSigmoid', domain: MS, inputs: [codes(type, [256]), one(scale), zero(type, middle), one(1 / 256), zero(type, low)] });
    const [a, b] = (await both(make(0.02), make(0.2))).wasm;
    expect(a.data).not.toEqual(b.data);
  });

  test('QLinearSoftmax: every length, along inner axes, rows of several axes', () => allSame(TAILS.flatMap((n): NodeCase[] => [[1, 13], [0, 13], [-1, 12], [0, 12]].map(([axis, opset]) => ({
    op: 'QLinearSoftmax', domain: MS, attrs: { axis, opset }, inputs: [codes(type, [3, n, 2], n), one(0.01 + n / 300), zero(type, middle), one(1 / 256), zero(type, type === 'int8' ? -128 : 0)],
  })))));

  test('QLinearConcat: tails, axes, equal and other parameters', () => allSame(TAILS.map((n): NodeCase => {
    const axis = n % 3;
    const part = (size: number, scale: number, z: number): Tensor[] => [codes(type, [2, 3, 2].map((d, i) => (i === axis ? size : d)), size), one(scale), zero(type, z)];
    return { op: 'QLinearConcat', domain: MS, attrs: { axis }, inputs: [one(0.05), zero(type, middle), ...part(n, 0.05, middle), ...part(5, 0.08, middle), ...part(n >> 1, 0.05, low)] };
  })));

  test('QLinearWhere broadcasts and requantizes', () => allSame(TAILS.map((n): NodeCase => {
    const dims = [[2, 3, n], [3, 1], [1]];
    const condition = new Tensor('bool', Uint8Array.from({ length: 6 * n }, (_, i) => (i * 7) % 3 & 1), [2, 3, n]);
    return {
      op: 'QLinearWhere', domain: MS,
      inputs: [condition, codes(type, dims[n % 3], n), one(0.05), zero(type, middle), codes(type, dims[(n + 1) % 3], 5), one(n % 2 === 0 ? 0.05 : 0.02), zero(type, low), one(0.05), zero(type, middle)],
    };
  })));

  test('means: QLinearGlobalAveragePool, QLinearReduceMean', () => allSame(TAILS.flatMap((n): NodeCase[] => {
    const rest = [one(0.04), zero(type, middle), one(0.01), zero(type, low)];
    return [
      { op: 'QLinearGlobalAveragePool', domain: MS, attrs: { channels_last: n % 2 }, inputs: [codes(type, [2, 1 + (n % 5), 3, 1 + n], n), ...rest] },
      { op: 'QLinearReduceMean', domain: MS, attrs: { axes: [[1], [0, 1], [2], [1, 2]][n % 4], keepdims: n & 1 }, inputs: [codes(type, [3, 7, 1 + n], n), ...rest] },
    ];
  })));

  test('QLinearAveragePool: widths, strides, padding', () => allSame(TAILS.map((n): NodeCase => ({
    op: 'QLinearAveragePool', domain: MS,
    attrs: { kernel_shape: [1 + (n % 3), 2 + (n % 2)], strides: [1, 1 + (n % 3)], pads: [0, n % 2, n % 3 === 0 ? 0 : 1, 1], count_include_pad: n % 2, ceil_mode: n % 5 === 0 ? 1 : 0 },
    inputs: [codes(type, [1, 2, 4, 3 + n], n), one(0.04), zero(type, middle), one(0.03), zero(type, low)],
  }))));

  test('QLinearConv 1 x 1: rows laid anew where they do not fill panels, and where none would', () => allSame([[12, 28], [7, 19], [9, 1], [3, 3], [40, 12]].map(([h, w]): NodeCase => ({
    op: 'QLinearConv', constants: [3, 4, 5],
    inputs: [codes(type, [2, 600, h, w]), one(0.04), zero(type, middle), codes('int8', [5, 600, 1, 1], h), one(0.001), zero('int8', 0), one(0.3), zero(type, low)],
  }))));

  test('MaxPool: widths, strides, padding, dilations', () => allSame(TAILS.flatMap((n): NodeCase[] => [
    { op: 'MaxPool', attrs: { kernel_shape: [2, 3], strides: [1 + (n % 2), 1 + (n % 4)], pads: [1, n % 3, 0, 1], dilations: [1, 1 + (n % 2)] }, inputs: [codes(type, [1, 2, 4, 5 + n], n)] },
    { op: 'MaxPool', attrs: { kernel_shape: [2], ceil_mode: 1, strides: [1 + (n % 3)] }, inputs: [codes(type, [2, 1, 2 + n], n)] },
  ])));
});
