/** Operators that move elements, beside the scalar provider. */
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../src/main.ts';
import { allSame, both, floats, same, taken, type NodeCase } from './beside-cpu.ts';

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

test('Gather from a constant table', async () => {
  for (const [dims, axis] of [[[5, 16], 0], [[2, 3, 4, 5], 1], [[2, 3, 17], -2]] as const) {
    for (const indices of [ints(2, 0, -1), new Tensor('int32', Int32Array.of(1, -2, 0, 0), [2, 2])]) {
      await same({ op: 'Gather', attrs: { axis }, inputs: [floats(dims), indices], constants: [0] });
    }
  }
});

test('an index out of range is refused', async () => {
  for (const constants of [[], [0]]) {
    await expect(both({ op: 'Gather', inputs: [floats([3, 16]), ints(0, 3)], constants })).rejects.toThrow(/index is out of range/);
    await expect(both({ op: 'Gather', inputs: [floats([3, 16]), ints(-4)], constants })).rejects.toThrow(/index is out of range/);
  }
});

test('Where chooses with all three operands broadcast', async () => {
  const condition = (dims: number[]) => new Tensor('bool', Uint8Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => (i * 7) % 3 & 1), dims);
  for (const [c, x, y] of [[[2, 3, 7], [2, 3, 7], [2, 3, 7]], [[3, 1], [2, 1, 7], [7]], [[2, 3, 7], [], [2, 3, 7]], [[1], [5, 9], [9]], [[6], [1], [4, 1]]]) {
    await same({ op: 'Where', inputs: [condition(c), floats(x), floats(y, 2, 5)] });
  }
});

/** Numbers that are special to a type, as its own array. */
const NUMBERS: Readonly<Record<string, readonly [number | undefined, Tensor]>> = {
  float32: [1, new Tensor('float32', Float32Array.of(0, -0, -0.9, 1.5, -2.5, 255, 256.7, -129, 65536, 2147483520, 2147483648, -2147483648, 3e9, 1e18, 9223372036854775807, 1e20, NaN, Infinity, -Infinity, 1e-40, 65520), [21])],
  float16: [10, new Tensor('float16', Uint16Array.from({ length: 3000 }, (_, i) => (i * 22) & 0xffff) as never, [3000])],
  float64: [11, new Tensor('float64', Float64Array.of(0, -0, 1 + 2 ** -24, 1 + 3 * 2 ** -25, 1e300, 1e-46, NaN, 3), [8])],
  int64: [7, new Tensor('int64', BigInt64Array.of(0n, -1n, 5n, 255n, 65537n, 16777217n, 4294967297n, -(2n ** 63n), 2n ** 63n - 1n), [9])],
  int32: [6, new Tensor('int32', Int32Array.of(0, -1, 5, 255, 256, 65537, 16777217, -16777219, 2147483647, -2147483648, 7), [11])],
  int16: [5, new Tensor('int16', Int16Array.of(0, -1, 255, 256, 32767, -32768, 7), [7])],
  uint16: [4, new Tensor('uint16', Uint16Array.of(0, 255, 256, 65535, 32768), [5])],
  int8: [3, new Tensor('int8', Int8Array.of(0, -1, 127, -128, 7), [5])],
  uint8: [2, new Tensor('uint8', Uint8Array.of(0, 1, 255, 128, 7), [5])],
  bool: [9, new Tensor('bool', Uint8Array.of(1, 0, 1, 1, 0), [5])],
};

test('Cast between all of these types that wasm takes', async () => {
  const pairs = Object.keys(NUMBERS).flatMap((from) => Object.keys(NUMBERS).filter((to) => to !== from).map((to) => [from, to] as const));
  const cases = pairs.map(([from, to]): NodeCase => ({ op: 'Cast', attrs: { to: NUMBERS[to][0]! }, inputs: [NUMBERS[from][1]] }));
  const ours = await taken(cases);
  expect(ours.length).toBeGreaterThanOrEqual(69);
  await allSame(ours);
});

test('Cast float16 to float32 keeps every value', () => {
  const all = new Tensor('float16', Uint16Array.from({ length: 65536 }, (_, i) => i) as never, [65536]);
  return same({ op: 'Cast', attrs: { to: 1 }, inputs: [all] });
});
