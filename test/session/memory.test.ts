/** What a session on a file holds: weights once, in the form their kernels want; the file gives them again to whoever asks. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, ModelBuilder } from '../../src/model/index.ts';
import { InferenceSession, Tensor, type Value } from '../../src/main.ts';
import { amount, FULL } from '../full.ts';

const K = 2048, BLOCK = 32;

/** A chain of MatMulNBits with 4-bit weights, 2.6 MB each at K = 2048. */
function chain(layers: number, k: number): Uint8Array {
  const b = new ModelBuilder({ opset: 21, irVersion: 10 });
  let x = b.input('x', 'float32', [1, k]);
  for (let i = 0; i < layers; i++) {
    const w = b.constant(`w${i}`, new Tensor('uint8', new Uint8Array((k * k) / 2).map((_, j) => j * 31 + (j >> 7) * i), [k, k / BLOCK, BLOCK / 2]));
    const s = b.constant(`s${i}`, new Tensor('float32', new Float32Array((k * k) / BLOCK).fill(1 / 64), [(k * k) / BLOCK]));
    x = b.node('MatMulNBits', [x, w, s], { K: k, N: k, bits: 4, block_size: BLOCK, accuracy_level: 4 }, { domain: 'com.microsoft' });
  }
  b.output(x, 'y', { kind: 'tensor', dtype: 'float32', shape: [1, k] });
  return b.bytes();
}

const feeds = () => ({ x: new Tensor('float32', Float32Array.from({ length: K }, (_, i) => Math.sin(i)), [1, K]) });

const bits = (value: Value): Buffer => {
  const { buffer, byteOffset, byteLength } = (value as Tensor).data as Float32Array;
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));
};

describe('a 4-bit model in a file', () => {
  let folder: string, path: string;
  const bytes = chain(3, K);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'nibble-memory-'));
    path = join(folder, 'model.onnx');
    writeFileSync(path, bytes);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('gives what the same model in memory gives: results, the saved model, weights fetched by name', async () => {
    const [stored, given] = await Promise.all([InferenceSession.create(path), InferenceSession.create(bytes)]);
    for (const names of [['y'], ['w1', 's2']]) {
      const [a, b] = [await stored.run(feeds(), names), await given.run(feeds(), names)];
      for (const name of names) expect(bits(a[name]).equals(bits(b[name]))).toBe(true);
    }
    expect(Buffer.from(await stored.save()).equals(await given.save())).toBe(true);
  });

  test('a file that has changed is a typed error for who needs it, and none for runs', async () => {
    const other = join(folder, 'changing.onnx');
    writeFileSync(other, bytes);
    const s = await InferenceSession.create(other);
    const before = bits((await s.run(feeds())).y);
    utimesSync(other, 1, 1);
    expect(bits((await s.run(feeds())).y).equals(before)).toBe(true);
    await expect((async () => s.save())()).rejects.toMatchObject({ code: 'E_INPUT', message: expect.stringContaining('has changed') as string });
    rmSync(other);
    expect(bits((await s.run(feeds())).y).equals(before)).toBe(true);
  });

  test('the scalar provider reads its weights at once: the file may go', async () => {
    const other = join(folder, 'going.onnx');
    writeFileSync(other, bytes);
    const s = await InferenceSession.create(other, { executionProviders: ['cpu'] });
    rmSync(other);
    expect(((await s.run(feeds())).y as Tensor).dims).toEqual([1, K]);
  });

  test('broken files are judged as their bytes are', async () => {
    for (const length of [10, 4000, 1_000_000, bytes.length - 1]) {
      writeFileSync(join(folder, 'broken.onnx'), bytes.subarray(0, length));
      const code = (() => {
        try {
          return loadModel(bytes.subarray(0, length)).producerName;
        } catch (error) {
          return (error as { code: string }).code;
        }
      })();
      await expect(InferenceSession.create(join(folder, 'broken.onnx'))).rejects.toMatchObject({ code });
    }
  });

  /** Memory of a process of its own that creates a session and runs it: bytes of arrays after a collection, and the largest RSS over that of the idle process. */
  function measure(file: string, k: number): { arrays: number; peak: number; after: number } {
    const script = `
      import { readFileSync } from 'node:fs';
      import { InferenceSession, Tensor } from './src/main.ts';
      // Not resourceUsage(): its largest RSS is also that of the process that started this one.
      const most = () => { try { return 1024 * Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]); } catch { return process.memoryUsage.rss(); } };
      const idle = most();
      const s = await InferenceSession.create(${JSON.stringify(file)}, { executionProviders: [{ name: 'wasm', numThreads: 1 }, 'cpu'] });
      const peak = most() - idle;
      for (let i = 0; i < 3; i++) await s.run({ x: new Tensor('float32', new Float32Array(${k}).fill(1), [1, ${k}]) });
      for (let i = 0; i < 3; i++) {
        gc();
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      console.log(JSON.stringify({ arrays: process.memoryUsage().arrayBuffers, peak, after: most() - idle }));`;
    return JSON.parse(execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script], { encoding: 'utf8', timeout: 120_000 })) as { arrays: number; peak: number; after: number };
  }

  test('holds no weights beside the packed ones, and no more than 1.5 times the file at any time', () => {
    const [layers, k] = [amount(6, 20), amount(K, 4096)];
    const file = join(folder, 'large.onnx');
    writeFileSync(file, chain(layers, k));
    const size = statSync(file).size;
    const { arrays, peak, after } = measure(file, k);
    console.log(`${(size / 1e6).toFixed(0)} MB: ${(arrays / 1e6).toFixed(0)} MB of arrays beside linear memory, ${(peak / 1e6).toFixed(0)} MB at most, ${(after / 1e6).toFixed(0)} MB with runs`);
    expect(arrays).toBeLessThan(0.25 * size);
    if (FULL) expect(size).toBeGreaterThan(200e6);
    expect(Math.max(peak, after)).toBeLessThan(1.5 * size + 64e6);
  });
});
