/** Tensor messages: every element type from its typed field and from raw bytes, and values of test files. */
import { describe, expect, test } from 'vitest';
import { decodeTensor, decodeValue, encodeTensor, encodeValue, loadModel } from '../../src/model/index.ts';
import { encodeMessage, encoders } from '../../src/model/encode.ts';
import { toLong, type SparseTensorProto, type TensorProto } from '../../src/model/proto.ts';
import { dtypeInfo, int64, Tensor, unpack, type DType, type Value, type ValueType } from '../../src/tensor/index.ts';
import { encode, floatTensor, model, node, valueInfo } from './proto.ts';

const decode = (proto: TensorProto): Tensor => decodeTensor(encodeMessage(encoders.TensorProto, { name: 't', ...proto })).tensor;

/** The same three (or for packed types five) elements in the typed field and as raw little-endian bytes. */
const ENCODINGS: readonly { dtype: DType; dims: number[]; typed: TensorProto; raw: number[] }[] = [
  { dtype: 'float32', dims: [2], typed: { floatData: [1, -2] }, raw: [0, 0, 128, 63, 0, 0, 0, 192] },
  { dtype: 'complex64', dims: [1], typed: { floatData: [1, -2] }, raw: [0, 0, 128, 63, 0, 0, 0, 192] },
  { dtype: 'float64', dims: [1], typed: { doubleData: [1] }, raw: [0, 0, 0, 0, 0, 0, 240, 63] },
  { dtype: 'complex128', dims: [1], typed: { doubleData: [1, 0] }, raw: [0, 0, 0, 0, 0, 0, 240, 63, 0, 0, 0, 0, 0, 0, 0, 0] },
  { dtype: 'int32', dims: [2], typed: { int32Data: [-2, 2 ** 31 - 1] }, raw: [254, 255, 255, 255, 255, 255, 255, 127] },
  { dtype: 'int16', dims: [2], typed: { int32Data: [-2, 300] }, raw: [254, 255, 44, 1] },
  { dtype: 'uint16', dims: [2], typed: { int32Data: [65535, 300] }, raw: [255, 255, 44, 1] },
  { dtype: 'int8', dims: [3], typed: { int32Data: [-128, 0, 127] }, raw: [128, 0, 127] },
  { dtype: 'uint8', dims: [3], typed: { int32Data: [128, 0, 255] }, raw: [128, 0, 255] },
  { dtype: 'bool', dims: [3], typed: { int32Data: [1, 0, 2] }, raw: [1, 0, 255] },
  { dtype: 'float16', dims: [2], typed: { int32Data: [0x3c00, 0xfbff] }, raw: [0, 0x3c, 0xff, 0xfb] },
  { dtype: 'bfloat16', dims: [2], typed: { int32Data: [0x3f80, 0xc000] }, raw: [0x80, 0x3f, 0, 0xc0] },
  { dtype: 'int64', dims: [2], typed: { int64Data: [toLong(-(2n ** 63n)), toLong(5)] }, raw: [0, 0, 0, 0, 0, 0, 0, 128, 5, 0, 0, 0, 0, 0, 0, 0] },
  { dtype: 'uint64', dims: [1], typed: { uint64Data: [toLong(2n ** 64n - 2n, true)] }, raw: [254, 255, 255, 255, 255, 255, 255, 255] },
  { dtype: 'uint32', dims: [2], typed: { uint64Data: [2 ** 32 - 1, 7] }, raw: [255, 255, 255, 255, 7, 0, 0, 0] },
  ...(['float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0', 'float6e2m3', 'float6e3m2'] as const).map((dtype) => (
    { dtype, dims: [3], typed: { int32Data: [1, 0x11, 0x3f] }, raw: [1, 0x11, 0x3f] })),
  ...(['int4', 'uint4', 'float4e2m1'] as const).map((dtype) => ({ dtype, dims: [5], typed: { int32Data: [0x21, 0xf3, 0x04] }, raw: [0x21, 0xf3, 0x04] })),
  ...(['int2', 'uint2'] as const).map((dtype) => ({ dtype, dims: [5], typed: { int32Data: [0xe4, 0x02] }, raw: [0xe4, 0x02] })),
];

test.each(ENCODINGS)('$dtype is the same from its field and from raw bytes', ({ dtype, dims, typed, raw }) => {
  const dataType = dtypeInfo(dtype).onnx;
  const [a, b] = [decode({ dims, dataType, ...typed }), decode({ dims, dataType, rawData: Uint8Array.from(raw) })];
  expect(a.type).toBe(dtype);
  expect(a.data).toEqual(b.data);
  expect(decodeTensor(encodeTensor(a, 'name'))).toEqual({ name: 'name', tensor: a });
});

test('all 28 types are covered, strings by string_data', () => {
  expect(new Set(ENCODINGS.map((e) => e.dtype)).size).toBe(27);
  const strings = decode({ dims: [2], dataType: 8, stringData: ['', 'z\u00fc'].map((s) => new TextEncoder().encode(s)) });
  expect(strings.data).toEqual(['', 'z\u00fc']);
});

test('packed elements come low bits first, booleans as 0 and 1, 64-bit integers exact', () => {
  expect([...unpack(decode({ dims: [5], dataType: 22, int32Data: [0x21, 0xf3, 0x04] }))]).toEqual([1, 2, 3, -1, 4]);
  expect([...unpack(decode({ dims: [5], dataType: 26, int32Data: [0xe4, 0x02] }))]).toEqual([0, 1, -2, -1, -2]);
  expect([...decode({ dims: [3], dataType: 9, rawData: Uint8Array.of(0, 7, 1) }).data]).toEqual([0, 1, 1]);
  expect([...decode({ dims: [1], dataType: 7, int64Data: [toLong(2n ** 53n + 1n)] }).data]).toEqual([2n ** 53n + 1n]);
});

test('a Node Buffer at an odd address reads like any other bytes', () => {
  const bytes = encodeTensor(new Tensor('float64', [1.5, -2], [2]), 'x');
  const moved = Buffer.concat([Buffer.from([0]), bytes]).subarray(1);
  expect([...decodeTensor(moved).tensor.data]).toEqual([1.5, -2]);
});

test('shared memory is copied before it is looked at', () => {
  const bytes = encode(model({ initializer: [{ name: 'w', dataType: 2, dims: [8192], rawData: new Uint8Array(8192) }], output: [valueInfo('w')] }));
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const { graph } = loadModel(shared);
  expect((graph.edges.get('w')!.tensor!.data as Uint8Array).buffer).toBeInstanceOf(ArrayBuffer);
});

describe('values of test files', () => {
  const float: ValueType = { kind: 'tensor', dtype: 'float32', shape: [2] };
  const tensor = new Tensor('float32', [1, 2], [2]);
  const sequence: Value = { kind: 'sequence', elem: float, items: [tensor, tensor] };
  const map: Value = { kind: 'map', key: 'string', value: float, entries: new Map([['a', tensor]]) };
  const cases: readonly [string, ValueType, Value][] = [
    ['a tensor', float, tensor],
    ['a sequence', { kind: 'sequence', elem: float }, sequence],
    ['an empty sequence', { kind: 'sequence', elem: float }, { kind: 'sequence', elem: float, items: [] }],
    ['a sequence of sequences', { kind: 'sequence', elem: { kind: 'sequence', elem: float } }, { kind: 'sequence', elem: { kind: 'sequence', elem: float }, items: [sequence] }],
    ['an optional', { kind: 'optional', elem: float }, { kind: 'optional', elem: float, value: tensor }],
    ['an empty optional', { kind: 'optional', elem: float }, { kind: 'optional', elem: float, value: undefined }],
    ['an optional sequence', { kind: 'optional', elem: { kind: 'sequence', elem: float } }, { kind: 'optional', elem: { kind: 'sequence', elem: float }, value: sequence }],
    ['a map with string keys', { kind: 'map', key: 'string', value: float }, map],
    ['a map with integer keys', { kind: 'map', key: 'int64', value: float }, { kind: 'map', key: 'int64', value: float, entries: new Map([[-(2n ** 62n), tensor]]) }],
    ['a sequence of maps', { kind: 'sequence', elem: { kind: 'map', key: 'string', value: float } }, { kind: 'sequence', elem: { kind: 'map', key: 'string', value: float }, items: [map] }],
  ];
  test.each(cases)('%s', (_, type, value) => {
    expect(decodeValue(encodeValue(value, 'v'), type)).toEqual(value);
  });

  test('a map needs as many values as keys', () => {
    const bytes = encodeMessage(encoders.MapProto, { keyType: 7, keys: [1, 2], values: { elemType: 1, tensorValues: [floatTensor('', [1])] } });
    expect(() => decodeValue(bytes, { kind: 'map', key: 'int64', value: float })).toThrow('E_MODEL');
  });
});

describe('sparse initializers become dense', () => {
  const load = (sparse: SparseTensorProto) => loadModel(encode(model({ sparseInitializer: [sparse], output: [valueInfo('s')] }))).graph.edges.get('s')!.tensor!;

  test('linear indices, coordinates, packed and string values', () => {
    const values = floatTensor('s', [5, 6]);
    expect(load({ values, indices: { dims: [2], dataType: 7, int64Data: [1, 5] }, dims: [2, 3] })).toEqual(new Tensor('float32', [0, 5, 0, 0, 0, 6], [2, 3]));
    expect(load({ values, indices: { dims: [2, 2], dataType: 7, int64Data: [0, 1, 1, 2] }, dims: [2, 3] })).toEqual(new Tensor('float32', [0, 5, 0, 0, 0, 6], [2, 3]));
    const packed = load({ values: { name: 's', dims: [3], dataType: 22, int32Data: [0x2f, 0x03] }, indices: { dims: [3], dataType: 7, int64Data: [0, 3, 4] }, dims: [5] });
    expect([...unpack(packed)]).toEqual([-1, 0, 0, 2, 3]);
    const text = load({ values: { name: 's', dims: [1], dataType: 8, stringData: [new TextEncoder().encode('x')] }, indices: { dims: [1], dataType: 7, int64Data: [1] }, dims: [2] });
    expect(text.data).toEqual(['', 'x']);
    const long = load({ values: { name: 's', dims: [1], dataType: 7, int64Data: [toLong(2n ** 60n)] }, indices: { dims: [1], dataType: 7, int64Data: [1] }, dims: [2] });
    expect(long).toEqual(int64([0, 2 ** 60]));
  });
});

test('an initializer that is also an input is its default; before IR 4 it is a constant', () => {
  const parts = { input: [valueInfo('x', 'float32', [1]), valueInfo('w', 'float32', [1])], initializer: [floatTensor('w', [1])], node: [node('Add', ['x', 'w'], ['y'])], output: [valueInfo('y')] };
  const newer = loadModel(encode(model(parts))).graph;
  expect(newer.inputs.map((e) => e.name)).toEqual(['x', 'w']);
  expect(newer.edges.get('w')!.constant).toBeInstanceOf(Tensor);
  const older = loadModel(encode(model(parts, { irVersion: 3 }))).graph;
  expect(older.inputs.map((e) => e.name)).toEqual(['x']);
  expect(older.edges.get('w')!.constant).toBeInstanceOf(Tensor);
});
