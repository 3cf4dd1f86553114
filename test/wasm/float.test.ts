/** Float32 kernels beside the scalar provider: products and element-wise functions. */
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../src/main.ts';
import { floats, same } from './beside-cpu.ts';

const SPECIAL = new Tensor('float32', Float32Array.of(0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, NaN, Infinity, -Infinity, 1e-40, -3e38, 3, -6, 6, 100, -100), [19]);

describe('products have the bits of the scalar provider', () => {
  test('MatMul: every tail of rows, columns and depth', async () => {
    for (let size = 0; size <= 67; size += size < 12 ? 1 : 11) {
      for (const [m, k, n] of [[size, 5, 9], [3, size, 17], [6, 13, size], [1, 19, size]]) {
        for (const constants of [[], [1]]) await same({ op: 'MatMul', inputs: [floats([m, k]), floats([k, n], 1, 7)], constants });
      }
    }
  });
  test('MatMul: depth beyond a block', async () => {
    await same({ op: 'MatMul', inputs: [floats([6, 1200]), floats([1200, 11], 1, 3)] });
    await same({ op: 'MatMul', inputs: [floats([1, 1200]), floats([1200, 43], 1, 3)], constants: [1] });
  });
  test.each([
    [[4], [4]], [[4], [4, 3]], [[3, 4], [4]], [[2, 3, 4], [4, 5]], [[2, 1, 3, 4], [5, 4, 6]], [[3, 4], [2, 4, 5]], [[2, 3, 4], [2, 4]], [[0, 3, 4], [4, 5]],
  ].slice(0, 6))('MatMul %j by %j', (a, b) => same({ op: 'MatMul', inputs: [floats(a), floats(b, 1, 5)] }));
  test.each([[0, 0], [0, 1], [1, 0], [1, 1]])('FusedMatMul transA %i, transB %i', async (transA, transB) => {
    const a = transA ? [2, 7, 5] : [2, 5, 7], b = transB ? [2, 9, 7] : [2, 7, 9];
    await same({ op: 'FusedMatMul', domain: 'com.microsoft', attrs: { transA, transB, alpha: 0.3 }, inputs: [floats(a), floats(b, 1, 5)] });
  });
  test.each([[0, 0], [0, 1], [1, 0], [1, 1]])('Gemm transA %i, transB %i', async (transA, transB) => {
    for (const c of [undefined, [], [9], [5, 1], [1, 9], [5, 9]]) {
      for (const constants of [[], [1]]) {
        await same({
          op: 'Gemm', attrs: { transA, transB, alpha: 0.7, beta: c?.length === 1 ? 1 : 0.3 }, constants,
          inputs: [floats(transA ? [7, 5] : [5, 7]), floats(transB ? [9, 7] : [7, 9], 1, 5), ...(c === undefined ? [] : [floats(c, 1, 8)])],
        });
      }
    }
  });
});

describe('element-wise functions', () => {
  test.each<[string, Record<string, number | string>?, string?]>([
    ['Abs'], ['Ceil'], ['Floor'], ['Round'], ['Neg'], ['Reciprocal'], ['Relu'], ['Sqrt'], ['HardSwish'], ['HardSigmoid', { alpha: 0.3, beta: 0.4 }],
    ['LeakyRelu', { alpha: 0.3 }], ['ThresholdedRelu', { alpha: 0.7 }], ['Softsign'],
  ])('%s is exact', async (op, attrs) => {
    for (const x of [SPECIAL, floats([0]), ...Array.from({ length: 9 }, (_, n) => floats([n + 1], 9, n + 1))]) await same({ op, attrs: attrs ?? {}, inputs: [x], opset: 22 });
  });
  test.each<[string, Record<string, number | string>, string?]>([
    ['Exp', {}], ['Sigmoid', {}], ['Tanh', {}], ['Erf', {}], ['Gelu', {}], ['Gelu', { approximate: 'tanh' }],
    ['Gelu', {}, 'com.microsoft'], ['QuickGelu', { alpha: 1.702 }, 'com.microsoft'], ['QuickGelu', { alpha: 1 }, 'com.microsoft'],
  ])('%s %j is within 5e-7', async (op, attrs, domain) => {
    for (const scale of [0.01, 1, 4, 12]) await same({ op, attrs, inputs: [floats([67], scale, 3)], ...(domain === undefined ? {} : { domain }) }, 5e-7);
    await same({ op, attrs, inputs: [new Tensor('float32', Float32Array.of(0, NaN, 20, -20, 1, -1), [6])], ...(domain === undefined ? {} : { domain }) }, 5e-7);
  });
  test('Pow by 2, 0.5 and 3', async () => {
    for (const [y, tolerance] of [[2, 0], [0.5, 0], [3, 2e-7]]) {
      const exponent = new Tensor('float32', Float32Array.of(y), []);
      for (const x of [SPECIAL, floats([13], 5)]) await same({ op: 'Pow', inputs: [x, exponent], constants: [1] }, tolerance);
    }
  });
  test('Clip with and without bounds', async () => {
    const bound = (v: number) => new Tensor('float32', Float32Array.of(v), []);
    for (const [lo, hi] of [[-1, 1], [1, -1], [undefined, 0.5], [0, undefined], [undefined, undefined]]) {
      await same({ op: 'Clip', inputs: [SPECIAL, lo === undefined ? undefined : bound(lo), hi === undefined ? undefined : bound(hi)] });
    }
    await same({ op: 'Clip', attrs: { min: -0.3, max: 0.7 }, inputs: [floats([13])], opset: 6 });
  });
  test.each(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'])('%s broadcasts', async (op) => {
    for (const [a, b] of [[[19], [19]], [[2, 3, 5], [5]], [[2, 3, 5], [3, 1]], [[1], [7]], [[2, 1, 5], [1, 3, 1]], [[0, 3], [3]]]) {
      await same({ op, inputs: [floats(a), floats(b, 2, 9)] });
    }
    await same({ op, inputs: [SPECIAL, SPECIAL.reshape([19, 1])] });
  });
  test('PRelu, BiasGelu and FastGelu', async () => {
    await same({ op: 'PRelu', inputs: [floats([2, 3, 5]), floats([3, 1], 1, 4)] });
    for (const op of ['BiasGelu', 'FastGelu']) await same({ op, domain: 'com.microsoft', inputs: [floats([3, 7]), floats([7], 1, 4)] }, 5e-7);
    await same({ op: 'FastGelu', domain: 'com.microsoft', inputs: [floats([3, 7])] }, 5e-7);
  });
  test('a difference would be seen', async () => {
    await expect(same({ op: 'Tanh', inputs: [floats([500], 5)] })).rejects.toThrow(/cpu has/);
  });
});
