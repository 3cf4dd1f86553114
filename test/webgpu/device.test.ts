/** The WebGPU provider's device: memory, downloads, errors, its end. Runs on whatever adapter there is, SwiftShader in CI. */
import { afterAll, describe, expect, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { InferenceSession, Tensor, type CheckReport } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import '../../src/webgpu.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);

const numbers = (value: unknown) => [...((value as Tensor).data as Float32Array)];

/** z = (x + y) * x, t = z - x */
function model(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', ['n', 3]);
  const y = b.input('y', 'float32', [3]);
  const [z] = b.node('Mul', [b.node('Add', [x, y]), x], {}, { outputs: ['z'] });
  b.output(z);
  b.output(b.node('Sub', [z, x], {}, { outputs: ['t'] })[0]);
  return b.bytes();
}

describe.skipIf(reason !== undefined)('webgpu device', () => {
  const sessions: InferenceSession[] = [];
  const create = async (options = {}) => {
    const session = await InferenceSession.create(model(), { executionProviders: ['webgpu', 'cpu'], ...options });
    sessions.push(session);
    return session;
  };
  afterAll(async () => {
    for (const session of sessions) await session.release();
  });

  test('runs, and says on what', async () => {
    const session = await create();
    const { available, nodes } = session.explain();
    expect(available[0]!.description).not.toBe('');
    expect(nodes.map((n) => n.provider)).toEqual(['webgpu', 'webgpu', 'webgpu']);
    for (const rows of [1, 2, 3]) {
      const x = Array.from({ length: rows * 3 }, (_, i) => i - 2);
      const { z, t } = await session.run({ x: f32(x, [rows, 3]), y: f32([1, 2, 3]) });
      const expected = x.map((v, i) => Math.fround((v + 1 + (i % 3)) * v));
      expect(numbers(z)).toEqual(expected);
      expect(numbers(t)).toEqual(expected.map((v, i) => v - x[i]!));
    }
  });

  test('outputs stay on the device where asked, and are gone with their session', async () => {
    const session = await create({ preferredOutputLocation: 'gpu-buffer' });
    const { z } = await session.run({ x: f32([1, 2, 3], [1, 3]), y: f32([1, 1, 1]) });
    expect((z as Tensor).location).toBe('gpu-buffer');
    const again = await session.run({ x: z as Tensor, y: f32([0, 0, 0]) });
    expect([...((await (again.z as Tensor).getData()) as Float32Array)]).toEqual([4, 36, 144]);
    await session.release();
    await expect((z as Tensor).getData()).rejects.toMatchObject({ code: 'E_ABORTED' });
  });

  test('nodes are checked on cpu where that is asked for, and results stay where they are wanted', async () => {
    const { lease } = await import('../../kernels/webgpu/runtime/start.ts');
    const { gpu, release } = await lease({});
    const reports: CheckReport[] = [];
    const session = await create({ preferredOutputLocation: 'gpu-buffer', check: { nodes: 2, onCheck: (r: CheckReport) => reports.push(r) } });
    let bytes = 0;
    for (let i = 0; i < 6; i++) {
      const { z, t } = await session.run({ x: f32([1, 2, 3], [1, 3]), y: f32([1, 1, 1]) });
      expect([(z as Tensor).location, (t as Tensor).location]).toEqual(['gpu-buffer', 'gpu-buffer']);
      expect([...((await (t as Tensor).getData(true)) as Float32Array)]).toEqual([1, 4, 9]);
      (z as Tensor).dispose();
      if (i === 3) bytes = gpu.pool.bytes;
    }
    expect(gpu.pool.bytes).toBe(bytes); // what was fetched for the checks was freed
    expect(reports).toEqual(new Array(6).fill({ checked: 2 }));
    release();
  });

  test('a tensor too large for the adapter is refused, and the session stays usable', async () => {
    const b = new ModelBuilder({ opset: 21 });
    const x = b.input('x', 'float32', [1]);
    const shape = b.input('shape', 'int64', [1]);
    b.output(b.node('Neg', [b.node('Expand', [x, shape])]), 'y');
    const session = await InferenceSession.create(b.bytes(), { executionProviders: ['webgpu', 'cpu'], limits: { tensorBytes: 2 ** 40, runBytes: 2 ** 41 } });
    sessions.push(session);
    const expand = (n: bigint) => session.run({ x: f32([2]), shape: new Tensor('int64', BigInt64Array.of(n), [1]) });
    await expect(expand(2n ** 33n)).rejects.toMatchObject({ code: 'E_LIMIT' });
    expect(numbers((await expand(3n)).y)).toEqual([-2, -2, -2]);
  });

  test('a lost device fails its sessions with a reason; the next session gets a new one', async () => {
    const { lease } = await import('../../kernels/webgpu/runtime/start.ts');
    const session = await create();
    const kept = await create({ preferredOutputLocation: 'gpu-buffer' });
    const feeds = { x: f32([1, 2, 3], [1, 3]), y: f32([1, 1, 1]) };
    const { z } = await kept.run(feeds);
    const { gpu, release } = await lease({});
    gpu.device.destroy(); // what a reset of the driver looks like
    await gpu.device.lost;
    release();
    for (const failing of [session.run(feeds), kept.run(feeds), (z as Tensor).getData()]) await expect(failing).rejects.toMatchObject({ code: 'E_EP' });
    const fresh = await create();
    expect(numbers((await fresh.run(feeds)).z)).toEqual([2, 6, 12]);
  });

  test('a command that the device refuses fails what depends on it, and nothing else', async () => {
    const { lease } = await import('../../kernels/webgpu/runtime/start.ts');
    const { gpu, release } = await lease({});
    const good = gpu.allocate(16);
    gpu.write(good, Float32Array.of(1, 2, 3, 4));
    gpu.flush();
    const bad = gpu.allocate(16);
    const broken = gpu.program('broken', () => ({ label: 'broken', reads: { x: 'array<f32>' }, writes: { y: 'array<f32>' }, code: '@compute @workgroup_size(1) fn main() { y[0] = nonsense; }' }));
    gpu.run(broken, [good, bad], [], [1]);
    await expect(gpu.download(bad)).rejects.toMatchObject({ code: 'E_EP' });
    const right = gpu.program('right', () => ({ label: 'right', reads: { x: 'array<f32>' }, writes: { y: 'array<f32>' }, code: '@compute @workgroup_size(1) fn main() { y[0] = x[3]; }' }));
    expect(() => gpu.run(right, [bad, good], [], [1])).toThrowError(/refused/);
    const fine = gpu.allocate(16);
    gpu.run(right, [good, fine], [], [1]);
    expect(new Float32Array(await gpu.download(fine))[0]).toBe(4);
    for (const block of [good, bad, fine]) gpu.free(block);
    release();
  });

  test('runs on shapes seen before allocate nothing', async () => {
    const { lease } = await import('../../kernels/webgpu/runtime/start.ts');
    const session = await create();
    const { gpu, release } = await lease({});
    const feeds = { x: f32([1, 2, 3], [1, 3]), y: f32([1, 1, 1]) };
    await session.run(feeds);
    await session.run(feeds);
    const { bytes } = gpu.pool;
    for (let i = 0; i < 5; i++) await session.run(feeds);
    expect(gpu.pool.bytes).toBe(bytes);
    release();
  });
});
