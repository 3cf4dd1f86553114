/** Results written into tensors of the caller, on every provider: what they hold is what a run without them gives. */
import { afterAll, describe, expect, test } from 'vitest';
import { whyNot as whyNoGpuJs } from '../gpu/adapter.ts';
import { whyNot as whyNoWebGpu } from '../webgpu/adapter.ts';
import '../../src/gpu.ts';
import '../../src/webgpu.ts';
import { InferenceSession, OnnxError, Tensor } from '../../src/main.ts';
import { ModelBuilder } from '../../src/model/index.ts';
import type { ProviderRequest } from '../../src/runtime/registry.ts';
import { dtypeInfo, sizeOf, storageLength, type DType, type TypedArray } from '../../src/tensor/index.ts';

const f32 = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', Float32Array.from(values), dims);
const scalar = (v: number) => f32([v], []);

/** A tensor of this type and shape full of what no result is. */
function garbage(type: DType, dims: readonly number[]): Tensor {
  const length = storageLength(type, sizeOf(dims));
  if (type === 'string') return new Tensor('string', new Array<string>(length).fill('?'), dims);
  const data = new (dtypeInfo(type).array!)(length);
  new Uint8Array(data.buffer).fill(0x55);
  return new Tensor(type, data, dims);
}

const like = ({ type, dims }: Tensor): Tensor => garbage(type, dims);
const content = ({ type, dims, data }: Tensor): unknown => ({ type, dims, data: Array.isArray(data) ? [...data] : [...new Uint8Array((data as TypedArray).buffer, (data as TypedArray).byteOffset, (data as TypedArray).byteLength)] });

/**
 * Outputs of every making: by kernels of several types, a view of an intermediate, a second name of a tensor (`same`), a graph input, a
 * constant, and what only fusion leaves out (`wide`).
 */
function model(): Uint8Array {
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'float32', ['n', 64]);
  const q = b.input('q', 'uint8', ['n', 64]);
  const s = b.constant('s', scalar(0.25)), z = b.constant('z', new Tensor('uint8', [128], []));
  const [sum] = b.node('Add', [x, b.constant('one', scalar(1))], {}, { outputs: ['sum'] });
  b.output(b.node('Reshape', [sum, b.constant('shape', new Tensor('int64', BigInt64Array.of(-1n, 32n), [2]))], {}, { outputs: ['view'] })[0]);
  const [relu] = b.node('Relu', [sum], {}, { outputs: ['relu'] });
  b.output(relu);
  b.output(b.node('Identity', [relu], {}, { outputs: ['same'] })[0]);
  b.output(b.node('QuantizeLinear', [x, s, z], {}, { outputs: ['codes'] })[0]);
  const [wide] = b.node('DequantizeLinear', [q, s, z], {}, { outputs: ['wide'] });
  b.output(b.node('QuantizeLinear', [b.node('Add', [wide, wide]), s, z], {}, { outputs: ['twice'] })[0]);
  b.output(b.node('DequantizeLinear', [q, b.constant('half', new Tensor('float16', [0x3800], [])), z], {}, { outputs: ['halves'] })[0]);
  b.output(b.node('Cast', [q], { to: 7 }, { outputs: ['longs'] })[0]);
  b.output(x);
  b.output(b.constant('fixed', f32([1, 2, 3])));
  return b.bytes();
}

function feeds(n: number): Record<string, Tensor> {
  return {
    x: f32(Array.from({ length: 64 * n }, (_, i) => ((i * 37) % 101) / 8 - 6), [n, 64]),
    q: new Tensor('uint8', Uint8Array.from({ length: 64 * n }, (_, i) => i * 29), [n, 64]),
  };
}

const PROVIDERS: readonly (readonly [string, ProviderRequest, string | undefined])[] = [
  ['cpu', 'cpu', undefined],
  ['wasm', { name: 'wasm', numThreads: 1 }, undefined],
  ['wasm, two threads', { name: 'wasm', numThreads: 2 }, undefined],
  ['webgpu', 'webgpu', await whyNoWebGpu()],
  ['gpu', 'gpu', await whyNoGpuJs()],
];
for (const [name, , reason] of PROVIDERS) if (reason !== undefined) console.warn(`${name} is left out: ${reason}`);

const sessions: InferenceSession[] = [];
afterAll(async () => {
  for (const session of sessions) await session.release();
});
async function create(provider: ProviderRequest, graphOptimizationLevel: 'disabled' | 'all' = 'all', bytes = model()): Promise<InferenceSession> {
  const session = await InferenceSession.create(bytes, { executionProviders: provider === 'cpu' ? ['cpu'] : [provider, 'cpu'], graphOptimizationLevel });
  sessions.push(session);
  return session;
}

async function refusal(promise: Promise<unknown>): Promise<OnnxError> {
  const error = await promise.then(() => undefined, (e: unknown) => e);
  expect(error).toBeInstanceOf(OnnxError);
  return error as OnnxError;
}

const NAMES = ['view', 'relu', 'same', 'codes', 'wide', 'twice', 'halves', 'longs', 'sum', 'x', 'fixed'];

for (const [name, provider, reason] of PROVIDERS) {
  describe.skipIf(reason !== undefined)(`on ${name}`, () => {
    test.each(['disabled', 'all'] as const)('all results, again and again, at level %s', async (level) => {
      const session = await create(provider, level);
      for (const n of [2, 1, 2]) {
        const expected = await session.run(feeds(n), NAMES) as Record<string, Tensor>;
        const before = NAMES.map((k) => content(expected[k]));
        const own = Object.fromEntries(NAMES.map((k) => [k, like(expected[k])]));
        const arrays = NAMES.map((k) => own[k].data);
        for (let run = 0; run < 3; run++) {
          for (const k of NAMES) if (!Array.isArray(own[k].data)) new Uint8Array((own[k].data as TypedArray).buffer).fill(0x55);
          const results = await session.run(feeds(n), own);
          expect(Object.keys(results)).toEqual(NAMES);
          NAMES.forEach((k, i) => {
            expect(results[k], k).toBe(own[k]);
            expect(own[k].data, k).toBe(arrays[i]);
            expect(content(own[k]), k).toEqual(before[i]);
          });
        }
        // and a run without them leaves them, and earlier results, as they are
        await session.run({ ...feeds(n), x: f32(new Array<number>(64 * n).fill(3), [n, 64]) }, NAMES);
        NAMES.forEach((k, i) => expect([content(own[k]), content(expected[k])], k).toEqual([before[i], before[i]]));
      }
    });

    test('some given, others not', async () => {
      const session = await create(provider);
      const expected = await session.run(feeds(2)) as Record<string, Tensor>;
      const own = like(expected.same);
      const { same, relu, view } = await session.run(feeds(2), { same: own, relu: null, view: null });
      expect(same).toBe(own);
      expect([same, relu, view].map((t) => content(t as Tensor))).toEqual([expected.same, expected.relu, expected.view].map(content));
      expect((relu as Tensor).data).not.toBe(own.data);
    });

    test('part of a larger array is written, and nothing beside it', async () => {
      const session = await create(provider);
      const { relu } = await session.run(feeds(1)) as Record<string, Tensor>;
      const array = new Float32Array(64 + 8).fill(-1);
      await session.run(feeds(1), { relu: new Tensor('float32', array.subarray(4, 68), [1, 64]) });
      expect([...array]).toEqual([-1, -1, -1, -1, ...(relu.data as Float32Array), -1, -1, -1, -1]);
    });

    test('memory of a feed is written when nothing reads it any more', async () => {
      const session = await create(provider);
      const expected = await session.run(feeds(1)) as Record<string, Tensor>;
      const array = new Float32Array(80);
      for (const [from, to] of [[0, 0], [0, 7], [7, 0]]) {
        array.set(feeds(1).x.data as Float32Array, from);
        const part = (at: number) => new Tensor('float32', array.subarray(at, at + 64), [1, 64]);
        const given = { relu: part(to), x: like(expected.x) };
        const { relu, x, codes, view } = await session.run({ ...feeds(1), x: part(from) }, { ...given, codes: null, view: null });
        expect([relu, x]).toEqual([given.relu, given.x]);
        expect([relu, x, codes, view].map((t) => content(t as Tensor))).toEqual([expected.relu, expected.x, expected.codes, expected.view].map(content));
      }
    });

    test('what does not fit is refused by name, and the session stays usable', async () => {
      const session = await create(provider);
      const cases: readonly (readonly [string, Tensor, string])[] = [
        ['relu', garbage('float64', [2, 64]), 'float64[2, 64]'],
        ['relu', garbage('float32', [3, 64]), 'float32[3, 64]'], // n is known in the run alone
        ['relu', garbage('float32', [128]), 'float32[128]'],
        ['view', garbage('float32', [2, 64]), 'float32[2, 64]'],
        ['codes', garbage('int8', [2, 64]), 'int8[2, 64]'],
        ['wide', garbage('float32', [2, 32]), 'float32[2, 32]'],
        ['x', garbage('float32', [1, 64]), 'float32[1, 64]'],
        ['fixed', garbage('float32', [4]), 'float32[4]'],
      ];
      for (const [output, own, found] of cases) {
        const error = await refusal(session.run(feeds(2), { [output]: own }));
        expect([error.code, error.arg, error.found], error.message).toEqual(['E_INPUT', { kind: 'fetch', name: output }, found]);
        expect(error.expected).toMatch(/^(float32|uint8)\[/);
        if (output === 'relu') expect(error.node?.opType).toBe('Relu');
      }
      expect(((await session.run(feeds(2))).relu as Tensor).dims).toEqual([2, 64]);
    });
  });
}

test('memory of another output is refused', async () => {
  const session = await create('wasm');
  const { x, q } = feeds(1);
  const array = new Float32Array(100);
  const part = (from: number) => new Tensor('float32', array.subarray(from, from + 64), [1, 64]);
  for (const fetches of [{ relu: part(0), sum: part(36) }, { relu: part(0), x: part(0) }]) {
    const error = await refusal(session.run({ x, q }, fetches));
    expect([error.code, error.found]).toEqual(['E_INPUT', 'that of the fetch "relu"']);
  }
  expect(content(x)).toEqual(content(feeds(1).x));
});

test('only tensors with memory on the host are written', async () => {
  const session = await create('cpu');
  const disposed = garbage('float32', [1, 64]);
  disposed.dispose();
  for (const [given, found] of [[disposed, 'a disposed tensor'], [new Float32Array(64), 'object (not a Tensor of this library)']] as const) {
    const error = await refusal(session.run(feeds(1), { relu: given as Tensor }));
    expect([error.code, error.found]).toEqual(['E_INPUT', found]);
  }
});

test('results of subgraphs, strings and sequences', async () => {
  const b = new ModelBuilder({ opset: 21 });
  const cond = b.input('cond', 'bool', []);
  const [text] = b.node('StringConcat', [b.input('a', 'string', [2]), b.input('b', 'string', [2])], {}, { outputs: ['text'] });
  b.output(text);
  const number = b.node('Cast', [cond], { to: 1 });
  b.output(b.node('If', [cond], { then_branch: (g) => g.output(g.node('Neg', [number])), else_branch: (g) => g.output(g.node('Abs', [number])) }), 'chosen');
  b.output(b.node('SequenceConstruct', [number], {}, { outputs: ['list'] })[0]);
  const session = await create('wasm', 'all', b.bytes());
  const strings = (...v: string[]) => new Tensor('string', v, [2]);
  const given = { cond: new Tensor('bool', [1], []), a: strings('a', 'b'), b: strings('c', 'd') };
  const own = { text: garbage('string', [2]), chosen: garbage('float32', []) };
  for (const results of [await session.run(given, own), session.runSync(given, own)]) expect(results).toEqual(own);
  expect([own.text.data, [...(own.chosen.data as Float32Array)]]).toEqual([['ac', 'bd'], [-1]]);
  const error = await refusal(session.run(given, { list: garbage('float32', []) }));
  expect([error.code, error.expected]).toEqual(['E_INPUT', 'sequence(float32[...])']);
});

test('a run into given memory allocates none for the result', async () => {
  const elements = 2 ** 20;
  const b = new ModelBuilder({ opset: 21 });
  const x = b.input('x', 'int8', [elements / 1024, 1024]);
  const scales = f32(new Array<number>(elements / 32).fill(0.5), [elements / 1024, 32]);
  b.output(b.node('DequantizeLinear', [x, b.constant('s', scales)], { axis: 1, block_size: 32 }, { outputs: ['y'] })[0]);
  for (const provider of ['cpu', 'wasm']) {
    const session = await create(provider, 'all', b.bytes());
    const fed = { x: new Tensor('int8', new Int8Array(elements).fill(3), [elements / 1024, 1024]) };
    const own = garbage('float32', [elements / 1024, 1024]);
    for (let i = 0; i < 2; i++) session.runSync(fed, { y: own });
    const before = process.memoryUsage().arrayBuffers;
    session.runSync(fed, { y: own });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 18);
    expect((own.data as Float32Array).every((v) => v === 1.5)).toBe(true);
  }
});
