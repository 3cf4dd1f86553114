/** Tensors that live on a device: moved where they are read, downloaded once, freed in time. */
import { expect, test } from 'vitest';
import { InferenceSession, Tensor, type SessionOptions } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import { registerMirror } from './mirror-provider.ts';

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);
const numbers = (value: unknown) => [...((value as Tensor).data as Float32Array)];
let count = 0;
const device = (operators?: readonly string[]) => {
  const name = `mirror${count++}`;
  const options: SessionOptions = { executionProviders: [name, 'cpu'], graphOptimizationLevel: 'disabled' };
  return { name, mirror: registerMirror(name, operators), options };
};

/** y = relu(x + one) * (x + one), flat = reshape(x + one): two operators on the device, one beside it. */
function mixed(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2, 2]);
  const [sum] = b.node('Add', [x, b.constant('one', f32([1]))], {}, { outputs: ['sum'] });
  const [relu] = b.node('Relu', [sum], {}, { outputs: ['relu'] });
  b.output(b.node('Mul', [relu, sum], {}, { outputs: ['y'] })[0]);
  b.output(b.node('Reshape', [sum, b.constant('shape', new Tensor('int64', BigInt64Array.of(4n), [1]))], {}, { outputs: ['flat'] })[0]);
  return b.bytes();
}

test('values move where they are read, and nothing is left on the device', async () => {
  const { mirror, options, name } = device();
  const session = await InferenceSession.create(mixed(), options);
  expect(session.explain().available).toEqual([{ name, description: 'arrays' }, { name: 'cpu', description: '' }]);
  for (let run = 1; run <= 3; run++) {
    const { y, flat } = await session.run({ x: f32([-3, 0, 1, 2], [2, 2]) });
    expect(numbers(y)).toEqual([-0, 1, 4, 9]);
    expect(numbers(flat)).toEqual([-2, 1, 2, 3]);
    expect((flat as Tensor).dims).toEqual([4]);
    expect((y as Tensor).location).toBe('cpu');
    // x and relu go up; sum comes down for Relu, y and flat as results; the constant went up once.
    expect([mirror.uploads, mirror.downloads, mirror.constants]).toEqual([2 * run, 3 * run, 1]);
    expect(mirror.live).toBe(0);
  }
});

test('an intermediate can be fetched, also one that only other fetches are computed from', async () => {
  const { mirror, options } = device();
  const session = await InferenceSession.create(mixed(), { ...options, graphOptimizationLevel: 'all' });
  const { sum, y } = await session.run({ x: f32([1, 2, 3, 4], [2, 2]) }, ['sum', 'y']);
  expect(numbers(sum)).toEqual([2, 3, 4, 5]);
  expect(numbers(y)).toEqual([4, 9, 16, 25]);
  expect(mirror.live).toBe(0);
});

test('outputs stay on the device where that is preferred, and can be fed back without a copy', async () => {
  const { mirror, options } = device();
  const session = await InferenceSession.create(mixed(), { ...options, preferredOutputLocation: { y: 'gpu-buffer' } });
  const first = await session.run({ x: f32([1, 1, 1, 1], [2, 2]) });
  const y = first.y as Tensor;
  expect([y.location, (first.flat as Tensor).location]).toEqual(['gpu-buffer', 'cpu']);
  expect(() => y.data).toThrowError(/getData/);
  const before = mirror.uploads;
  const second = await session.run({ x: y });
  expect(mirror.uploads).toBe(before + 1); // relu alone
  expect([...((await (second.y as Tensor).getData()) as Float32Array)]).toEqual([25, 25, 25, 25]);
  expect(y.location).toBe('gpu-buffer'); // the caller's own: a run does not dispose of it
  y.dispose();
  (second.y as Tensor).dispose();
  expect(mirror.live).toBe(0);
  await expect(session.run({ x: y })).rejects.toMatchObject({ code: 'E_INPUT' });
});

test('an output tensor given by the caller is written', async () => {
  const { mirror, options } = device();
  const session = await InferenceSession.create(mixed(), options);
  const own = f32([0, 0, 0, 0], [2, 2]);
  const { y } = await session.run({ x: f32([1, 2, 3, 4], [2, 2]) }, { y: own });
  expect(y).toBe(own);
  expect(numbers(own)).toEqual([4, 9, 16, 25]);
  await expect(session.run({ x: f32([1, 2, 3, 4], [2, 2]) }, { y: f32([0]) })).rejects.toMatchObject({ code: 'E_INPUT' });
  expect(mirror.live).toBe(0);
});

test('two devices in one session hand values over by the host', async () => {
  const a = device(['Add']), b = device(['Neg']);
  const builder = new ModelBuilder({ opset: 21 });
  const x = builder.input('x', 'float32', [2]);
  builder.output(builder.node('Neg', [builder.node('Add', [x, x])]), 'y');
  const session = await InferenceSession.create(builder.bytes(), { executionProviders: [a.name, b.name, 'cpu'] });
  const { y } = await session.run({ x: f32([0, 1]) });
  expect(numbers(y)).toEqual([-0, -2]);
  expect([a.mirror.uploads, a.mirror.downloads, b.mirror.uploads, b.mirror.downloads]).toEqual([1, 1, 1, 1]);
  expect([a.mirror.live, b.mirror.live]).toEqual([0, 0]);
});

test('subgraphs read and give values of the device', async () => {
  const { mirror, options } = device();
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', [2]);
  const cond = b.input('cond', 'bool', []);
  const [sum] = b.node('Add', [x, x], {}, { outputs: ['sum'] });
  b.output(b.node('If', [cond], { then_branch: (g) => g.output(g.node('Neg', [sum])), else_branch: (g) => g.output(g.node('Relu', [sum])) }), 'y');
  b.output(b.node('Mul', [sum, sum], {}, { outputs: ['z'] })[0]);
  const session = await InferenceSession.create(b.bytes(), options);
  for (const [flag, y0] of [[1, -2], [0, 2]]) {
    const { y, z } = await session.run({ x: f32([1, 3]), cond: new Tensor('bool', Uint8Array.of(flag), []) });
    expect([numbers(y)[0], numbers(z)[1]]).toEqual([y0, 36]);
  }
  expect(mirror.live).toBe(0);
});

test('a failing or cancelled run leaves nothing on the device', async () => {
  const { mirror, options } = device();
  const session = await InferenceSession.create(mixed(), { ...options, limits: { runBytes: 40 } });
  await expect(session.run({ x: f32([1, 2, 3, 4], [2, 2]) })).rejects.toMatchObject({ code: 'E_LIMIT' });
  expect(mirror.live).toBe(0);
});
