import * as ort from 'onnxruntime-common';
import { expect, test } from 'vitest';
import { ModelBuilder } from '../../src/model/index.ts';
import { InferenceSession, OnnxError, Tensor, type SessionOptions } from '../../src/main.ts';

const LEVELS = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;
const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);
const numbers = (value: unknown) => [...((value as Tensor).data as Float32Array)];

/** y = softmax(relu(x) + 1), with named steps in between. */
function chain(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', ['n', 3]);
  const one = b.constant('one', f32([1]));
  const [kept] = b.node('Identity', [x], {}, { outputs: ['kept'], name: 'keep' });
  const [positive] = b.node('Relu', [kept], {}, { outputs: ['positive'], name: 'relu' });
  const [moved] = b.node('Add', [positive, one], {}, { outputs: ['moved'], name: 'add' });
  const [y] = b.node('Softmax', [moved], { axis: -1 }, { outputs: ['y'], name: 'softmax' });
  b.output(y);
  return b.bytes();
}

async function rejection(promise: Promise<unknown>): Promise<OnnxError> {
  const error = await promise.then(() => undefined, (e: unknown) => e);
  expect(error).toBeInstanceOf(OnnxError);
  return error as OnnxError;
}

const cpu: SessionOptions = { executionProviders: ['cpu'] };

test('names and metadata are those of onnxruntime-common', async () => {
  const session = await InferenceSession.create(chain(), cpu);
  expect(session.inputNames).toEqual(['x']);
  expect(session.outputNames).toEqual(['y']);
  expect(session.inputMetadata[0]).toMatchObject({ name: 'x', isTensor: true, type: 'float32', shape: ['n', 3] });
  expect(session.outputMetadata[0]).toMatchObject({ name: 'y', isTensor: true, type: 'float32', shape: ['n', 3] });
  const ours = Object.getOwnPropertyNames(Tensor.prototype);
  for (const name of ['data', 'location', 'getData', 'dispose', 'reshape']) expect(ours).toContain(name);
  const theirs = new ort.Tensor('float32', [1, 2], [2]);
  const same = new Tensor('float32', [1, 2], [2]);
  expect({ type: same.type, dims: same.dims, size: same.size, location: same.location })
    .toEqual({ type: theirs.type, dims: theirs.dims, size: theirs.size, location: theirs.location });
});

test('the shape of a scalar is known to have no axes; a shape that is not declared is not known', async () => {
  const b = new ModelBuilder({ opset: 21 });
  b.output(b.node('Add', [b.input('one', 'float32', []), b.input('any', 'float32')]), 'y');
  const session = await InferenceSession.create(b.bytes());
  expect(session.inputMetadata.map((m) => m.valueType)).toEqual([
    { kind: 'tensor', dtype: 'float32', shape: [] }, { kind: 'tensor', dtype: 'float32', shape: undefined },
  ]);
});

test('a model comes from a Uint8Array, an ArrayBuffer, or a range of one', async () => {
  const bytes = chain();
  const padded = new Uint8Array(bytes.length + 20);
  padded.set(bytes, 7);
  for (const session of [
    await InferenceSession.create(bytes, cpu),
    await InferenceSession.create(bytes.slice().buffer, cpu),
    await InferenceSession.create(padded.buffer, 7, bytes.length, cpu),
  ]) {
    const { y } = await session.run({ x: f32([0, 0, 0], [1, 3]) });
    expect(numbers(y)[0]).toBeCloseTo(1 / 3, 6);
  }
});

test.each(LEVELS)('any tensor can be fetched by its original name at level %s', async (graphOptimizationLevel) => {
  const session = await InferenceSession.create(chain(), { ...cpu, graphOptimizationLevel });
  const x = f32([-1, 2, 3], [1, 3]);
  const all = await session.run({ x }, ['kept', 'positive', 'moved', 'y', 'x']);
  expect(Object.keys(all)).toEqual(['kept', 'positive', 'moved', 'y', 'x']);
  expect(numbers(all.kept)).toEqual([-1, 2, 3]);
  expect(numbers(all.positive)).toEqual([0, 2, 3]);
  expect(numbers(all.moved)).toEqual([1, 3, 4]);
  expect(numbers((await session.run({ x })).y)).toEqual(numbers(all.y));
});

test('a tensor that fusion removed is computed from what still runs', async () => {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'uint8', [1, 4]);
  const s = b.constant('s', f32([0.5], []));
  const z = b.constant('z', new Tensor('uint8', [3], []));
  const [xf] = b.node('DequantizeLinear', [x, s, z], {}, { outputs: ['xf'] });
  const [yf] = b.node('Add', [xf, xf], {}, { outputs: ['yf'] });
  const [y] = b.node('QuantizeLinear', [yf, s, z], {}, { outputs: ['y'] });
  b.output(y);
  const session = await InferenceSession.create(b.bytes(), { ...cpu, graphOptimizationLevel: 'all' });
  expect(session.explain().nodes.map((n) => n.opType)).toEqual(['QLinearAdd']);
  const { yf: sum } = await session.run({ x: new Tensor('uint8', [3, 4, 5, 13], [1, 4]) }, ['yf']);
  expect(numbers(sum)).toEqual([0, 1, 2, 10]);
});

test('outputs can be written into tensors of the caller', async () => {
  const session = await InferenceSession.create(chain(), cpu);
  const mine = f32([9, 9, 9], [1, 3]);
  const { y } = await session.run({ x: f32([1, 1, 1], [1, 3]) }, { y: mine });
  expect(y).toBe(mine);
  expect(numbers(mine)[2]).toBeCloseTo(1 / 3, 6);
  expect((await rejection(session.run({ x: f32([1, 1, 1], [1, 3]) }, { y: f32([0]) }))).code).toBe('E_INPUT');
});

test('repeated shapes run in planned memory with the same results, also in parallel', async () => {
  const session = await InferenceSession.create(chain(), cpu);
  const feeds = (i: number) => ({ x: f32([i, -i, 1, 2, 3, i], [2, 3]) });
  const first = await Promise.all(Array.from({ length: 8 }, (_, i) => session.run(feeds(i))));
  const again = await Promise.all(Array.from({ length: 8 }, (_, i) => session.run(feeds(i))));
  again.forEach(({ y }, i) => expect(numbers(y)).toEqual(numbers(first[i].y)));
  for (let i = 0; i < 8; i++) expect(numbers(session.runSync(feeds(i)).y)).toEqual(numbers(first[i].y));
  const [plan] = session.explain().memory;
  expect(plan.values).toBeGreaterThan(0);
  expect(plan.arenaBytes).toBeLessThanOrEqual(plan.plannedBytes + 64 * plan.values);
  expect(plan.arenaBytes).toBeGreaterThanOrEqual(plan.peakBytes);
});

test('wrong feeds are refused by name, and the session stays usable', async () => {
  const session = await InferenceSession.create(chain(), cpu);
  const x = f32([1, 2, 3], [1, 3]);
  const cases: [object, string][] = [
    [{}, 'x'], [{ x, more: x }, 'more'], [{ x: new Tensor('int32', [1, 2, 3], [1, 3]) }, 'x'], [{ x: f32([1, 2, 3]) }, 'x'],
    [{ x: f32([1, 2], [1, 2]) }, 'x'], [{ x: [1, 2, 3] }, 'x'], [{ x: null }, 'x'], [{ ['__proto__x']: x }, '__proto__x'],
  ];
  for (const [feeds, name] of cases) {
    const error = await rejection(session.run(feeds as Record<string, Tensor>));
    expect(error.code).toBe('E_INPUT');
    expect(error.arg).toMatchObject({ kind: 'feed', name });
  }
  expect((await rejection(session.run({ x }, ['nothing']))).arg).toMatchObject({ kind: 'fetch', name: 'nothing' });
  expect(numbers((await session.run({ x })).y).reduce((a, v) => a + v)).toBeCloseTo(1, 6);
});

test('a run stops when its signal fires', async () => {
  const b = new ModelBuilder({ opset: 21 });
  let at = b.input('x', 'float32', [64, 64]);
  for (let i = 0; i < 400; i++) at = b.node('MatMul', [at, at]);
  b.output(at, 'y');
  const session = await InferenceSession.create(b.bytes(), { ...cpu, graphOptimizationLevel: 'disabled' });
  const x = f32(new Array<number>(64 * 64).fill(0.01), [64, 64]);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 20);
  expect((await rejection(session.run({ x }, { signal: controller.signal }))).code).toBe('E_ABORTED');
  expect((await rejection(session.run({ x }, ['y'], { signal: AbortSignal.abort() }))).code).toBe('E_ABORTED');
  await session.release();
  await session.release();
  expect((await rejection(session.run({ x }))).code).toBe('E_ABORTED');
});

test('profiling gives chrome-trace events in the schema of onnxruntime', async () => {
  const session = await InferenceSession.create(chain(), { ...cpu, graphOptimizationLevel: 'disabled' });
  session.startProfiling();
  await session.run({ x: f32([1, 2, 3], [1, 3]) });
  const events = session.endProfiling();
  expect(events.filter((e) => e.cat === 'Node').map((e) => e.args.op_name)).toEqual(['Identity', 'Relu', 'Add', 'Softmax']);
  for (const e of events) {
    expect(e).toMatchObject({ ph: 'X', pid: expect.any(Number), tid: expect.any(Number), ts: expect.any(Number), dur: expect.any(Number) });
  }
  const add = events.find((e) => e.args.op_name === 'Add')!;
  expect(add.name).toBe('add_kernel_time');
  expect(add.args).toMatchObject({ provider: 'cpuExecutionProvider', parameter_size: '4', output_size: '12', output_type_shape: [{ float: [1, 3] }] });
  expect(session.endProfiling()).toEqual([]);
});

test('explain tells providers, reasons and passes', async () => {
  const session = await InferenceSession.create(chain(), { executionProviders: ['wasm', 'cpu'], graphOptimizationLevel: 'basic' });
  const { nodes, passes, nodesBefore, nodesAfter } = session.explain();
  expect(nodesBefore).toBe(4);
  expect(nodesAfter).toBe(3);
  expect(passes.some((p) => p.outcome === 'applied' && p.before.includes('keep'))).toBe(true);
  for (const node of nodes) {
    if (node.provider === 'cpu') expect(node.refused[0]).toMatchObject({ provider: 'wasm', reason: expect.stringMatching(/./) });
  }
});

test('free dimensions, unknown levels and unknown providers', async () => {
  const session = await InferenceSession.create(chain(), { ...cpu, freeDimensionOverrides: { n: 2 } });
  expect(session.inputMetadata[0]).toMatchObject({ shape: [2, 3] });
  expect((await rejection(session.run({ x: f32([1, 2, 3], [1, 3]) }))).code).toBe('E_INPUT');
  expect((await rejection(InferenceSession.create(chain(), { executionProviders: ['tpu'] }))).code).toBe('E_EP');
  expect((await rejection(InferenceSession.create(chain(), { graphOptimizationLevel: 'most' as 'all' }))).code).toBe('E_INPUT');
});

test('a growing cache can be fed back, and written in place where it has room', async () => {
  const b = new ModelBuilder({ opset: 21 });
  const past = b.input('past', 'float32', [1, 'past', 2]);
  const next = b.input('next', 'float32', [1, 1, 2]);
  b.output(b.node('Concat', [past, next], { axis: 1 }), 'present');
  const session = await InferenceSession.create(b.bytes(), cpu);
  let cache = f32([], [1, 0, 2]);
  for (let i = 0; i < 5; i++) ({ present: cache } = (await session.run({ past: cache, next: f32([i, -i], [1, 1, 2]) })) as { present: Tensor });
  expect(cache.dims).toEqual([1, 5, 2]);
  expect(numbers(cache)).toEqual([0, -0, 1, -1, 2, -2, 3, -3, 4, -4]);
});

test('memory that was let go does not count: a long chain runs in a small budget', async () => {
  const b = new ModelBuilder({ opset: 21 });
  let at = b.input('x', 'float32', [1000]);
  for (let i = 0; i < 50; i++) at = b.node('Relu', [at]);
  b.output(at, 'y');
  const options = { ...cpu, graphOptimizationLevel: 'disabled' as const };
  const x = f32(new Array<number>(1000).fill(1));
  const session = await InferenceSession.create(b.bytes(), { ...options, limits: { runBytes: 20_000 } });
  expect(numbers((await session.run({ x })).y)).toEqual(numbers(x));
  const tight = await InferenceSession.create(b.bytes(), { ...options, limits: { runBytes: 7000 } });
  expect((await rejection(tight.run({ x }))).code).toBe('E_LIMIT');
});
