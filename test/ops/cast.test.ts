/** Cast: all values of all small types to every type, beside onnxruntime where it has the pair; text; 64-bit integers. */
import { expect, test } from 'vitest';
import { ModelBuilder } from '../../src/model/builder.ts';
import { decodeTable, f16FromF32 } from '../../src/numeric/index.ts';
import { dtypeInfo, DTYPES, pack, storageLength, Tensor, unpack, type DType, type TypedArray } from '../../src/tensor/index.ts';
import { runHere, runOrt } from '../../conformance/fuzz/beside-ort.ts';

/** Types whose tensors onnxruntime-node hands over; the others are read through a second Cast. */
const PLAIN = new Set<DType>(['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'bool', 'string', 'float16']);
/** Types onnxruntime 1.30 does not cast. */
const ONLY_HERE = new Set<DType>(['float4e2m1', 'float6e2m3', 'float6e3m2']);

const TARGETS = DTYPES.filter((t) => dtypeInfo(t).class !== 'complex');
const SMALL = TARGETS.filter((t) => dtypeInfo(t).bits > 0 && dtypeInfo(t).bits <= 16);

/** Every value of a type of at most 16 bits. */
function everyValue(type: DType): Tensor {
  const { bits, array } = dtypeInfo(type);
  const count = type === 'bool' ? 2 : type.startsWith('float6') ? 64 : 2 ** bits;
  const data = new array!(storageLength(type, count));
  const bytes = new Uint8Array(data.buffer);
  for (let code = 0; code < count; code++) {
    if (bits === 16) data[code] = code;
    else if (bits === 8) bytes[code] = code;
    else bytes[(code * bits) >> 3]! |= code << ((code * bits) & 7);
  }
  return new Tensor(type, data, [count]);
}

function castModel(x: Tensor, to: DType, opset: number): Uint8Array {
  const b = new ModelBuilder({ opset, irVersion: opset > 26 ? 14 : 13 });
  const y = b.node('Cast', [b.constant('x', x)], { to: dtypeInfo(to).onnx });
  const out: DType = PLAIN.has(to) ? to : 'float32';
  b.output(PLAIN.has(to) ? y : b.node('Cast', [y], { to: 1 }), 'y', { kind: 'tensor', dtype: out, shape: x.dims });
  return b.bytes();
}

const RANGES: Partial<Record<DType, readonly [number, number]>> = {
  uint2: [0, 3], int2: [-2, 1], uint4: [0, 15], int4: [-8, 7], uint8: [0, 255], int8: [-128, 127], uint16: [0, 65535], int16: [-32768, 32767],
  uint32: [0, 2 ** 32 - 1], int32: [-(2 ** 31), 2 ** 31 - 1], uint64: [0, 2 ** 64 - 2048], int64: [-(2 ** 63), 2 ** 63 - 1024],
};

/**
 * Which values are compared: those whose result ONNX defines, and where onnxruntime 1.30 follows it. Integers may leave
 * the range of integers (they wrap), floats may not.
 */
function isCompared(from: DType, to: DType): (x: number) => boolean {
  const range = RANGES[to];
  if (to === 'float8e8m0') return (x) => x > 0 || Object.is(x, 0);
  // onnxruntime takes -0 of 8-bit floats for true and 2^-127 for false
  if (to === 'bool') return (x) => from !== 'float8e8m0' && !(from.startsWith('float8') && Object.is(x, -0));
  if (range === undefined || dtypeInfo(from).class !== 'float') return () => true;
  const [low, high] = [range[0] - 1, range[1] + 1];
  // and rounds ties away from zero on the way to integers below 8 bits, where the specification has them even
  return dtypeInfo(to).bits < 8 ? (x) => x > low && x < high && Math.abs(x % 1) !== 0.5 : (x) => x > low && x < high;
}

test('small types to every type: as onnxruntime', async () => {
  let compared = 0;
  for (const from of SMALL.filter((t) => !ONLY_HERE.has(t))) {
    const x = everyValue(from);
    const values = unpack(x);
    for (const to of TARGETS.filter((t) => !ONLY_HERE.has(t))) {
      const model = castModel(x, to, 25);
      const [there, here] = [(await runOrt(model, {}))['y']!, (await runHere(model, {}))['y']!];
      const [a, b] = [here, there].map((t) => (t.type === 'float16' ? unpack(t) : t.data) as ArrayLike<unknown>) as [ArrayLike<unknown>, ArrayLike<unknown>];
      expect([here.type, here.dims], `${from} to ${to}`).toEqual([there.type, there.dims]);
      const compare = isCompared(from, to);
      for (let i = 0; i < x.size; i++) {
        if (!compare(values[i]!)) continue;
        if (!Object.is(a[i], b[i])) expect(a[i], `${from} ${values[i]} to ${to}`).toBe(b[i]);
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan(3_000_000);
});

test('float4 and float6 hold every value of their tables, and round half to even', async () => {
  for (const type of ONLY_HERE) {
    const x = everyValue(type);
    const wide = (await runHere(castModel(x, 'float32', 28), {}))['y']!;
    expect([...wide.data]).toEqual([...decodeTable(type).slice(0, x.size)]);
    const back = (await runHere(castModel(wide, type, 28), {}))['y']!;
    expect([...back.data]).toEqual([...wide.data]);
  }
  const halfway = pack('float32', [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5, 100, -100], [9]);
  expect([...(await runHere(castModel(halfway, 'float4e2m1', 28), {}))['y']!.data]).toEqual([0, 1, 1, 2, 2, 4, 4, 6, -6]);
});

test('floats beyond an integer type give what x86 conversions give', async () => {
  const x = new Tensor('float64', [300, -129, 1e10, 2147483648, 4294967296, 1e19, NaN, Infinity, -Infinity], [9]);
  const cast = async (to: DType) => [...((await runHere(castModel(x, to, 25), {}))['y']!.data as ArrayLike<unknown> as unknown[])];
  expect(await cast('int8')).toEqual([44, 127, 0, 0, 0, 0, 0, 0, 0]);
  expect(await cast('int32')).toEqual([300, -129, ...new Array<number>(7).fill(-2147483648)]);
  expect(await cast('uint32')).toEqual([300, 4294967167, 0, 2147483648, 0, 0, 2147483648, 0, 2147483648]);
  const min = -(2n ** 63n);
  expect(await cast('int64')).toEqual([300n, -129n, 10000000000n, 2147483648n, 4294967296n, min, min, min, min]);
});

test('64-bit integers keep all their bits, and round once on their way to floats', async () => {
  const longs = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n, 9007199791611905n, -9007199791611905n, 4611686293305294849n, 0x1_0000_0081n];
  const x = new Tensor('int64', longs, [longs.length]);
  const cast = async (to: DType) => [...((await runHere(castModel(x, to, 25), {}))['y']!.data as ArrayLike<unknown> as unknown[])];
  expect(await cast('string')).toEqual(longs.map(String));
  expect(await cast('uint64')).toEqual(longs.map((v) => BigInt.asUintN(64, v)));
  expect(await cast('int8')).toEqual(longs.map((v) => Number(BigInt.asIntN(8, v))));
  for (const to of ['float32', 'float64', 'bool', 'uint4'] as const) {
    const model = castModel(x, to, 25);
    expect([...(await runHere(model, {}))['y']!.data], to).toEqual([...(await runOrt(model, {}))['y']!.data]);
  }
});

test('doubles round once to float16', async () => {
  const x = new Tensor('float64', [1 + 2 ** -11 + 2 ** -40], [1]); // through float32 the last bit is lost and the tie goes to 1
  expect((await runHere(castModel(x, 'float16', 25), {}))['y']!.data[0]).toBe(f16FromF32(1 + 2 ** -10));
});

test('numbers to text: as onnxruntime', async () => {
  const values = [0, -0, 1.5, 0.1, 1 / 3, 123456.789, 1e7, 99999999, 1e8, 1.5e8, 12345678.5, 12345679.5, 1e-4, 0.00012345678, 1e-5, 9.9999999e-5, 1e-45, 3.4e38, 1e300, -2.5e-300, NaN, Infinity, -Infinity];
  for (const type of ['float32', 'float64', 'float16'] as const) {
    const x = type === 'float16' ? pack(type, values, [values.length]) : new Tensor(type, values, [values.length]);
    const model = castModel(x, 'string', 21);
    expect([...(await runHere(model, {}))['y']!.data], type).toEqual([...(await runOrt(model, {}))['y']!.data]);
  }
});

test('text to numbers: as onnxruntime for numerals, refused for other text', async () => {
  const numerals = ['0', '1', '-1', ' 42', '3.14', '1e-5', '1E8', '.5', '5.', '+7', '100.5', '-0'];
  const special = ['INF', '+inf', '-Inf', 'NaN', 'nan'];
  for (const to of ['float32', 'float64', 'float16'] as const) {
    const texts = [...numerals, ...special];
    const model = castModel(new Tensor('string', texts, [texts.length]), to, 21);
    expect([...(await runHere(model, {}))['y']!.data], to).toEqual([...(await runOrt(model, {}))['y']!.data]);
  }
  const integers = ['0', '-1', '300', '9223372036854775807', '-9223372036854775808', ' 42'];
  for (const to of ['int8', 'uint8', 'int32', 'int64', 'uint64', 'bool'] as const) {
    const model = castModel(new Tensor('string', integers, [integers.length]), to, 21);
    expect([...((await runHere(model, {}))['y']!.data as TypedArray)], to).toEqual([...((await runOrt(model, {}))['y']!.data as TypedArray)]);
  }
  for (const text of ['', 'abc', '42abc', '1_000', '99999999999999999999', 'NaN']) {
    await expect(runHere(castModel(new Tensor('string', [text], [1]), 'int64', 21), {}), text).rejects.toMatchObject({ code: 'E_VALUE' });
  }
});
