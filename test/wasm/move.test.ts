/** Operators that move elements, beside the scalar provider. */
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../src/main.ts';
import { both, floats, same } from './beside-cpu.ts';

const ints = (...values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);

/** 0, 1, 2... in a type of each width. */
function counting(type: 'uint8' | 'float16' | 'float32' | 'int64', dims: readonly number[]): Tensor {
  const values = Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => i);
  const data = { uint8: Uint8Array, float16: Uint16Array, float32: Float32Array }[type as 'uint8']?.from(values) ?? BigInt64Array.from(values, BigInt);
  return new Tensor(type, data as never, [...dims]);
}

describe.each(['uint8', 'float16', 'float32', 'int64'] as const)('%s', (type) => {
  test.each<[number[], number[]]>([
    [[5], [0]], [[3, 4], [1, 0]], [[17, 35], [1, 0]], [[2, 3, 5], [2, 0, 1]], [[2, 3, 5], [0, 2, 1]], [[2, 9, 3, 8], [0, 2, 1, 3]],
    [[2, 9, 3, 8], [3, 1, 0, 2]], [[1, 6, 1, 7], [3, 2, 1, 0]], [[2, 2, 3, 2, 5], [4, 0, 3, 1, 2]], [[0, 3], [1, 0]], [[4, 66], [1, 0]],
  ])('Transpose %j by %j', (dims, perm) => same({ op: 'Transpose', attrs: { perm }, inputs: [counting(type, dims)] }));
  test('Slice', async () => {
    for (const [starts, ends, axes, steps] of [[[1], [4], [1], [1]], [[-1], [-9], [0], [-2]], [[0, 3], [9, 1], [0, 2], [2, -1]], [[2], [2], [1], [1]]]) {
      await same({ op: 'Slice', inputs: [counting(type, [5, 6, 7]), ints(...starts), ints(...ends), ints(...axes), ints(...steps)] });
    }
  });
  test('Concat and Split', async () => {
    for (const axis of [0, 1, -1]) {
      const part = (n: number) => counting(type, [2, 3, 5].map((d, i) => (i === (axis + 3) % 3 ? n : d)));
      await same({ op: 'Concat', attrs: { axis }, inputs: [part(1), part(0), part(20), part(3)] });
      await same({ op: 'Split', attrs: { axis }, inputs: [part(12), ints(1, 0, 11)], outputs: 3 });
    }
  });
  test('Expand', async () => {
    for (const [dims, shape] of [[[3, 1], [2, 3, 4]], [[1], [70]], [[2, 1, 3], [5, 1]], [[4], [1]]]) {
      await same({ op: 'Expand', inputs: [counting(type, dims), ints(...shape)] });
    }
  });
  test('Gather', async () => {
    for (const axis of [0, 1, 2]) {
      const indices = new Tensor('int32', Int32Array.of(2, 0, -1, 1), [2, 2]);
      await same({ op: 'Gather', attrs: { axis }, inputs: [counting(type, [3, 4, 5]), indices] });
      await same({ op: 'Gather', attrs: { axis }, inputs: [counting(type, [3, 4, 5]), ints(-3, 1)] });
    }
  });
});

test('an index out of range is refused', async () => {
  await expect(both({ op: 'Gather', inputs: [floats([3, 2]), ints(0, 3)] })).rejects.toThrow(/index is out of range/);
});

test('Where chooses with all three operands broadcast', async () => {
  const condition = (dims: number[]) => new Tensor('bool', Uint8Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => (i * 7) % 3 & 1), dims);
  for (const [c, x, y] of [[[2, 3, 7], [2, 3, 7], [2, 3, 7]], [[3, 1], [2, 1, 7], [7]], [[2, 3, 7], [], [2, 3, 7]], [[1], [5, 9], [9]], [[6], [1], [4, 1]]]) {
    await same({ op: 'Where', inputs: [condition(c), floats(x), floats(y, 2, 5)] });
  }
});

test.each<[string, string, number[]]>([
  ['float32', 'int32', [0, -0.9, 1.5, -2.5, 2147483520, 2147483648, -2147483648, 3e9, -3e9, NaN, Infinity, -Infinity, 7]],
  ['float32', 'int64', [0, -0.9, 1.5, 1e18, 9223372036854775807, -9223372036854775808, 1e20, NaN, -Infinity]],
  ['float32', 'bool', [0, -0, 1e-40, NaN, -1]],
  ['float32', 'float16', [0, -0, 1, 65504, 65520, 1e-7, 5.96e-8, 1 + 2 ** -11, 1 + 3 * 2 ** -11, Infinity, -Infinity, 0.1]],
  ['int32', 'float32', [0, 16777217, -16777219, 2147483647, -2147483648, 5, 6, 7, 8]], ['int64', 'float32', [0, 16777217, -16777219, 5]],
  ['uint8', 'float32', [0, 1, 255, 128, 7]], ['bool', 'float32', [1, 0, 1, 1, 0]], ['int32', 'int64', [-1, 5, 2147483647]], ['int64', 'int32', [-1, 5, 4294967297]],
  ['uint8', 'int32', [255, 0, 1]], ['bool', 'int64', [1, 0, 1]],
])('Cast %s to %s', async (from, to, values) => {
  const array = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, bool: Uint8Array }[from];
  const x = new Tensor(from as 'float32', (array?.from(values) ?? BigInt64Array.from(values, BigInt)) as Float32Array, [values.length]);
  const onnx = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 }[to]!;
  await same({ op: 'Cast', attrs: { to: onnx }, inputs: [x] });
});

test('Cast float16 to float32 keeps every value', () => {
  const all = new Tensor('float16', Uint16Array.from({ length: 65536 }, (_, i) => i) as never, [65536]);
  return same({ op: 'Cast', attrs: { to: 1 }, inputs: [all] });
});
