import { describe, expect, it } from 'vitest';
import { compareValues, DEFAULT_TOLERANCE } from '../../src/tensor/compare.ts';
import { judgeDistribution } from '../../conformance/distribution.ts';
import { mulberry32 } from '../../src/runtime/random.ts';
import { pack, Tensor, type DType, type Sequence, type Value } from '../../src/tensor/index.ts';

const compare = (expected: Value, found: Value | undefined) => compareValues('y', expected, found, DEFAULT_TOLERANCE);
const floats = (...values: number[]): Tensor => new Tensor('float32', Float32Array.from(values), [values.length]);

describe('compareValues', () => {
  it('takes floats within rtol 1e-3 and atol 1e-7 of the expected value', () => {
    expect(compare(floats(1, -200, 0), floats(1.0009, -200.1, 9e-8))).toBeUndefined();
    expect(compare(floats(1, 2, 3), floats(1, 2.01, 2))).toEqual({
      where: 'y', index: [1], expected: '2', found: '2.009999990463257', count: 2, of: 3, maxDifference: 1,
    });
  });

  it('takes equal infinities and NaN, and -0 for 0', () => {
    expect(compare(floats(Infinity, -Infinity, NaN, 0), floats(Infinity, -Infinity, NaN, -0))).toBeUndefined();
    for (const [e, f] of [[Infinity, 3e38], [Infinity, -Infinity], [1, NaN], [NaN, 1], [1, Infinity]]) {
      expect(compare(floats(e!), floats(f!))).toMatchObject({ index: [0] });
    }
  });

  it.each<DType>(['float16', 'bfloat16', 'float8e4m3fn', 'float4e2m1'])('decodes %s', (dtype) => {
    const tensor = (values: number[]): Tensor => pack(dtype, values, [values.length]);
    expect(compare(tensor([0.5, 1, 6]), tensor([0.5, 1, 6]))).toBeUndefined();
    expect(compare(tensor([0.5, 1, 6]), tensor([0.5, 1.5, 6]))).toMatchObject({ index: [1], expected: '1', found: '1.5' });
  });

  it.each<DType>(['int4', 'uint8', 'int32', 'bool'])('takes equal %s only', (dtype) => {
    expect(compare(pack(dtype, [1, 0, 1], [3]), pack(dtype, [1, 0, 1], [3]))).toBeUndefined();
    expect(compare(pack(dtype, [1, 0, 1], [3]), pack(dtype, [1, 1, 1], [3]))).toMatchObject({ index: [1], expected: '0', found: '1', count: 1, maxDifference: 1 });
  });

  it('compares 64-bit integers beyond 2^53, strings, and complex numbers by modulus', () => {
    const long = (v: bigint): Tensor => new Tensor('int64', [v], []);
    expect(compare(long(2n ** 62n), long(2n ** 62n + 1n))).toMatchObject({ index: [], expected: '4611686018427387904', found: '4611686018427387905' });
    expect(compare(new Tensor('string', ['a', 'b'], [2]), new Tensor('string', ['a', 'B'], [2]))).toMatchObject({ index: [1], expected: '"b"', found: '"B"' });
    const complex = (re: number, im: number): Tensor => new Tensor('complex64', Float32Array.of(re, im), []);
    expect(compare(complex(1000, 0), complex(1000, 0.5))).toBeUndefined();
    expect(compare(complex(1000, 0), complex(1000, 2))).toMatchObject({ index: [], expected: '1000 + 0i', found: '1000 + 2i' });
  });

  it('wants the same element type and shape', () => {
    expect(compare(floats(1, 2), new Tensor('float64', [1, 2], [2]))).toEqual({ where: 'y', expected: 'float32[2]', found: 'float64[2]' });
    expect(compare(floats(1, 2), floats(1, 2).reshape([1, 2]))).toEqual({ where: 'y', expected: 'float32[2]', found: 'float32[1, 2]' });
    expect(compare(floats(1), undefined)).toEqual({ where: 'y', expected: 'float32[1]', found: 'nothing' });
  });

  it('looks into sequences, optionals and maps', () => {
    const elem = { kind: 'tensor', dtype: 'float32' } as const;
    const sequence = (...items: Tensor[]): Sequence => ({ kind: 'sequence', elem, items });
    expect(compare(sequence(floats(1), floats(2)), sequence(floats(1), floats(3)))).toMatchObject({ where: 'y.items[1]', index: [0] });
    expect(compare(sequence(floats(1)), sequence())).toEqual({ where: 'y', expected: '1 items', found: '0 items' });
    expect(compare({ kind: 'optional', elem, value: floats(1) }, floats(1))).toBeUndefined();
    expect(compare({ kind: 'optional', elem, value: undefined }, floats(1))).toMatchObject({ expected: 'nothing' });
    const map = (v: number): Value => ({ kind: 'map', key: 'int64', value: elem, entries: new Map([[7n, floats(v)]]) });
    expect(compare(map(1), map(1))).toBeUndefined();
    expect(compare(map(1), map(2))).toMatchObject({ where: 'y["7"]', index: [0] });
  });
});

describe('judgeDistribution', () => {
  const n = 1000;
  const uniform = mulberry32(3);
  const p = Float32Array.from({ length: n }, () => uniform());
  const x = new Tensor('float32', p, [n]);
  const zeros = new Tensor('float32', new Float32Array(n), [n]);
  const judge = (y: Tensor) => judgeDistribution('bernoulli', { name: '', inputs: { x }, outputs: { y: zeros } }, { y });

  it('takes any draw of the right probabilities', () => {
    expect(judge(new Tensor('float32', p.map((v) => (uniform() < v ? 1 : 0)), [n]))).toBeUndefined();
  });

  it('refuses another shape, values out of the support, and a wrong mean', () => {
    expect(judge(zeros.reshape([n, 1]))).toEqual({ where: 'y', expected: 'float32[1000]', found: 'float32[1000, 1]' });
    expect(judge(new Tensor('float32', p, [n]))).toMatchObject({ index: [0], expected: 'one of 0, 1' });
    expect(judge(new Tensor('float32', p.map((v) => (uniform() < v * v ? 1 : 0)), [n]))?.expected).toMatch(/^a mean within/);
  });

  it('checks the mask of a dropout', () => {
    const ones = new Tensor('float32', new Float32Array(n).fill(1), [n]);
    const ratio = new Tensor('float32', [0.25], []);
    const kept = Float32Array.from({ length: n }, () => (uniform() < 0.75 ? 1 : 0));
    const y = new Tensor('float32', kept.map((k) => k / 0.75), [n]);
    const mask = (m: ArrayLike<number>): Tensor => pack('bool', m, [n]);
    const data = { name: '', inputs: { x: ones, ratio }, outputs: { y: zeros, mask: mask(kept) } };
    expect(judgeDistribution('dropout', data, { y, mask: mask(kept) })).toBeUndefined();
    expect(judgeDistribution('dropout', data, { y, mask: mask(kept.map((k) => 1 - k)) })).toMatchObject({ where: 'mask' });
    expect(judgeDistribution('dropout', data, { y: zeros, mask: mask(zeros.data as Float32Array) })?.expected).toMatch(/^a mean within/);
  });
});
