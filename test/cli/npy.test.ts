import { describe, expect, it } from 'vitest';
import { decodeNpy, decodeNpz, encodeNpy, encodeNpz } from '../../src/cli/npy.ts';
import { DTYPES, dtypeInfo, storageLength, Tensor, type DType } from '../../src/tensor/index.ts';

const NUMPY: readonly DType[] = ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'float32', 'float64', 'complex64', 'complex128'];

function file(header: string, data: readonly number[]): Uint8Array {
  const bytes = [...`\x93NUMPY\x01\x00`].map((c) => c.charCodeAt(0));
  return Uint8Array.from([...bytes, header.length & 255, header.length >> 8, ...new TextEncoder().encode(header), ...data]);
}

describe('.npy files', () => {
  it.each(NUMPY)('keep %s tensors of any rank', (dtype) => {
    const array = dtypeInfo(dtype).array!;
    for (const dims of [[], [0], [3], [2, 3], [2, 1, 2]]) {
      const size = dims.reduce((a, b) => a * b, 1);
      const data = new array(storageLength(dtype, size)).map((_: number | bigint, i: number) => (typeof new array(1)[0] === 'bigint' ? BigInt(i % 2) : i % 2) as never);
      const tensor = new Tensor(dtype, data as Float32Array, dims);
      const bytes = encodeNpy(tensor);
      expect(bytes.length).toBe((bytes[8]! + 256 * bytes[9]! + 10) + data.byteLength);
      expect((bytes[8]! + 256 * bytes[9]! + 10) % 64).toBe(0); // NumPy aligns the data
      const back = decodeNpy(bytes);
      expect([back.type, back.dims, back.data]).toEqual([dtype, dims, data]);
    }
  });

  it('keep strings', () => {
    const tensor = new Tensor('string', ['', 'naïve', '語 🙂'], [3, 1]);
    const back = decodeNpy(encodeNpy(tensor));
    expect([back.dims, back.data]).toEqual([[3, 1], ['', 'naïve', '語 🙂']]);
  });

  it('refuse the types NumPy lacks', () => {
    for (const dtype of DTYPES.filter((t) => t !== 'string' && !NUMPY.includes(t))) {
      expect(() => encodeNpy(new Tensor(dtype, new Uint8Array(0) as never, [0]))).toThrow(/E_INPUT|E_TYPE/);
    }
  });

  it('are read as NumPy writes them: column-major too, versions 1 and 2', () => {
    const header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n";
    const tensor = decodeNpy(file(header, [1, 4, 2, 5, 3, 6]));
    expect([tensor.dims, Array.from(tensor.data as Uint8Array)]).toEqual([[2, 3], [1, 2, 3, 4, 5, 6]]);
    const one = file(header, [1, 4, 2, 5, 3, 6]);
    const two = Uint8Array.from([...one.subarray(0, 6), 2, 0, one[8]!, one[9]!, 0, 0, ...one.subarray(10)]);
    expect(decodeNpy(two)).toEqual(tensor);
  });

  it('refuse what they cannot read', () => {
    expect(() => decodeNpy(Uint8Array.of(1, 2, 3))).toThrow(/E_PARSE: not a .npy file/);
    expect(() => decodeNpy(file("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", [0, 0, 0, 0]))).toThrow(/too short; expected 8 bytes of data; found 4/);
    expect(() => decodeNpy(file("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", [0, 0, 0, 0]))).toThrow(/E_TYPE.*found >f4/);
  });

  it('come together in .npz archives', () => {
    const tensors = new Map([['a', new Tensor('int64', [1n, -2n], [2])], ['b', new Tensor('float32', [0.5], [])]]);
    expect(decodeNpz(encodeNpz(tensors))).toEqual(tensors);
    expect(() => decodeNpz(Uint8Array.of(1, 2))).toThrow(/E_PARSE/);
  });
});
