/** Packing and unpacking of every element type that is not one array entry an element. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byteLength, DTYPES, dtypeFromOnnx, dtypeInfo, int64, isNative, pack, packData, storageLength, Tensor, toInts, unpack, writeElements } from '../../src/tensor/index.ts';

const INTEGERS = [
  { dtype: 'int4', bits: 4, lowest: -8, highest: 7 }, { dtype: 'uint4', bits: 4, lowest: 0, highest: 15 },
  { dtype: 'int2', bits: 2, lowest: -2, highest: 1 }, { dtype: 'uint2', bits: 2, lowest: 0, highest: 3 },
] as const;

describe.each(INTEGERS)('$dtype', ({ dtype, bits, lowest, highest }) => {
  const perByte = 8 / bits;

  test('every byte holds its elements low bits first', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const elements = unpack(new Tensor(dtype, bytes, [256 * perByte]));
    elements.forEach((value, i) => {
      const code = (bytes[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) % 2 ** bits;
      expect(value).toBe(code > highest ? code - 2 ** bits : code);
    });
    expect(new Uint8Array(packData(dtype, elements, elements.length) as Uint8Array)).toEqual(bytes);
  });

  test('sizes that do not fill the last byte leave zeros in it', () => {
    for (let size = 0; size <= 9; size++) {
      const tensor = pack(dtype, Array<number>(size).fill(-1), [size]);
      const data = tensor.data as Uint8Array;
      expect(data.length).toBe(Math.ceil(size / perByte));
      expect(data.reduce((ones, byte) => ones + (byte & 255).toString(2).replaceAll('0', '').length, 0)).toBe(size * bits);
    }
  });

  test('values beyond the range keep their low bits', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 17 }), (values) => {
      const wrapped = values.map((v) => ((((v - lowest) % 2 ** bits) + 2 ** bits) % 2 ** bits) + lowest);
      expect([...unpack(pack(dtype, values, [values.length]))]).toEqual(wrapped);
    }));
  });
});

test.each(['float4e2m1', 'float6e2m3', 'float6e3m2', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0', 'float16', 'bfloat16'] as const)('%s: unpack then pack gives the same codes', (dtype) => {
  const { bits, array } = dtypeInfo(dtype);
  const valid = (code: number) => (dtype.startsWith('float6') ? code & 63 : code);
  const entries = array === Uint16Array ? 65536 : 256;
  const data = new (array as Uint8ArrayConstructor)(entries).map((_, i) => valid(i));
  const tensor = new Tensor(dtype, data, [bits === 4 ? 512 : entries]);
  const values = unpack(tensor);
  const back = pack(dtype, values, tensor.dims, false);
  const again = unpack(back);
  values.forEach((v, i) => { if (!Object.is(v, again[i])) throw new Error(`${dtype} element ${i}: ${v} became ${again[i]}`); });
  if (bits === 4) expect(back.data).toEqual(tensor.data);
});

test('the table of types agrees with itself', () => {
  expect(DTYPES.length).toBe(28);
  for (const dtype of DTYPES) {
    const info = dtypeInfo(dtype);
    expect(dtypeFromOnnx(info.onnx)).toBe(dtype);
    if (info.array === undefined) continue;
    const bytes = byteLength(dtype, 13);
    expect(bytes).toBe(dtype === 'bool' ? 13 : Math.ceil((13 * info.bits) / 8));
    expect(new Tensor(dtype, new info.array(storageLength(dtype, 13)), [13]).size).toBe(13);
  }
  expect(dtypeFromOnnx(0)).toBeUndefined();
  expect(dtypeFromOnnx(29)).toBeUndefined();
});

test('native types are taken and given without a copy', () => {
  const data = Float32Array.of(1, 2);
  expect(unpack(new Tensor('float32', data, [2]))).toBe(data);
  expect(packData('float32', data, 2)).toBe(data);
  for (const dtype of DTYPES) if (isNative(dtype)) expect(dtypeInfo(dtype).perElement).toBe(1);
});

test('integers wrap to their width, booleans to 0 and 1, and nothing throws on NaN', () => {
  const values = [0, -1, 255, 256, 65536.9, 2 ** 31, 2 ** 32 + 5, NaN];
  expect([...packData('int8', values, 8) as Int8Array]).toEqual([0, -1, -1, 0, 0, 0, 5, 0]);
  expect([...packData('uint16', values, 8) as Uint16Array]).toEqual([0, 65535, 255, 256, 0, 0, 5, 0]);
  expect([...packData('int32', values, 8) as Int32Array]).toEqual([0, -1, 255, 256, 65536, -(2 ** 31), 5, 0]);
  expect([...packData('bool', [0, -0, 0.5, NaN, 2], 5) as Uint8Array]).toEqual([0, 0, 1, 0, 1]);
  expect([...packData('int64', values, 8) as BigInt64Array]).toEqual([0n, -1n, 255n, 256n, 65536n, 2n ** 31n, 2n ** 32n + 5n, -(2n ** 63n)]);
  expect([...packData('uint64', [1, -1, 2 ** 63], 3) as BigUint64Array]).toEqual([1n, 2n ** 64n - 1n, 2n ** 63n]);
});

test('writeElements overwrites what was in packed memory', () => {
  const out = Uint8Array.of(255, 255, 255);
  writeElements('uint4', out, [1, 2, 3], 3);
  expect([...out]).toEqual([0x21, 0x03, 0]);
});

test('toInts reads every integer type, and refuses the others', () => {
  expect(toInts(int64([-3, 2 ** 40]))).toEqual([-3, 2 ** 40]);
  expect(toInts(new Tensor('int64', BigInt64Array.of(2n ** 63n - 1n), [1]))).toEqual([2 ** 63]);
  expect(toInts(pack('int4', [-8, 7, 1], [3]))).toEqual([-8, 7, 1]);
  expect(toInts(new Tensor('bool', Uint8Array.of(1, 0), [2]))).toEqual([1, 0]);
  expect(() => toInts(new Tensor('float32', [1], [1]))).toThrow('E_TYPE');
  expect(() => unpack(int64([1]))).toThrow('E_TYPE');
});
