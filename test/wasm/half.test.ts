/** float16 through float32, 16-bit codes, integers and truth values, beside the scalar provider. */
import { describe, expect, test } from 'vitest';
import { f16FromF32 } from '../../src/numeric/index.ts';
import { sizeOf, Tensor, type DType } from '../../src/tensor/index.ts';
import { allSame, both, floats, same, type NodeCase } from './beside-cpu.ts';

const MS = 'com.microsoft';
const half = (dims: readonly number[], scale = 2, seed = 1): Tensor =>
  new Tensor('float16', Uint16Array.from(floats(dims, scale, seed).data as Float32Array, f16FromF32) as never, dims);
const TAILS = Array.from({ length: 68 }, (_, i) => i);

describe('float16', () => {
  test('what is exact in float32 is rounded once', () => allSame([1, 5, 67].flatMap((n): NodeCase[] => [
    ...['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'].map((op) => ({ op, inputs: [half([3, n]), half([n], 2, 7)] })),
    ...['Abs', 'Neg', 'Relu', 'Ceil', 'Floor', 'Reciprocal'].map((op) => ({ op, inputs: [half([n], 9)] })),
    { op: 'Mul', inputs: [half([3, n]), half([n], 2, 7)], constants: [1] },
    { op: 'ReduceMean', attrs: { keepdims: 1 }, inputs: [half([3, n]), new Tensor('int64', BigInt64Array.of(-1n), [1])], constants: [1] },
  ])));
  test('products are summed in float32', async () => {
    for (const constants of [[], [1]]) {
      await same({ op: 'MatMul', inputs: [half([3, 40]), half([40, 19], 1, 5)], constants });
      await same({ op: 'Gemm', attrs: { transB: 1 }, inputs: [half([3, 40]), half([19, 40], 1, 5), half([19], 1, 6)], constants });
    }
  });
  test('skipped layer norms', () => allSame([1, 33, 64].flatMap((n): NodeCase[] => [
    { op: 'SkipLayerNormalization', domain: MS, attrs: { epsilon: 1e-5 }, inputs: [half([2, 3, n]), half([2, 3, n], 2, 3), half([n], 1, 4), half([n], 1, 5)], constants: [2, 3] },
    { op: 'SkipSimplifiedLayerNormalization', domain: MS, attrs: { epsilon: 1e-5 }, inputs: [half([2, 3, n]), half([2, 3, n], 2, 3), half([n], 1, 4)] },
  ])));
  test('one step of float16 at most where there is an exponential', async () => {
    const cases: NodeCase[] = [
      ...['Exp', 'Sigmoid', 'Tanh'].map((op) => ({ op, inputs: [half([500], 4)] })),
      { op: 'QuickGelu', domain: MS, attrs: { alpha: 1.702 }, inputs: [half([500], 4)] },
    ];
    const { wasm, cpu } = await both(...cases);
    wasm.forEach((t, k) => {
      const found = t.data as Uint16Array, wanted = cpu[k].data as Uint16Array;
      const steps = Array.from(wanted, (v, i) => Math.abs(v - found[i]));
      expect(Math.max(...steps), cases[k].op).toBeLessThanOrEqual(1);
      expect(steps.filter((s) => s > 0).length, cases[k].op).toBeLessThan(5);
    });
  });
});

describe.each<['uint16' | 'int16' | 'int32', number]>([['uint16', 300], ['int16', -77], ['int32', 0]])('%s', (type, zero) => {
  const made = (values: readonly number[], dims: readonly number[]): Tensor =>
    new Tensor(type, type === 'uint16' ? Uint16Array.from(values) : type === 'int16' ? Int16Array.from(values) : Int32Array.from(values), dims);
  const codes = (dims: readonly number[]): Tensor => made(Array.from({ length: sizeOf(dims) }, (_, i) => Math.imul(i + 3, 0x9e3779b1)), dims);
  const zeros = (n: number): Tensor => made(Array.from({ length: n }, (_, i) => (type === 'int32' ? 0 : zero + i)), n === 1 ? [] : [n]);

  test('DequantizeLinear: tails, channels, float16', () => allSame(TAILS.flatMap((n): NodeCase[] => [
    { op: 'DequantizeLinear', inputs: [codes([n]), floats([]), zeros(1)], constants: [2] },
    { op: 'DequantizeLinear', attrs: { axis: 1 }, inputs: [codes([2, 3, n]), floats([3], 1, n), zeros(3)], constants: [2] },
    ...(type === 'int32' ? [] : [{ op: 'DequantizeLinear', inputs: [codes([n]), half([]), zeros(1)], constants: [2] }]),
  ])));
  test.skipIf(type === 'int32')('QuantizeLinear: tails, channels, ties and specials (int32 is not quantized to)', () => allSame(TAILS.flatMap((n): NodeCase[] => {
    const x = (dims: readonly number[]): Tensor => new Tensor('float32', Float32Array.from({ length: sizeOf(dims) }, (_, i) => [0.5, 1.5, NaN, 1e9, -1e9, Infinity, -0.25][i % 7] + ((i * 97) % 131)), dims);
    const scale = (...values: number[]): Tensor => new Tensor('float32', Float32Array.from(values), values.length === 1 ? [] : [values.length]);
    return [
      { op: 'QuantizeLinear', inputs: [x([n]), scale(0.5), zeros(1)] },
      { op: 'QuantizeLinear', attrs: { axis: 1 }, inputs: [x([2, 3, n]), scale(0.5, 0.01, 1), zeros(3)] },
    ];
  })));
});

const integers = (type: DType, dims: readonly number[], seed = 1): Tensor => {
  const values = Array.from({ length: sizeOf(dims) }, (_, i) => Math.imul(i + seed, 0x9e3779b1) >> (i % 5) * 6);
  const data = type === 'int64' ? BigInt64Array.from(values, (v) => BigInt(v) ** 2n * (v < 0 ? -1n : 1n)) : type === 'uint64' ? BigUint64Array.from(values, (v) => BigInt.asUintN(64, BigInt(v)))
    : type === 'uint32' ? Uint32Array.from(values) : Int32Array.from(values);
  return new Tensor(type, data as Int32Array, dims);
};

describe.each(['int32', 'uint32', 'int64', 'uint64'] as const)('%s', (type) => {
  const signed = type === 'int32' || type === 'int64';
  test('arithmetic wraps, on every tail', () => allSame(TAILS.flatMap((n): NodeCase[] => ['Add', 'Sub', 'Mul', ...(signed ? ['Min', 'Max'] : [])].map((op) => (
    { op, inputs: [integers(type, [2, n]), integers(type, n % 3 === 0 ? [1] : n % 3 === 1 ? [n] : [2, 1], 9)] }
  )))));
  test.skipIf(!signed)('comparisons (unsigned ones stay on cpu)', () => allSame(TAILS.flatMap((n): NodeCase[] => ['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].map((op) => (
    { op, inputs: [integers(type, [2, n]), integers(type, n % 2 === 0 ? [n] : [2, 1], n % 3 === 0 ? 1 : 4)] }
  )))));
});

test('float comparisons with NaN and zeros', () => {
  const x = new Tensor('float32', Float32Array.of(0, -0, 1, NaN, Infinity, -Infinity, 2), [7]);
  return allSame(['Equal', 'Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual'].map((op) => ({ op, inputs: [x, x.reshape([7, 1])] })));
});

test('logic', () => {
  const bools = (dims: readonly number[], by: number): Tensor => new Tensor('bool', Uint8Array.from({ length: sizeOf(dims) }, (_, i) => ((i * by) >> 1) & 1), dims);
  return allSame(TAILS.flatMap((n): NodeCase[] => ['And', 'Or', 'Xor'].map((op) => ({ op, inputs: [bools([3, n], 3), bools(n % 2 === 0 ? [n] : [3, 1], 5)] }))));
});

test('reductions over axes that are not neighbours', () => allSame(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'].flatMap((op): NodeCase[] =>
  [[0, 2], [1, 3], [0, 3], [0, 2, 3]].flatMap((axes) => [0, 1].map((keepdims) => ({
    op, attrs: { keepdims }, inputs: [floats([3, 5, 4, 7]), new Tensor('int64', BigInt64Array.from(axes, BigInt), [axes.length])], constants: [1],
  }))))));
