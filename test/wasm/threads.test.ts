/** Several threads give the bits of one, whatever the tails; and threads that die, sessions beside each other, and an end by itself. */
import { execFileSync } from 'node:child_process';
import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, test } from 'vitest';
import { createMemory, LinearArena } from '../../kernels/wasm/memory.ts';
import { loadKernels, type Kernels } from '../../kernels/wasm/modules.ts';
import { WasmRuntime } from '../../kernels/wasm/runtime.ts';
import { CLOSING, DONE, EPOCH, READY } from '../../kernels/wasm/threads/job.ts';
import { ThreadPool } from '../../kernels/wasm/threads/pool.ts';
import { threadCount } from '../../kernels/wasm/threads/start.ts';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { sizeOf, type DType, type TypedArray } from '../../src/tensor/index.ts';
import { amount } from '../full.ts';
import { floats, modelOf, type NodeCase } from './beside-cpu.ts';

const MS = 'com.microsoft';
const TAILS = Array.from({ length: 68 }, (_, i) => i).filter((i) => i % amount(8, 2) === 1 || i === 66);

const codes = (type: 'uint8' | 'int8', dims: readonly number[], seed = 1): Tensor => {
  const data = Float32Array.from(floats([sizeOf(dims)], 128, seed).data as Float32Array, Math.floor);
  return new Tensor(type, Array.from(data, (v) => (type === 'uint8' ? v + 128 : v)), dims);
};
const one = (type: DType, value: number): Tensor => new Tensor(type, [value], []);
const scale = (value = 0.02): Tensor => one('float32', value);

function nbits(m: number, k: number, n: number, bits: number, level: number): NodeCase {
  const blocks = Math.ceil(k / 32);
  const inputs = [floats([m, k]), codes('uint8', [n, blocks, 4 * bits]), floats([n * blocks], 0.1)];
  return { op: 'MatMulNBits', domain: MS, inputs, constants: [1, 2], attrs: { K: k, N: n, bits, block_size: 32, accuracy_level: level } };
}

const FAMILIES: Readonly<Record<string, (t: number) => NodeCase[]>> = {
  'integer products': (t) => [
    { op: 'MatMulInteger', inputs: [codes('uint8', [1 + (t % 9), 33]), codes('int8', [33, t], 2), one('uint8', 120)], constants: [1] },
    { op: 'QLinearMatMul', inputs: [codes('int8', [t, 18]), scale(), one('int8', 3), codes('uint8', [18, 21], 2), scale(), one('uint8', 130), scale(0.3), one('int8', 1)] },
    { op: 'DynamicQuantizeMatMul', domain: MS, inputs: [floats([1 + (t % 5), 16]), codes('int8', [16, t], 2), scale()], constants: [1, 2] },
  ],
  'integer convolutions': (t) => [
    { op: 'QLinearConv', attrs: { pads: [1, 1, 1, 1] }, constants: [3, 4, 5], inputs: [codes('uint8', [1, 3, 5, t]), scale(), one('uint8', 120), codes('int8', [9, 3, 3, 3]), scale(), one('int8', 0), scale(0.4), one('uint8', 128)] },
    { op: 'ConvInteger', attrs: { group: 4 }, constants: [1], inputs: [codes('uint8', [2, 4, 4, t]), codes('int8', [4, 1, 1, 1]), one('uint8', 7)] },
  ],
  'n-bit products': (t) => [nbits(1, 64, t, 4, 0), nbits(6, 40, t, 4, 0), nbits(1 + (t % 40), 72, 23, 4, 4), nbits(2, 72, t, 4, 4), nbits(5, 32, t, 8, 4), nbits(2, 32, t, 2, 0)],
  'float products': (t) => [
    { op: 'MatMul', inputs: [floats([1 + (t % 9), 20]), floats([20, t], 2, 2)], constants: [1] },
    { op: 'Gemm', attrs: { transB: 1 }, inputs: [floats([t, 12]), floats([15, 12], 2, 2), floats([15], 2, 3)] },
    { op: 'Conv', attrs: { pads: [1, 1, 1, 1] }, inputs: [floats([1, 4, 6, t]), floats([7, 4, 3, 3], 1, 2), floats([7], 1, 3)], constants: [1] },
    { op: 'Conv', inputs: [floats([1, 4, 3, t]), floats([9, 4, 1, 1], 1, 2)], constants: [1] },
    { op: 'Conv', attrs: { group: 5 }, inputs: [floats([1, 5, 3, t]), floats([5, 1, 2, 1], 1, 2)], constants: [1] },
  ],
  attention: (t) => [
    { op: 'Attention', inputs: [floats([2, 4, 3, 8]), floats([2, 2, t, 8], 2, 2), floats([2, 2, t, 8], 2, 3)], opset: 23 },
    {
      op: 'GroupQueryAttention', domain: MS, attrs: { num_heads: 4, kv_num_heads: 2 }, outputs: 3,
      inputs: [floats([1, t, 32]), floats([1, t, 16], 2, 2), floats([1, t, 16], 2, 3), undefined, undefined, new Tensor('int32', [t - 1], [1]), one('int32', t)],
    },
  ],
  elementwise: (t) => [
    { op: 'Add', inputs: [floats([3, 5 * t]), floats([3, 5 * t], 2, 2)] }, { op: 'Mul', inputs: [floats([7, t]), floats([7, 1], 2, 2)] },
    { op: 'Relu', inputs: [floats([91 * t])] }, { op: 'Sigmoid', inputs: [floats([47 * t])] }, { op: 'Tanh', inputs: [floats([47 * t])] }, { op: 'Erf', inputs: [floats([47 * t])] },
    { op: 'Softmax', inputs: [floats([13, t])] }, { op: 'LayerNormalization', inputs: [floats([11, t]), floats([t], 1, 2), floats([t], 1, 3)] },
    { op: 'QuantizeLinear', inputs: [floats([83 * t]), scale(), one('uint8', 128)] }, { op: 'QuantizeLinear', attrs: { axis: 0 }, inputs: [floats([9, 11 * t]), floats([9], 1, 2), codes('uint8', [9])] },
    { op: 'DequantizeLinear', inputs: [codes('int8', [83 * t]), scale()] },
    { op: 'DequantizeLinear', attrs: { axis: 1, block_size: 16 }, inputs: [codes('uint8', [t, 64]), floats([t, 4], 1, 2)] },
  ],
};

const session = (bytes: Uint8Array, numThreads: number, parallelFrom = 1): Promise<InferenceSession> =>
  InferenceSession.create(bytes, { executionProviders: [{ name: 'wasm', numThreads, parallelFrom }, 'cpu'], graphOptimizationLevel: 'disabled' });

const bits = (t: Tensor): string => {
  const { buffer, byteOffset, byteLength } = t.data as TypedArray;
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString('latin1');
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(Object.keys(FAMILIES))('%s', (family) => {
  test('1, 2 and 3 threads: the same bits on every tail', async () => {
    const { bytes, feeds } = modelOf(TAILS.flatMap(FAMILIES[family]));
    const results: Record<string, string>[] = [];
    for (const threads of [1, 2, 3]) {
      const s = await session(bytes, threads);
      expect(s.explain().nodes.filter((n) => n.provider !== 'wasm').map((n) => `${n.opType}: ${n.reason}`)).toEqual([]);
      expect(s.explain().available[0].description).toContain(threads === 1 ? '1 thread: as asked' : `${threads} threads`);
      s.runSync(feeds); // starts the threads
      if (threads > 1) await pause(200);
      for (let again = 0; again < (threads === 1 ? 1 : 3); again++) {
        const outputs = s.runSync(feeds);
        results.push(Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, bits(t as Tensor)])));
      }
      await s.release();
    }
    for (const found of results) expect(Object.keys(found).filter((name) => found[name] !== results[0][name])).toEqual([]);
  });
});

/** A pool of its own: `threads` on a new memory, up and waiting. */
async function startPool(threads: number, lostMs?: number): Promise<{ pool: ThreadPool; arena: LinearArena; words: () => Int32Array; control: number }> {
  const { memory, shared } = createMemory();
  const { kernels, modules } = await loadKernels(memory, shared, {});
  const arena = new LinearArena(memory, shared);
  const pool = new ThreadPool(arena, kernels, modules, threads, lostMs);
  const words = () => new Int32Array(memory.buffer);
  const control = arena.allocate(64).byteOffset / 4 - 80; // the control block was the first allocation
  for (const until = performance.now() + 20_000; !pool.ready || words()[control + READY] < threads - 1;) {
    if (performance.now() > until) throw new Error('the threads do not come up');
    await pause(5);
  }
  return { pool, arena, words, control };
}

describe('a pool', () => {
  test('all threads take part, each with scratch memory of its own, also memory that has grown since they started', async () => {
    const { pool, arena, words } = await startPool(3);
    const bytes = 2 ** 20;
    const own = arena.allocate(3 * bytes + 2 ** 26).byteOffset;
    const seen = () => [0, 1, 2].filter((t) => words()[(own + t * bytes) / 4] === 5).length;
    for (const until = performance.now() + 20_000; seen() < 3 && performance.now() < until;) {
      pool.run(64, own, bytes, ({ simd }, _tile, to) => simd.fill_i32(to, 5, bytes / 4));
    }
    expect(seen()).toBe(3);
    pool.dispose();
  });

  test('a kernel that traps on another thread is a typed error, and the pool goes on', async () => {
    const { pool } = await startPool(2);
    const beyond = 2 ** 32 - 64;
    for (let i = 0; i < 20; i++) {
      expect(() => pool.run(2, 0, 0, ({ simd }) => simd.fill_i32(beyond, 1, 2 ** 20))).toThrow(/out of bounds|another thread/);
    }
    const { pool: fine } = await startPool(2);
    fine.run(2, 0, 0, ({ simd }, tile) => simd.fill_i32(65536 / 2 + 64 * tile, 1, 4));
    pool.dispose();
    fine.dispose();
  });

  test('a thread that ends while it waits is noted, and the others are let go', async () => {
    const { pool } = await startPool(3);
    (pool as unknown as { threads: { terminate(): void }[] }).threads[0].terminate();
    for (const until = performance.now() + 20_000; pool.lost === undefined && performance.now() < until;) await pause(5);
    expect(pool.lost).toBe('a thread was lost: it ended');
    expect(pool.ready).toBe(false);
  });

  test('a thread that stops at work gives E_EP, and later runs do without', async () => {
    const { pool, words, control } = await startPool(2, 200);
    // A tile is taken and never done: another thread's work is undone as soon as it is counted.
    const spoil = ({ simd }: Kernels): void => void simd.fill_i32(4 * (control + DONE), -9, 4);
    expect(() => pool.run(2, 0, 0, spoil)).toThrow(/stopped in the middle/);
    expect(pool.ready).toBe(false);
    expect(pool.lost).toContain('stopped');
    expect(Atomics.load(words(), control + EPOCH)).toBe(CLOSING);
  });
});

test('tensors stay in linear memory when it grows', async () => {
  const { memory, shared } = createMemory();
  const { kernels } = await loadKernels(memory, shared, {});
  const arena = new LinearArena(memory, shared);
  const runtime = new WasmRuntime(arena, kernels);
  const { buffer, byteOffset } = arena.allocate(64);
  const tensor = new Tensor('float32', new Float32Array(buffer as ArrayBuffer, byteOffset, 16), [16]);
  arena.allocate(2 ** 22);
  expect(arena.buffer).not.toBe(buffer);
  expect(runtime.outside(tensor)).toBe(0);
  expect(runtime.input(tensor)).toBe(byteOffset);
});

describe('sessions', () => {
  let bytes: Uint8Array, feeds: Record<string, Tensor>, wanted: string;
  const output = (s: InferenceSession): string => bits(s.runSync(feeds)[s.outputNames[0]] as Tensor);
  beforeAll(async () => {
    ({ bytes, feeds } = modelOf([{ op: 'MatMul', inputs: [floats([40, 64]), floats([64, 72], 2, 2)], constants: [1] }]));
    const s = await session(bytes, 1);
    wanted = output(s);
    await s.release();
  });

  test('two at once, and a third after one was released', async () => {
    const [a, b] = await Promise.all([session(bytes, 2), session(bytes, 3)]);
    for (let i = 0; i < 50; i++) {
      expect(output(a) === wanted).toBe(true);
      expect(output(b) === wanted).toBe(true);
      if (i % 10 === 0) await pause(30);
    }
    await a.release();
    const c = await session(bytes, 2);
    expect(output(b) === wanted).toBe(true);
    expect(output(c) === wanted).toBe(true);
    await Promise.all([b.release(), c.release()]);
  });

  test('the number of threads: intraOpNumThreads, the default, and nonsense', async () => {
    const s = await InferenceSession.create(bytes, { executionProviders: ['wasm'], intraOpNumThreads: 3 });
    expect(s.explain().available[0].description).toContain('3 threads');
    await s.release();
    expect(threadCount(undefined, true).count).toBeGreaterThan(0);
    expect(threadCount(2, false)).toEqual({ count: 1, note: '1 thread: the engine does not share WebAssembly memory' });
    await expect(session(bytes, -1)).rejects.toThrow(/numThreads|number of threads/);
  });

  test('a process ends by itself while threads wait', () => {
    const script = `
      import { InferenceSession, Tensor } from './src/main.ts';
      const s = await InferenceSession.create(Buffer.from('${Buffer.from(bytes).toString('base64')}', 'base64'), { executionProviders: [{ name: 'wasm', numThreads: 2, parallelFrom: 1 }] });
      const feeds = { x0_0: new Tensor('float32', new Float32Array(40 * 64), [40, 64]) };
      for (let i = 0; i < 10; i++) { s.runSync(feeds); await new Promise((r) => setTimeout(r, 20)); }
      console.log(s.explain().available[0].description);`;
    const printed = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { timeout: 30_000, encoding: 'utf8' });
    expect(printed).toContain('2 threads');
  });

  test('within a worker', async () => {
    const script = `
      import { workerData, parentPort } from 'node:worker_threads';
      import { InferenceSession, Tensor } from '${new URL('../../src/main.ts', import.meta.url).href}';
      const s = await InferenceSession.create(workerData.bytes, { executionProviders: [{ name: 'wasm', numThreads: 2, parallelFrom: 1 }] });
      const feeds = { x0_0: new Tensor('float32', workerData.x, [40, 64]) };
      let data;
      for (let i = 0; i < 10; i++) { data = s.runSync(feeds)[s.outputNames[0]].data; await new Promise((r) => setTimeout(r, 20)); }
      parentPort.postMessage(new Uint8Array(data.slice().buffer));
      await s.release();`;
    const worker = new Worker(`import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(`data:text/javascript,${encodeURIComponent(script)}`)}); })`, {
      eval: true, workerData: { bytes, x: feeds.x0_0.data }, execArgv: [],
    });
    const found = await new Promise<Uint8Array>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    expect(Buffer.from(found).toString('latin1')).toBe(wanted);
    await worker.terminate();
  });
});
