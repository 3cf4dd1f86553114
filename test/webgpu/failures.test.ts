/**
 * What can go wrong on a device, provoked: memory that is not to be had, work that takes too long or never ends, a device that goes in the middle
 * of a run. Every time a typed error, never wrong data, and a session that goes on or is clearly at its end.
 */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { whyNot } from './adapter.ts';
import { lease, type Lease, type WebgpuOptions } from '../../kernels/webgpu/runtime/start.ts';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import '../../src/webgpu.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

/** y = the largest of n elements, all -x */
function expanding(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const expanded = b.node('Expand', [b.input('x', 'float32', [1]), b.input('n', 'int64', [1])]);
  b.output(b.node('ReduceMax', [b.node('Neg', [expanded])], { keepdims: 0 }), 'y');
  return b.bytes();
}

/** y = x to a power, by so many products */
function working(products: number): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', ['m', 'm']);
  let y = x;
  for (let i = 0; i < products; i++) y = b.node('MatMul', [y, x]);
  b.output(y, 'y');
  return b.bytes();
}

const identity = (m: number) => ({ x: new Tensor('float32', Float32Array.from({ length: m * m }, (_, i) => (i % (m + 1) === 0 ? 1 : 0)), [m, m]) });
const numbers = (value: unknown) => [...((value as Tensor).data as Float32Array)];

describe.skipIf(reason !== undefined)('failures of a device', () => {
  const held: { release(): unknown }[] = [];
  const open = async (model: Uint8Array, options: WebgpuOptions = {}): Promise<InferenceSession> => {
    const session = await InferenceSession.create(model, { executionProviders: [{ name: 'webgpu', ...options }, 'cpu'], limits: { tensorBytes: 2 ** 40, runBytes: 2 ** 41 } });
    held.push(session);
    return session;
  };
  /** The device that sessions with these options share. */
  const device = async (options: WebgpuOptions = {}): Promise<Lease['gpu']> => {
    const taken = await lease(options);
    held.push(taken);
    return taken.gpu;
  };
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const h of held.splice(0)) await h.release();
  });

  const expand = (session: InferenceSession, n: number) => session.run({ x: new Tensor('float32', Float32Array.of(3), [1]), n: new Tensor('int64', BigInt64Array.of(BigInt(n)), [1]) });

  test('memory that the device does not have', async ({ skip }) => {
    const gpu = await device();
    // SwiftShader refuses a buffer of its own limit; a real GPU may have as much.
    if (gpu.info.architecture !== 'swiftshader') skip(`${gpu.description} may have the memory that this test asks for`);
    const session = await open(expanding());
    const most = Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize) / 4;
    for (let round = 0; round < 3; round++) {
      await expect(expand(session, most)).rejects.toMatchObject({ code: 'E_LIMIT', message: expect.stringContaining('out of memory') });
      expect(numbers((await expand(session, 5)).y)).toEqual([-3]);
    }
    expect(gpu.pool.bytes).toBeLessThan(4 * most); // what could not be had is not held
    const b = new ModelBuilder({ opset: 21 });
    b.output(b.node('Expand', [b.input('x', 'float32', [1]), b.input('n', 'int64', [1])]), 'y');
    const staying = await InferenceSession.create(b.bytes(), {
      executionProviders: ['webgpu', 'cpu'], limits: { tensorBytes: 2 ** 40, runBytes: 2 ** 41 }, preferredOutputLocation: 'gpu-buffer',
    });
    held.push(staying);
    for (let round = 0; round < 2; round++) {
      const { y } = await expand(staying, most); // nothing waited for it yet
      await expect((y as Tensor).getData()).rejects.toMatchObject({ code: 'E_LIMIT' });
      (y as Tensor).dispose(); // and is not given to the next round
    }
  });

  test('a window that ran out of memory: nothing of it is handed out, and what it made is not used again', async () => {
    const session = await open(expanding());
    expect(numbers((await expand(session, 1000)).y)).toEqual([-3]);
    const gpu = await device();
    const pop = gpu.device.popErrorScope.bind(gpu.device);
    const error = { message: 'no more' } as GPUError;
    let pops = 0;
    vi.spyOn(gpu.device, 'popErrorScope').mockImplementation(() => pop().then((found) => (pops++ === 0 ? error : found)));
    const before = gpu.pool.bytes;
    await expect(expand(session, 300_000)).rejects.toMatchObject({ code: 'E_LIMIT' });
    expect(gpu.pool.bytes).toBeLessThanOrEqual(before);
    expect(numbers((await expand(session, 300_000)).y)).toEqual([-3]);
  });

  test('work that takes longer than is allowed', async () => {
    const session = await open(working(3), { share: false, timeout: 1 });
    const run = session.run(identity(192));
    await expect(run).rejects.toMatchObject({ code: 'E_EP', message: expect.stringContaining('did not finish within 1 ms') });
    await expect(session.run(identity(2))).rejects.toMatchObject({ code: 'E_EP', message: expect.stringContaining('did not finish') }); // at its end
    const next = await open(working(1), { share: false });
    expect(numbers((await next.run(identity(2))).y)).toEqual([1, 0, 0, 1]);
  });

  test('a device that never answers', async () => {
    const options = { powerPreference: 'low-power', timeout: 60 } as const;
    const session = await open(working(1), options);
    expect(numbers((await session.run(identity(2))).y)).toEqual([1, 0, 0, 1]);
    const gpu = await device(options);
    const never = new Promise<never>(() => undefined);
    vi.spyOn(gpu.device, 'popErrorScope').mockReturnValue(never);
    vi.spyOn(gpu.device.queue, 'onSubmittedWorkDone').mockReturnValue(never);
    for (const result of await Promise.allSettled([session.run(identity(2)), session.run(identity(3)), gpu.finish()])) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_EP', message: expect.stringContaining('did not finish within 60 ms') } });
    }
    await expect(session.run(identity(2))).rejects.toMatchObject({ code: 'E_EP' });
    const next = await open(working(1), options);
    expect(numbers((await next.run(identity(2))).y)).toEqual([1, 0, 0, 1]);
  });

  test('a device that goes in the middle of a run', async () => {
    const options = { powerPreference: 'high-performance' } as const;
    const session = await open(working(3), options);
    const gpu = await device(options);
    const given = new Tensor('float32', new Float32Array(128 * 128), [128, 128]);
    const runs = [session.run(identity(128)), session.run(identity(128), { y: given })];
    const reads = Promise.allSettled(runs);
    await vi.waitUntil(() => gpu.dispatched > 0, { interval: 0 });
    gpu.device.destroy();
    for (const result of await reads) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'E_EP', message: expect.stringContaining('lost') } });
    expect(given.data).toEqual(new Float32Array(128 * 128)); // and nothing was written for it
    const next = await open(working(1), options);
    expect(numbers((await next.run(identity(2))).y)).toEqual([1, 0, 0, 1]);
  });
});
