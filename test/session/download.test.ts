/** Models from URLs: progress, files beside them, and clear errors. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serve, type Server } from '../../examples/browser/server.ts';
import { InferenceSession, OnnxError, type LoadProgress, type Tensor } from '../../src/main.ts';
import { encode, model, valueInfo } from '../model/proto.ts';

const DIGITS = 'models/digits/qdq_u8s8/model.onnx';
const WEIGHTS = Float32Array.of(1, 2, 3, 4);

let folder: string, server: Server;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nibble-download-'));
  mkdirSync(join(folder, 'weights'));
  writeFileSync(join(folder, 'weights', 'w 1.bin'), new Uint8Array(WEIGHTS.buffer));
  writeFileSync(join(folder, 'digits.onnx'), readFileSync(DIGITS));
  for (const location of ['weights/w 1.bin', 'gone.bin', '../digits.onnx']) {
    const externalData = [{ key: 'location', value: location }];
    writeFileSync(join(folder, `${location.replaceAll(/\W/g, '-')}.onnx`), encode(model({
      initializer: [{ name: 'w', dataType: 1, dims: [4], dataLocation: 1, externalData }], output: [valueInfo('w')],
    })));
  }
  server = await serve({ folders: { '/': folder } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

async function refusal(create: Promise<unknown>): Promise<string> {
  const error = await create.then(() => undefined, (e: unknown) => e);
  expect(error).toBeInstanceOf(OnnxError);
  return (error as OnnxError).message;
}

test('progress is told from nothing to all', async () => {
  const seen: LoadProgress[] = [];
  const url = `${server.url}/digits.onnx`;
  await InferenceSession.create(url, { onProgress: (p) => seen.push(p) });
  const total = readFileSync(DIGITS).length;
  expect(seen[0]).toEqual({ file: url, loaded: 0, total });
  expect(seen.at(-1)).toEqual({ file: url, loaded: total, total });
  expect(seen.map((p) => p.loaded)).toEqual(seen.map((p) => p.loaded).sort((a, b) => a - b));
});

test('a path tells its progress once', async () => {
  const seen: LoadProgress[] = [];
  await InferenceSession.create(DIGITS, { onProgress: (p) => seen.push(p) });
  const total = readFileSync(DIGITS).length;
  expect(seen).toEqual([{ file: DIGITS, loaded: total, total }]);
});

test('external data is fetched from beside the model', async () => {
  const files = new Set<string>();
  const session = await InferenceSession.create(`${server.url}/weights-w-1-bin.onnx`, { onProgress: (p) => files.add(p.file) });
  expect([...((await session.run({}))['w'] as Tensor).data]).toEqual([...WEIGHTS]);
  expect([...files]).toEqual([`${server.url}/weights-w-1-bin.onnx`, `${server.url}/weights/w%201.bin`]);
});

test('external data is fetched from a URL that is given', async () => {
  const externalData = [{ path: 'gone.bin', data: `${server.url}/weights/w%201.bin` }];
  const session = await InferenceSession.create(`${server.url}/gone-bin.onnx`, { externalData });
  expect([...((await session.run({}))['w'] as Tensor).data]).toEqual([...WEIGHTS]);
});

test('what cannot be fetched is named, with the reason', async () => {
  expect(await refusal(InferenceSession.create(`${server.url}/no.onnx`))).toBe(`E_INPUT: ${server.url}/no.onnx cannot be fetched; found HTTP 404 Not Found`);
  expect(await refusal(InferenceSession.create(`${server.url}/gone-bin.onnx`))).toBe(`E_INPUT: ${server.url}/gone.bin cannot be fetched; found HTTP 404 Not Found`);
  expect(await refusal(InferenceSession.create(`${server.url}/---digits-onnx.onnx`))).toContain('E_EXTERNAL_DATA: the external location "../digits.onnx" is not a plain path below the model');
  expect(await refusal(InferenceSession.create('http://localhost:1/model.onnx'))).toContain('E_INPUT: http://localhost:1/model.onnx cannot be fetched; found ');
  expect(await refusal(InferenceSession.create(`${server.url}/digits.onnx`, { limits: { fileBytes: 100 } }))).toContain(`E_LIMIT: ${server.url}/digits.onnx is too large; expected at most 100 bytes; found `);
});

test('loading is cancelled by its signal', async () => {
  const stop = new AbortController();
  expect(await refusal(InferenceSession.create(`${server.url}/digits.onnx`, { signal: stop.signal, onProgress: () => stop.abort() }))).toContain('E_ABORTED: the download of');
  expect(await refusal(InferenceSession.create(DIGITS, { signal: AbortSignal.abort() }))).toContain('E_ABORTED: loading was cancelled');
});
