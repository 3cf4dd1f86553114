import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { pack, Tensor } from '../../src/tensor/index.ts';

test('tensors of every kind of type print their elements', () => {
  expect(String(pack('int4', [-8, 7, 0, 1, -1], [5]))).toBe('int4[5] [-8, 7, 0, 1, -1]');
  expect(String(pack('uint2', [3, 0, 1, 2], [2, 2]))).toBe('uint2[2, 2] [[3, 0], [1, 2]]');
  expect(String(pack('float4e2m1', [0.5, -6], [2]))).toBe('float4e2m1[2] [0.5, -6]');
  expect(String(pack('float16', [0.1, 65504], [2]))).toBe('float16[2] [0.09997559, 65504]');
  expect(String(new Tensor('int64', [2n ** 60n, -1n], [2]))).toBe('int64[2] [1152921504606846976, -1]');
  expect(String(new Tensor('string', ['a', 'b"'], [2]))).toBe('string[2] ["a", "b\\""]');
  expect(String(new Tensor('bool', [1, 0], [2]))).toBe('bool[2] [true, false]');
  expect(String(new Tensor('complex64', [1, -2], [1]))).toBe('complex64[1] [1-2i]');
  expect(String(new Tensor('float32', [3], []))).toBe('float32[] 3');
  expect(String(new Tensor('float32', [], [0, 2]))).toBe('float32[0, 2] []');
  expect(String(new Tensor('float32', new Float32Array(1000), [1000]))).toMatch(/^float32\[1000\] \[0, .*, \.\.\.\]$/);
  expect(inspect(pack('int4', [1, -1], [2]))).toBe('int4[2] [1, -1]');
});
