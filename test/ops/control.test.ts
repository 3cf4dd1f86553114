/** Loops, scans, branches and sequences beside onnxruntime, and what happens when they take no turn or too much memory. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBuilder, type GraphBuilder } from '../../src/model/builder.ts';
import { InferenceSession } from '../../src/session.ts';
import { int64, Tensor } from '../../src/tensor/index.ts';
import { runHere, runOrt, type Named } from '../../conformance/fuzz/beside-ort.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 30);

const float = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', [...values], dims);
const scalar = (value: number | bigint) => new Tensor('int64', [BigInt(value)], []);
const bool = (value: boolean) => new Tensor('bool', [Number(value)], []);

async function expectAsOrt(b: ModelBuilder, feeds: Named): Promise<void> {
  const bytes = b.bytes();
  const plain = (results: Readonly<Record<string, Tensor>>) => Object.entries(results).map(([name, t]) => [name, t.type, [...t.dims], Array.from(t.data as ArrayLike<unknown>)]);
  expect(plain(await runHere(bytes, feeds))).toEqual(plain(await runOrt(bytes, feeds)));
}

describe('Loop', () => {
  /** sum += i; scan outputs: sum * w (w from outside), and i; goes on while sum < stop. */
  function loopModel(withTrips: boolean, withCond: boolean): ModelBuilder {
    const b = new ModelBuilder({ opset: 17 });
    const trips = b.input('trips', 'int64', []);
    const cond = b.input('cond', 'bool', []);
    const start = b.input('start', 'float32', [2]);
    const stop = b.input('stop', 'float32', []);
    const w = b.input('w', 'float32', [2]);
    const [sum, scaled, turns] = b.node('Loop', [withTrips ? trips : undefined, withCond ? cond : undefined, start], {
      body: (g: GraphBuilder) => {
        const i = g.input('i', 'int64', []);
        g.input('c', 'bool', []);
        const before = g.input('before', 'float32', [2]);
        const after = g.node('Add', [before, g.node('Cast', [i], { to: 1 })]);
        const first = g.node('ReduceMax', [after], { keepdims: 0 });
        g.output(g.node('Less', [first, stop]), 'more', { kind: 'tensor', dtype: 'bool', shape: [] });
        g.output(after, 'after', { kind: 'tensor', dtype: 'float32', shape: [2] });
        g.output(g.node('Mul', [after, w]), 'scaled', { kind: 'tensor', dtype: 'float32', shape: [2] });
        g.output(g.node('Identity', [i]), 'turn', { kind: 'tensor', dtype: 'int64', shape: [] });
      },
    }, { outputs: ['sum', 'all', 'turns'] });
    b.output(sum!, 'sum', { kind: 'tensor', dtype: 'float32', shape: [2] });
    b.output(scaled!, 'all', { kind: 'tensor', dtype: 'float32', shape: [undefined, 2] });
    b.output(turns!, 'turns', { kind: 'tensor', dtype: 'int64', shape: [undefined] });
    return b;
  }

  test('trip count, condition, carried values and scan outputs', () => fc.assert(fc.asyncProperty(
    fc.constantFrom(0n, 1n, 3n, 7n, 2n ** 63n - 1n, -1n), fc.boolean(), fc.constantFrom(-1, 0, 2, 9, 30), fc.boolean(), fc.boolean(),
    (trips, cond, stop, withTrips, withCond) =>
      expectAsOrt(loopModel(withTrips, withCond), { trips: scalar(trips), cond: bool(cond), start: float([0.5, -1]), stop: float([stop], []), w: float([2, 3]) }),
  ), { numRuns: RUNS, seed: 3, endOnFailure: true }));

  test('scan outputs stay within the byte budget of a run', async () => {
    const b = new ModelBuilder({ opset: 17 });
    const big = b.input('big', 'float32', [1024]);
    const [all] = b.node('Loop', [b.constant('trips', scalar(1_000_000)), undefined], {
      body: (g: GraphBuilder) => {
        g.input('i', 'int64', []);
        const c = g.input('c', 'bool', []);
        g.output(g.node('Identity', [c]), 'more', { kind: 'tensor', dtype: 'bool', shape: [] });
        g.output(g.node('Identity', [big]), 'row', { kind: 'tensor', dtype: 'float32', shape: [1024] });
      },
    }, { outputs: ['all'] });
    b.output(all!, 'all', { kind: 'tensor', dtype: 'float32', shape: [undefined, 1024] });
    const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'], limits: { runBytes: 2 ** 24 } });
    await expect(session.run({ big: new Tensor('float32', new Float32Array(1024), [1024]) })).rejects.toMatchObject({ code: 'E_LIMIT' });
  });
});

test('a loop without end hears the signal that stops it', async () => {
  const b = new ModelBuilder({ opset: 17 });
  const start = b.input('start', 'float32', [4]);
  const last = b.node('Loop', [undefined, undefined, start], {
    body: (g: GraphBuilder) => {
      g.input('i', 'int64', []);
      const c = g.input('c', 'bool', []);
      const v = g.input('v', 'float32', [4]);
      g.output(g.node('Identity', [c]), 'more', { kind: 'tensor', dtype: 'bool', shape: [] });
      g.output(g.node('Neg', [v]), 'next', { kind: 'tensor', dtype: 'float32', shape: [4] });
    },
  });
  b.output(last, 'last', { kind: 'tensor', dtype: 'float32', shape: [4] });
  const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'] });
  const run = session.run({ start: float([1, 2, 3, 4]) }, { signal: AbortSignal.timeout(200) });
  await expect(run).rejects.toMatchObject({ code: 'E_ABORTED' });
});

test('what a turn allocates is let go after it: many turns fit into a budget of a few', async () => {
  const b = new ModelBuilder({ opset: 17 });
  const start = b.input('start', 'float32', [4096]);
  const last = b.node('Loop', [b.constant('trips', scalar(1000)), undefined, start], {
    body: (g: GraphBuilder) => {
      g.input('i', 'int64', []);
      const c = g.input('c', 'bool', []);
      const v = g.input('v', 'float32', [4096]);
      g.output(g.node('Identity', [c]), 'more', { kind: 'tensor', dtype: 'bool', shape: [] });
      g.output(g.node('Neg', [g.node('Neg', [g.node('Neg', [v])])]), 'next', { kind: 'tensor', dtype: 'float32', shape: [4096] });
    },
  });
  b.output(last, 'last', { kind: 'tensor', dtype: 'float32', shape: [4096] });
  const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'], limits: { runBytes: 10 * 4 * 4096 } });
  const { last: found } = (await session.run({ start: new Tensor('float32', new Float32Array(4096).fill(3), [4096]) })) as Record<string, Tensor>;
  expect(found!.data[17]).toBe(3);
});

test('If takes one branch, with values from outside', async () => {
  for (const yes of [true, false]) {
    const b = new ModelBuilder({ opset: 17 });
    const cond = b.input('cond', 'bool', []);
    const x = b.input('x', 'float32', [2]);
    const branch = (op: string) => (g: GraphBuilder) => g.output(g.node(op, [x]), `${op}_out`, { kind: 'tensor', dtype: 'float32', shape: [2] });
    b.output(b.node('If', [cond], { then_branch: branch('Neg'), else_branch: branch('Abs') }), 'y', { kind: 'tensor', dtype: 'float32', shape: [2] });
    await expectAsOrt(b, { cond: bool(yes), x: float([-1, 2]) });
  }
});

test('a value from outside that a branch gives out unchanged keeps its memory, whichever branch the first run took', async () => {
  const b = new ModelBuilder({ opset: 17 });
  const cond = b.input('cond', 'bool', []);
  const x = b.input('x', 'float32', [64]);
  const [p, q] = [b.node('Neg', [x]), b.node('Abs', [x])];
  const give = (edge: typeof p) => (g: GraphBuilder) => g.output(g.node('Identity', [edge]), undefined, { kind: 'tensor', dtype: 'float32', shape: [64] });
  const y = b.node('If', [cond], { then_branch: give(p), else_branch: give(q) });
  const e = b.node('Exp', [x]);
  b.output(b.node('Add', [b.node('Mul', [b.node('Exp', [e]), b.node('Exp', [e])]), y]), 'z', { kind: 'tensor', dtype: 'float32', shape: [64] });
  const session = await InferenceSession.create(b.bytes(), { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
  const found: unknown[] = [];
  for (const yes of [true, true, false]) {
    const { z } = (await session.run({ x: new Tensor('float32', new Float32Array(64).fill(-2), [64]), cond: bool(yes) })) as Record<string, Tensor>;
    found.push(z!.data[9]);
  }
  expect(found).toEqual([found[0], found[0], found[0]]); // -(-2) = |-2|
});

describe('Scan', () => {
  const body = (g: GraphBuilder) => {
    const state = g.input('state', 'float32', [2]);
    const x = g.input('a', 'float32', [2]);
    const y = g.input('b', 'float32', [2]);
    const next = g.node('Add', [state, g.node('Mul', [x, y])]);
    g.output(next, 'next', { kind: 'tensor', dtype: 'float32', shape: [2] });
    g.output(g.node('Sub', [next, y]), 'out', { kind: 'tensor', dtype: 'float32', shape: [2] });
  };
  const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, i) => from + i);

  test('axes and directions of opset 9', () => fc.assert(fc.asyncProperty(
    fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 1 }), fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
    fc.integer({ min: -2, max: 1 }), fc.integer({ min: 0, max: 1 }),
    async (length, axis, directions, outAxis, outDirection) => {
      const b = new ModelBuilder({ opset: 17 });
      const dims = axis === 0 ? [length, 2] : [2, length];
      const inputs = [b.input('s', 'float32', [2]), b.input('x', 'float32', dims), b.input('y', 'float32', [length, 2])];
      const [last, all] = b.node('Scan', inputs, {
        body, num_scan_inputs: 2, scan_input_axes: [axis, 0], scan_input_directions: directions, scan_output_axes: [outAxis], scan_output_directions: [outDirection],
      }, { outputs: ['last', 'all'] });
      b.output(last!, 'last', { kind: 'tensor', dtype: 'float32', shape: [2] });
      b.output(all!, 'all', { kind: 'tensor', dtype: 'float32', shape: [undefined, undefined] });
      await expectAsOrt(b, { s: float([1, 10]), x: float(numbers(2 * length), dims), y: float(numbers(2 * length, 5), [length, 2]) });
    },
  ), { numRuns: RUNS, seed: 3, endOnFailure: true }));

  test('batches, lengths and directions of opset 8', () => fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }), fc.boolean(), fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
    async (lengths, given, directions) => {
      const b = new ModelBuilder({ opset: 8, irVersion: 3 });
      const n = lengths.length;
      const inputs = [b.input('n', 'int64', [n]), b.input('s', 'float32', [n, 2]), b.input('x', 'float32', [n, 3, 2]), b.input('y', 'float32', [n, 3, 2])];
      const [last, all] = b.node('Scan', [given ? inputs[0] : undefined, ...inputs.slice(1)], { body, num_scan_inputs: 2, directions }, { outputs: ['last', 'all'] });
      b.output(last!, 'last', { kind: 'tensor', dtype: 'float32', shape: [n, 2] });
      b.output(all!, 'all', { kind: 'tensor', dtype: 'float32', shape: [n, 3, 2] });
      await expectAsOrt(b, { n: int64(lengths), s: float(numbers(2 * n), [n, 2]), x: float(numbers(6 * n), [n, 3, 2]), y: float(numbers(6 * n, 3), [n, 3, 2]) });
    },
  ), { numRuns: RUNS, seed: 3, endOnFailure: true }));
});

describe('sequences', () => {
  test('split, insert, erase, pick, map and concatenate', () => fc.assert(fc.asyncProperty(
    fc.integer({ min: 2, max: 6 }), fc.constantFrom('scalar', 'list', 'none'), fc.integer({ min: -1, max: 1 }), fc.boolean(), fc.integer({ min: 0, max: 1 }),
    async (length, form, at, mapped, keepdims) => {
      const b = new ModelBuilder({ opset: 17 });
      const x = b.input('x', 'float32', [length, 2]);
      const split = form === 'none' ? undefined : b.constant('split', form === 'scalar' ? scalar(2) : int64([1, length - 1]));
      let parts = b.node('SplitToSequence', split === undefined ? [x] : [x, split], split === undefined ? { axis: 0, keepdims } : { axis: 0 });
      parts = b.node('SequenceInsert', [parts, b.node('SequenceAt', [parts, b.constant('last', scalar(-1))]), b.constant('at', scalar(at))]);
      if (mapped) {
        parts = b.node('SequenceMap', [parts, b.constant('two', float([2], []))], {
          body: (g: GraphBuilder) => {
            const [item, factor] = [g.input('item', 'float32'), g.input('factor', 'float32')];
            g.output(g.node('Mul', [item, factor]), 'product', { kind: 'tensor', dtype: 'float32', shape: undefined });
          },
        });
      }
      b.output(b.node('SequenceLength', [parts]), 'count', { kind: 'tensor', dtype: 'int64', shape: [] });
      parts = b.node('SequenceErase', [parts, b.constant('first', scalar(0))]);
      b.output(b.node('ConcatFromSequence', [parts], { axis: 0 }), 'joined', { kind: 'tensor', dtype: 'float32', shape: undefined });
      if (form === 'none') b.output(b.node('ConcatFromSequence', [parts], { axis: -1, new_axis: 1 }), 'stacked', { kind: 'tensor', dtype: 'float32', shape: undefined });
      await expectAsOrt(b, { x: float(Array.from({ length: 2 * length }, (_, i) => i), [length, 2]) });
    },
  ), { numRuns: RUNS, seed: 3, endOnFailure: true }));

  test('a position outside is refused', async () => {
    const b = new ModelBuilder({ opset: 17 });
    const one = b.node('SequenceConstruct', [b.input('x', 'float32', [1])]);
    b.output(b.node('SequenceAt', [one, b.constant('at', scalar(1))]), 'y', { kind: 'tensor', dtype: 'float32', shape: undefined });
    await expect(runHere(b.bytes(), { x: float([1]) })).rejects.toMatchObject({ code: 'E_VALUE' });
  });
});
