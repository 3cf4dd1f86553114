/** The WebGPU provider's device: memory, downloads, errors, its end. Runs on whatever adapter there is, SwiftShader in CI. */
import { afterAll, describe, expect, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { InferenceSession, Tensor } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import '../../src/webgpu.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);

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
      expect([...((z as Tensor).data as Float32Array)]).toEqual(expected);
      expect([...((t as Tensor).data as Float32Array)]).toEqual(expected.map((v, i) => v - x[i]!));
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
});
