/** Data outside the model file: from disk, from memory, and only from where it may come. */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OnnxError } from '../../src/errors.ts';
import { openModel } from '../../src/model/external-node.ts';
import { DEFAULT_LIMITS, externalFromFiles, loadModel, locationParts, type ReadExternal } from '../../src/model/index.ts';
import { sha1 } from '../../src/model/sha1.ts';
import { encode, model, valueInfo, type TensorProto } from './proto.ts';

const VALUES = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
const DATA = new Uint8Array(VALUES.buffer);
const SHA1 = createHash('sha1').update(DATA).digest('hex');

let base: string, folder: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'nibble-external-'));
  folder = join(base, 'model');
  mkdirSync(join(folder, 'weights'), { recursive: true });
  writeFileSync(join(folder, 'data.bin'), DATA);
  writeFileSync(join(folder, 'weights', 'deep.bin'), DATA);
  writeFileSync(join(base, 'outside.bin'), DATA);
  symlinkSync(join(base, 'outside.bin'), join(folder, 'link.bin'));
  symlinkSync(join(folder, 'data.bin'), join(folder, 'inner-link.bin'));
  symlinkSync(base, join(folder, 'up'));
  linkSync(join(base, 'outside.bin'), join(folder, 'hard.bin'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** A model whose one initializer [n] lies at these entries. */
function external(entries: Record<string, string>, dims = [2], more: TensorProto = {}): Uint8Array {
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  return encode(model({ initializer: [{ name: 'w', dataType: 1, dims, dataLocation: 1, externalData, ...more }], output: [valueInfo('w')] }));
}

function fromDisk(entries: Record<string, string>, dims?: number[]): number[] {
  writeFileSync(join(folder, 'model.onnx'), external(entries, dims));
  const { bytes, readExternal } = openModel(join(folder, 'model.onnx'), DEFAULT_LIMITS);
  return read(bytes, readExternal);
}

function read(bytes: Uint8Array, readExternal?: ReadExternal): number[] {
  const { graph } = loadModel(bytes, readExternal && { readExternal });
  return Array.from(graph.edges.get('w')!.tensor!.data as Float32Array);
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof OnnxError) return error.code;
    throw error;
  }
  return 'none';
}

describe.each(['disk', 'memory'])('from %s', (source) => {
  const get = (entries: Record<string, string>, dims?: number[]) => (source === 'disk' ? fromDisk(entries, dims)
    : read(external(entries, dims), externalFromFiles([{ path: 'data.bin', data: DATA.slice() }, { path: './weights/deep.bin', data: DATA.slice().buffer }])));

  test('a range, a whole file, a file further down', () => {
    expect(get({ location: 'data.bin', offset: '8', length: '8' })).toEqual([2, 3]);
    expect(get({ location: 'data.bin', offset: '4' })).toEqual([1, 2]);
    expect(get({ location: './weights//deep.bin', length: '32' }, [2, 4])).toEqual([...VALUES]);
  });

  test('a checksum of the whole file is verified, in either case', () => {
    expect(get({ location: 'data.bin', offset: '8', checksum: SHA1 })).toEqual([2, 3]);
    expect(get({ location: 'data.bin', checksum: SHA1.toUpperCase() })).toEqual([0, 1]);
    expect(codeOf(() => get({ location: 'data.bin', checksum: `${SHA1.slice(0, -1)}x` }))).toBe('E_EXTERNAL_DATA');
  });

  test.each<Record<string, string>>([
    { location: 'data.bin', offset: '28', length: '8' }, { location: 'data.bin', offset: '1000' }, { location: 'missing.bin' },
    { location: 'data.bin', length: '4' }, { location: 'data.bin', length: '12' }, { location: 'data.bin', offset: '-4' },
    { location: 'data.bin', offset: '4.5' }, { location: 'data.bin', offset: '1e1' }, { location: 'data.bin', offset: ' 4' },
    { location: 'data.bin', offset: '9007199254740993' }, { location: 'data.bin', offset: '18446744073709551616' },
    { location: 'data.bin', length: '' }, { location: 'data.bin', __class__: 'x' }, { location: 'data.bin', __proto__x: 'x' }, {}, { offset: '0' },
    { location: '' }, { location: '.' }, { location: '/etc/passwd' }, { location: '../outside.bin' }, { location: 'weights/../../outside.bin' },
    { location: 'weights/../data.bin' }, { location: 'C:\\windows\\x' }, { location: 'C:data.bin' }, { location: '..\\outside.bin' }, { location: '\\\\host\\share' },
    { location: 'file:///etc/passwd' }, { location: 'data.bin\0.txt' }, { location: '%2e%2e/outside.bin' }, { location: '*/_ORT_MEM_ADDR_/*' }, { location: 'weights' },
  ])('refuses %j', (entries) => {
    expect(codeOf(() => get(entries))).toBe('E_EXTERNAL_DATA');
  });
});

test.each(['link.bin', 'inner-link.bin', 'up/outside.bin', 'up/model/data.bin', 'hard.bin', 'pipe', 'weights', 'data.bin/x'])('on disk, %s is refused', (location) => {
  expect(codeOf(() => fromDisk({ location }))).toBe('E_EXTERNAL_DATA');
});

test('in memory, the last part of a path is enough while it is unambiguous', () => {
  const files = [{ path: '/home/me/data.bin', data: DATA }];
  expect(read(external({ location: 'sub/data.bin' }), externalFromFiles(files))).toEqual([0, 1]);
  expect(codeOf(() => read(external({ location: 'sub/data.bin' }), externalFromFiles([...files, { path: 'other/data.bin', data: DATA }])))).toBe('E_EXTERNAL_DATA');
});

test('in memory, a Node Buffer at any address will do', () => {
  const file = Buffer.concat([Buffer.from([9]), DATA]).subarray(1);
  expect(read(external({ location: 'data.bin', offset: '4' }), externalFromFiles([{ path: 'data.bin', data: file }]))).toEqual([1, 2]);
  const odd = Buffer.concat([Buffer.from([9]), DATA]);
  expect(read(external({ location: 'data.bin', offset: '1' }), externalFromFiles([{ path: 'data.bin', data: odd }]))).toEqual([0, 1]);
});

test('without a source, with data in both places, with strings, or beyond the limit it is refused', () => {
  const readExternal = externalFromFiles([{ path: 'data.bin', data: DATA }]);
  const entries = { location: 'data.bin' };
  expect(codeOf(() => read(external(entries)))).toBe('E_EXTERNAL_DATA');
  expect(codeOf(() => read(external(entries, [2], { floatData: [1, 2] }), readExternal))).toBe('E_MODEL');
  expect(codeOf(() => read(external(entries, [2], { dataType: 8 }), readExternal))).toBe('E_MODEL');
  expect(codeOf(() => read(external(entries, [2], { dataLocation: 0 }), readExternal))).toBe('E_MODEL');
  expect(codeOf(() => loadModel(external(entries), { readExternal, limits: { externalBytes: 7 } }))).toBe('E_LIMIT');
});

test('the model itself must be a readable file within the limit', () => {
  expect(codeOf(() => openModel(join(folder, 'nothing.onnx'), DEFAULT_LIMITS))).toBe('E_INPUT');
  expect(codeOf(() => openModel(folder, DEFAULT_LIMITS))).toBe('E_INPUT');
  expect(codeOf(() => openModel(join(folder, 'data.bin'), { ...DEFAULT_LIMITS, fileBytes: 31 }))).toBe('E_LIMIT');
});

test('a location is split into the parts below the folder', () => {
  expect(locationParts('a/./b\\c.bin')).toEqual(['a', 'b', 'c.bin']);
  expect(locationParts('..data')).toEqual(['..data']);
});

test('sha1 agrees with the platform at every length around a block', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 255);
    expect(sha1(bytes)).toBe(createHash('sha1').update(bytes).digest('hex'));
  }
});
