/** Kernels of the WebGPU provider beside the scalar ones: every width of element, sizes that do not fill words, rows of odd length, ties. */
import { describe, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { floats, same, type Case } from './compare.ts';
import { pack, Tensor, type DType } from '../../src/main.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

/** Elements of a type, no two neighbours equal. */
function sample(type: DType, dims: readonly number[], seed = 0): Tensor {
  const size = dims.reduce((a, b) => a * b, 1);
  const element = (i: number): number => (type === 'bool' ? ((i * 5 + seed) % 7) & 1 : ((i * 37 + seed * 11) % 101) - (type.startsWith('u') ? 0 : 50));
  return pack(type, Array.from({ length: size }, (_, i) => element(i)), dims);
}
const given = (tensor: Tensor) => ({ tensor });
const ints = (...values: readonly number[]) => ({ tensor: new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]), constant: true });

const MOVES: readonly ((type: DType) => Omit<Case, 'outputs'>)[] = [
  (t) => ({ op: 'Transpose', attributes: { perm: [2, 0, 1] }, inputs: [given(sample(t, [3, 5, 7]))] }),
  (t) => ({ op: 'Slice', inputs: [given(sample(t, [3, 5, 7])), ints(-1, 1), ints(-99, 4), ints(2, 1), ints(-2, 2)] }),
  (t) => ({ op: 'Concat', attributes: { axis: 1 }, inputs: Array.from({ length: 9 }, (_, i) => given(sample(t, [3, i % 4, 3], i))) }),
  (t) => ({ op: 'Tile', inputs: [given(sample(t, [3, 5])), ints(2, 3)] }),
  (t) => ({ op: 'Expand', inputs: [given(sample(t, [3, 1, 7])), ints(2, 1, 5, 1)] }),
  (t) => ({ op: 'Gather', attributes: { axis: 1 }, inputs: [given(sample(t, [3, 5, 3])), ints(4, -5, 2, 2)] }),
  (t) => ({ op: 'Pad', inputs: [given(sample(t, [3, 5, 7])), ints(1, 0, -2, 0, -1, 3)] }),
  (t) => ({ op: 'Where', inputs: [given(sample('bool', [5, 1])), given(sample(t, [3, 5, 7])), given(sample(t, [3, 1, 7], 5))] }),
  (t) => ({ op: 'Reshape', inputs: [given(sample(t, [3, 5, 7])), ints(7, -1)] }),
];

describe.skipIf(reason !== undefined)('webgpu beside cpu', () => {
  test.each(['float32', 'float16', 'int8', 'bool'] as const)('%s moves', async (type) => {
    for (const move of MOVES) await same({ ...move(type), outputs: [type] });
  });

  test('integers wrap, comparisons are of every type', async () => {
    for (const type of ['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8'] as const) {
      for (const op of ['Add', 'Sub', 'Mul', 'Max']) await same({ op, inputs: [given(sample(type, [3, 5])), given(sample(type, [5], 3))], outputs: [type] });
      await same({ op: 'LessOrEqual', inputs: [given(sample(type, [3, 5])), given(sample(type, [3, 1], 3))], outputs: ['bool'] });
    }
  });

  test('casts', async () => {
    const values = new Tensor('float32', Float32Array.of(0, -0, 0.5, -1.5, 65520, 65519, 6e-8, 1e-8, 3e9, -3e9, 300, -129, NaN, Infinity, 16777217), [15]);
    for (const to of [10, 2, 3, 4, 5, 6, 12, 9]) {
      const outputs: readonly DType[] = [({ 10: 'float16', 2: 'uint8', 3: 'int8', 4: 'uint16', 5: 'int16', 6: 'int32', 12: 'uint32', 9: 'bool' } as const)[to as 2]];
      await same({ op: 'Cast', attributes: { to }, inputs: [given(values)], outputs });
    }
    const wide = new Tensor('int32', Int32Array.of(16777217, -16777219, 2147483647, -2147483648, 33554433, 7), [6]);
    await same({ op: 'Cast', attributes: { to: 1 }, inputs: [given(wide)] });
  });

  test('quotients are correctly rounded, and quantized as such', async () => {
    const x = floats([4096], 300);
    await same({ op: 'Div', inputs: [given(x), given(floats([4096], 3))] });
    // every code and the halves between them, for scales whose multiples round
    for (const scale of [0.1, 0.003, 7.7e-5, 1.1e-38]) {
      const ties = new Tensor('float32', Float32Array.from({ length: 1030 }, (_, i) => Math.fround((i - 515) / 2) * Math.fround(scale)), [1030]);
      for (const type of ['int8', 'uint8', 'int16'] as const) {
        await same({ op: 'QuantizeLinear', inputs: [given(ties), given(new Tensor('float32', [scale], [])), given(pack(type, [3], []))], outputs: [type] });
      }
    }
    const rows = given(new Tensor('float32', [0.1, 0.7, 3], [3]));
    for (const type of ['int4', 'uint4', 'int8'] as const) {
      await same({ op: 'QuantizeLinear', attributes: { axis: 0 }, inputs: [given(floats([3, 5], 4)), rows, given(pack(type, [1, 2, 3], [3]))], outputs: [type] });
      await same({ op: 'DequantizeLinear', attributes: { axis: 0 }, inputs: [given(sample(type, [3, 5])), rows, given(pack(type, [1, 2, 3], [3]))] });
    }
  });

  test('rows of odd length, in both float types', async () => {
    for (const type of ['float32', 'float16'] as const) {
      const tolerance = type === 'float32' ? 1e-6 : 1e-3;
      const make = (dims: readonly number[], scale = 2): { tensor: Tensor } => given(pack(type, floats(dims, scale).data as Float32Array, dims));
      for (const length of [1, 7, 131]) {
        const x = make([3, length]), row = make([length]);
        await same({ op: 'Softmax', inputs: [x], outputs: [type], tolerance });
        await same({ op: 'LayerNormalization', inputs: [x, row, row], outputs: [type], tolerance: length === 1 ? 1e-2 : tolerance });
        await same({ op: 'SkipSimplifiedLayerNormalization', domain: 'com.microsoft', inputs: [given(x.tensor.reshape([1, 3, length])), given(x.tensor.reshape([1, 3, length])), row], outputs: [type], tolerance });
        await same({ op: 'ReduceMean', attributes: { keepdims: 0 }, inputs: [x, ints(0)], outputs: [type], tolerance });
      }
      for (const op of ['Sigmoid', 'Tanh', 'Erf', 'Exp', 'Softplus', 'Gelu']) await same({ op, inputs: [make([301], 6)], outputs: [type], tolerance });
    }
  });
});
