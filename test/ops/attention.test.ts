/**
 * Attention and normalization beside onnxruntime, on drawn attributes and shapes; and what must hold of a cache however it
 * is filled. NIBBLE_FUZZ_RUNS sets the number of nodes drawn for each operator.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ModelBuilder } from '../../src/model/builder.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { InferenceSession } from '../../src/session.ts';
import { dtypeInfo, Tensor, unpack, type Dim, type DType, type TypedArray } from '../../src/tensor/index.ts';
import * as nodes from '../../conformance/fuzz/attention-nodes.ts';
import { both, distance, mismatches, oneNode, runHere, type OneNode } from '../../conformance/fuzz/beside-ort.ts';
import { tensor } from '../../conformance/fuzz/draw.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 20);
const SEED = Number(process.env['NIBBLE_FUZZ_SEED'] ?? 1);

/** A few units in the last place of sums of tens of terms; float16 results may differ by one unit. */
const TOLERANCE: Partial<Record<DType, number>> = { float32: 3e-6, float16: 2e-3 };

/** The dimensions inference knows, from the shapes of the inputs alone. */
function inferredShapes(node: OneNode): (readonly Dim[] | undefined)[] {
  const b = new ModelBuilder({ opset: node.opset ?? 21 });
  const inputs = node.inputs.map((t, i) => t && (node.constants?.includes(i) ? b.constant(`x${i}`, t) : b.input(`x${i}`, t.type, t.dims)));
  const edges = b.node(node.opType, inputs, node.attributes ?? {}, { domain: node.domain ?? '', outputs: node.outputs.map((t, i) => (t === undefined ? '' : `y${i}`)) });
  inferGraph(b.graph);
  return edges.map((e) => (e.type?.kind === 'tensor' ? e.type.shape : undefined));
}

async function compare(node: OneNode): Promise<void> {
  const { here, there } = await both(node);
  const names = node.outputs.flatMap((t, i) => (t === undefined ? [] : [`y${i}`]));
  const shapes = inferredShapes(node);
  names.forEach((name, i) => {
    const a = here[name], b = there[name];
    if (dtypeInfo(b.type).class === 'float') expect([name, distance(a, b) <= TOLERANCE[b.type]!, distance(a, b)]).toEqual([name, true, expect.anything()]);
    else expect([name, mismatches(a, b)]).toEqual([name, 0]);
    expect(shapes[i]?.map((d, k) => (typeof d === 'number' ? d : a.dims[k]))).toEqual([...a.dims]);
  });
}

describe('equal to onnxruntime', () => {
  test.each(Object.entries(nodes))('%s', async (_, node) => {
    await fc.assert(fc.asyncProperty(node as fc.Arbitrary<OneNode>, compare), { numRuns: RUNS, seed: SEED });
  }, 600_000);
});

interface Stream {
  readonly query: Tensor; // [1, T, N * H]
  readonly key: Tensor;
  readonly value: Tensor;
  readonly table: Tensor;
}

const HEADS = 4, GROUPS = 2, SIZE = 8, LENGTH = 6, CAPACITY = 9;

const stream: fc.Arbitrary<Stream> = fc.record({
  query: tensor('float32', [1, LENGTH, HEADS * SIZE]), key: tensor('float32', [1, LENGTH, GROUPS * SIZE]), value: tensor('float32', [1, LENGTH, GROUPS * SIZE]),
  table: tensor('float32', [LENGTH + 1, SIZE / 2]),
});

/** Rows [from, to) of a tensor [1, T, width]. */
function rows(t: Tensor, from: number, to: number): Tensor {
  const width = t.dims[2];
  return new Tensor(t.type, (t.data as Float32Array).slice(from * width, to * width), [1, to - from, width]);
}

interface Cache {
  readonly key: Tensor;
  readonly value: Tensor;
}

const emptyCache = (dtype: DType, capacity: number, width = SIZE): Cache => {
  const make = (): Tensor => new Tensor(dtype, new (dtypeInfo(dtype).array!)(GROUPS * capacity * width), [1, GROUPS, capacity, width]);
  return { key: make(), value: make() };
};

const quantized = { k_quant_type: 'PER_TENSOR', v_quant_type: 'PER_TENSOR', kv_cache_bit_width: 8 } as const;
const scale = new Tensor('float32', Float32Array.of(0.05), [1]);

/** One call for rows [from, to): the inputs of the node, with a past of `from` tokens. */
function call(s: Stream, from: number, to: number, past: Cache, extra: Readonly<Record<string, number | string>> = {}): OneNode {
  const int32 = (v: number, dims: readonly number[]): Tensor => new Tensor('int32', Int32Array.of(v), dims);
  const scales = past.key.type === 'int8' ? [undefined, undefined, undefined, scale, scale] : [];
  return {
    opType: 'GroupQueryAttention', domain: 'com.microsoft',
    attributes: { num_heads: HEADS, kv_num_heads: GROUPS, do_rotary: 1, ...(past.key.type === 'int8' ? quantized : {}), ...extra },
    inputs: [rows(s.query, from, to), rows(s.key, from, to), rows(s.value, from, to), past.key, past.value, int32(to - 1, [1]), int32(to, [1]), s.table, s.table, ...scales],
    outputs: ['float32', past.key.type, past.key.type],
  };
}

async function step(s: Stream, from: number, to: number, past: Cache, extra: Readonly<Record<string, number | string>> = {}): Promise<{ out: number[]; cache: Cache }> {
  const { bytes, feeds } = oneNode(call(s, from, to, past, extra));
  const { y0, y1, y2 } = await runHere(bytes, feeds);
  return { out: [...unpack(y0)], cache: { key: y1, value: y2 } };
}

/** The first `count` rows of each head of a cache. */
function tokens(cache: Tensor, count: number): number[] {
  const [, heads, capacity, width] = cache.dims;
  const data = unpack(cache);
  return Array.from({ length: heads }, (_, n) => [...data.slice(n * capacity * width, (n * capacity + count) * width)]).flat();
}

describe('a cache', () => {
  const widths = [1, 2, 3, LENGTH];

  test.each([['float32', 0], ['float32', CAPACITY], ['int8', CAPACITY]] as const)('of %s with room for %i rows: one call for n tokens equals calls for parts of them', async (dtype, capacity) => {
    await fc.assert(fc.asyncProperty(stream, fc.constantFrom(...widths), async (s, width) => {
      const whole = await step(s, 0, LENGTH, emptyCache(dtype, capacity));
      const out: number[] = [];
      let cache = emptyCache(dtype, capacity);
      for (let from = 0; from < LENGTH; from += width) {
        const part = await step(s, from, Math.min(from + width, LENGTH), cache);
        out.push(...part.out);
        cache = part.cache;
      }
      expect(out).toEqual(whole.out);
      expect(tokens(cache.key, LENGTH)).toEqual(tokens(whole.cache.key, LENGTH));
      expect(tokens(cache.value, LENGTH)).toEqual(tokens(whole.cache.value, LENGTH));
    }), { numRuns: 8, seed: SEED });
  });

  test('with spare room gives what an exact one gives', async () => {
    await fc.assert(fc.asyncProperty(stream, async (s) => {
      const first = await step(s, 0, 3, emptyCache('float32', 0));
      const roomy = await step(s, 0, 3, emptyCache('float32', CAPACITY));
      expect(roomy.out).toEqual(first.out);
      const exactNext = await step(s, 3, 4, first.cache), roomyNext = await step(s, 3, 4, roomy.cache);
      expect(exactNext.cache.key.dims).toEqual([1, GROUPS, 4, SIZE]);
      expect(roomyNext.cache.key.dims).toEqual([1, GROUPS, CAPACITY, SIZE]);
      expect(roomyNext.out).toEqual(exactNext.out);
      expect(tokens(roomyNext.cache.value, 4)).toEqual(tokens(exactNext.cache.value, 4));
    }), { numRuns: 8, seed: SEED });
  });

  test('that the caller hands in as its own output is extended in place', async () => {
    await fc.assert(fc.asyncProperty(stream, fc.constantFrom<DType>('float32', 'int8'), async (s, dtype) => {
      const { cache } = await step(s, 0, 3, emptyCache(dtype, CAPACITY));
      const apart = await step(s, 3, 4, cache);
      // Rows behind the tokens are not touched: what stands there stays.
      for (const t of [cache.key, cache.value]) (t.data as Float32Array).fill(7, 4 * SIZE, CAPACITY * SIZE);
      const before = (cache.key.data as TypedArray).slice(0);
      const { bytes, feeds } = oneNode(call(s, 3, 4, cache));
      const session = await InferenceSession.create(bytes, { executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' });
      const results = await session.run(feeds, { y0: null, y1: cache.key, y2: cache.value });
      expect(results['y1']).toBe(cache.key);
      expect([...unpack(results['y0'] as Tensor)]).toEqual(apart.out);
      expect(tokens(cache.key, 4)).toEqual(tokens(apart.cache.key, 4));
      expect((cache.key.data as Float32Array).slice(0, 3 * SIZE)).toEqual((before as Float32Array).slice(0, 3 * SIZE));
      expect((cache.key.data as Float32Array).slice(4 * SIZE, CAPACITY * SIZE)).toEqual((before as Float32Array).slice(4 * SIZE, CAPACITY * SIZE));
    }), { numRuns: 8, seed: SEED });
  });

  test('that slides gives what a full one gives within its window', async () => {
    await fc.assert(fc.asyncProperty(stream, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom(...widths), async (s, window, spare, width) => {
      let full = emptyCache('float32', LENGTH), sliding = emptyCache('float32', window + spare);
      for (let from = 0; from < LENGTH; from += width) {
        const to = Math.min(from + width, LENGTH);
        const a = await step(s, from, to, full, { local_window_size: window });
        const b = await step(s, from, to, sliding, { local_window_size: window, sliding_window_cache: 1 });
        expect(b.out).toEqual(a.out);
        expect(b.cache.key.dims[2]).toBe(window + spare);
        [full, sliding] = [a.cache, b.cache];
      }
    }), { numRuns: 12, seed: SEED });
  });
});

test('a window of left_window_size keys and the query itself equals local_window_size = left_window_size + 1', async () => {
  await fc.assert(fc.asyncProperty(stream, fc.integer({ min: 0, max: 3 }), async (s, left) => {
    const plain = await step(s, 0, LENGTH, emptyCache('float32', 0), { do_rotary: 0, local_window_size: left + 1 });
    const { bytes, feeds } = oneNode({
      opType: 'Attention', opset: 25, attributes: { is_causal: 1, left_window_size: left, q_num_heads: HEADS, kv_num_heads: GROUPS },
      inputs: [s.query, s.key, s.value], outputs: ['float32'],
    });
    const { y0 } = await runHere(bytes, feeds);
    const found = new Tensor('float32', Float32Array.from(plain.out), y0.dims);
    expect(distance(y0, found)).toBeLessThan(3e-6);
  }), { numRuns: 10, seed: SEED });
});

test.each([
  ['seqlens_k out of range', { seqlens: 9 }, 'E_VALUE'],
  ['kv_num_heads that do not divide num_heads', { groups: 3 }, 'E_ATTRIBUTE'],
  ['an unknown quantization type', { attributes: { k_quant_type: 'HALF' } }, 'E_ATTRIBUTE'],
  ['bits without quantization', { attributes: { kv_cache_bit_width: 8 } }, 'E_ATTRIBUTE'],
] as const)('GroupQueryAttention refuses %s', async (_, wrong: { seqlens?: number; groups?: number; attributes?: Record<string, string | number> }, code) => {
  const x = (width: number): Tensor => new Tensor('float32', new Float32Array(2 * width), [1, 2, width]);
  const { bytes, feeds } = oneNode({
    opType: 'GroupQueryAttention', domain: 'com.microsoft', attributes: { num_heads: 4, kv_num_heads: wrong.groups ?? 2, ...wrong.attributes },
    inputs: [x(32), x(16), x(16), undefined, undefined, new Tensor('int32', Int32Array.of(wrong.seqlens ?? 1), [1]), new Tensor('int32', Int32Array.of(2), [1])],
    outputs: ['float32', 'float32', 'float32'],
  });
  await expect(runHere(bytes, feeds)).rejects.toMatchObject({ code: wrong.groups === undefined ? code : 'E_SHAPE' });
});
