/** Attention, rotation and reductions on float32, beside the scalar provider. */
import { describe, test } from 'vitest';
import { Tensor } from '../../src/main.ts';
import { floats, same } from './beside-cpu.ts';

const ms = 'com.microsoft';
const counts = (dims: number[], ...values: number[]) => new Tensor('int32', Int32Array.from(values), dims);
const bools = (dims: number[]) => new Tensor('bool', Uint8Array.from({ length: dims.reduce((n, d) => n * d, 1) }, (_, i) => ((i * 5) % 3 === 0 ? 0 : 1)), dims);
/** Softmax sums in lanes and e^x is within 2 units in the last place. */
const NEAR = 3e-6;

describe('Attention', () => {
  const attrs = { q_num_heads: 4, kv_num_heads: 2 };
  test.each<[string, Record<string, number>, (Tensor | undefined)[], number]>([
    ['3-D', attrs, [floats([2, 5, 12]), floats([2, 7, 6], 2, 5), floats([2, 7, 10], 2, 8)], 1],
    ['4-D, causal', { is_causal: 1 }, [floats([2, 4, 5, 3]), floats([2, 2, 5, 3], 2, 5), floats([2, 2, 5, 6], 2, 8)], 1],
    ['a scale and a float mask', { ...attrs, scale: 0.3 }, [floats([2, 5, 12]), floats([2, 7, 6], 2, 5), floats([2, 7, 6], 2, 8), floats([5, 7])], 1],
    ['a bool mask', attrs, [floats([2, 5, 12]), floats([2, 7, 6], 2, 5), floats([2, 7, 6], 2, 8), bools([2, 1, 5, 7])], 1],
    ['rows that see nothing', attrs, [floats([1, 2, 12]), floats([1, 3, 6], 2, 5), floats([1, 3, 6], 2, 8), new Tensor('bool', new Uint8Array(6), [2, 3])], 1],
    ['a cache', { ...attrs, is_causal: 1 }, [floats([2, 3, 12]), floats([2, 3, 6], 2, 5), floats([2, 3, 6], 2, 8), undefined, floats([2, 2, 9, 3]), floats([2, 2, 9, 3], 2, 3)], 3],
    ['one query', attrs, [floats([1, 1, 32]), floats([1, 1, 16], 2, 5), floats([1, 1, 16], 2, 8), undefined, floats([1, 2, 66, 8]), floats([1, 2, 66, 8], 2, 3)], 3],
  ])('of the standard: %s', (_, attributes, inputs, outputs) => same({ op: 'Attention', attrs: attributes, inputs, outputs, opset: 23 }, NEAR));

  test.each<[string, Record<string, number>, (Tensor | undefined)[], number]>([
    ['plain', {}, [], 1],
    ['biases', {}, [floats([36], 1, 9)], 1],
    ['a mask of keys', {}, [undefined, counts([2, 7], 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0)], 1],
    ['lengths of keys', {}, [undefined, counts([2], 7, 3)], 1],
    ['a bias of scores', { scale: 0.4 }, [undefined, undefined, floats([1, 3, 5, 7])], 1],
    ['a bias of samples', {}, [undefined, undefined, floats([2, 1, 5, 7])], 1], ['a bias of keys', {}, [undefined, undefined, floats([2, 3, 1, 7])], 1],
    ['the present', {}, [], 3],
  ])('MultiHeadAttention with %s', (_, attrs, more, outputs) => same({
    op: 'MultiHeadAttention', domain: ms, attrs: { num_heads: 3, ...attrs }, outputs,
    inputs: [floats([2, 5, 12]), floats([2, 7, 12], 2, 5), floats([2, 7, 12], 2, 8), ...more],
  }, NEAR));
  test('MultiHeadAttention with a past, causal', () => same({
    op: 'MultiHeadAttention', domain: ms, attrs: { num_heads: 3, unidirectional: 1 }, outputs: 3,
    inputs: [floats([2, 5, 12]), floats([2, 5, 12], 2, 5), floats([2, 5, 12], 2, 8), undefined, undefined, undefined, floats([2, 3, 4, 4]), floats([2, 3, 4, 4], 2, 6)],
  }, NEAR));

  test.each<[string, Record<string, number | number[]>, (Tensor | undefined)[]]>([
    ['plain', {}, []], ['causal', { unidirectional: 1 }, []], ['lengths', {}, [counts([2], 6, 2)]],
    ['a mask of keys', { mask_filter_value: -5000 }, [counts([2, 6], 1, 1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 0)]], ['other sizes', { qkv_hidden_sizes: [9, 9, 18] }, []],
  ])('of com.microsoft: %s', async (_, attrs, more) => {
    for (const constants of [[], [1]]) {
      await same({
        op: 'Attention', domain: ms, attrs: { num_heads: 3, ...attrs }, constants,
        inputs: [floats([2, 6, 10]), floats([10, 36], 0.5, 5), floats([36], 1, 8), ...more],
      }, NEAR);
    }
  });
});

test.each([1, 3, 4, 9])('GroupQueryAttention of %i tokens', async (tokens) => {
  const lengths = counts([2], tokens + 4, tokens + 2), total = counts([], tokens + 5);
  const attrs = { num_heads: 4, kv_num_heads: 2, do_rotary: 1 };
  const tables = [floats([32, 4], 1, 4), floats([32, 4], 1, 6)];
  const inputs = (past: number) => [floats([2, tokens, 32]), floats([2, tokens, 16], 2, 5), floats([2, tokens, 16], 2, 8), floats([2, 2, past, 8], 2, 3), floats([2, 2, past, 8], 2, 2)];
  await same({ op: 'GroupQueryAttention', domain: ms, attrs, inputs: [...inputs(5), lengths, total, ...tables], outputs: 3 }, NEAR);
  const first = counts([2], tokens - 1, tokens - 1);
  await same({ op: 'GroupQueryAttention', domain: ms, attrs, inputs: [...inputs(0), first, counts([], tokens), ...tables], outputs: 3 }, NEAR);
});

test.each([0, 1])('RotaryEmbedding, interleaved %i', async (interleaved) => {
  const ids = new Tensor('int64', BigInt64Array.from([3, 0, 1, 2, 7, 5], BigInt), [2, 3]);
  const tables = (half: number) => [floats([9, half], 1, 4), floats([9, half], 1, 6)];
  for (const [x, half, more] of [[[2, 4, 3, 10], 5, {}], [[2, 4, 3, 16], 3, { rotary_embedding_dim: 6, num_heads: 4 }], [[2, 3, 40], 5, { num_heads: 4 }]] as const) {
    const attrs = { interleaved, ...more };
    await same({ op: 'RotaryEmbedding', attrs, inputs: [floats(x), ...tables(half), ids], opset: 23 });
    await same({ op: 'RotaryEmbedding', domain: ms, attrs, inputs: [floats(x), ids, ...tables(half)] });
    await same({ op: 'RotaryEmbedding', domain: ms, attrs, inputs: [floats(x), new Tensor('int64', BigInt64Array.of(2n), [1]), ...tables(half)] });
  }
  await same({ op: 'RotaryEmbedding', attrs: { interleaved }, inputs: [floats([2, 4, 3, 10]), floats([2, 3, 5], 1, 4), floats([2, 3, 5], 1, 6)], opset: 23 });
});

describe('reductions', () => {
  test.each(['ReduceSum', 'ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceL1', 'ReduceL2', 'ReduceSumSquare'])('%s', async (op) => {
    for (const [dims, axes] of [[[3, 67], [1]], [[2, 3, 4, 5], [2, 3]], [[2, 5, 7], [1]], [[2, 5, 7], [-3]], [[3, 1], [1]], [[6], [0]], [[2, 3], undefined]] as const) {
      const list = axes && new Tensor('int64', BigInt64Array.from(axes, BigInt), [axes.length]);
      for (const keepdims of [0, 1]) await same({ op, attrs: { keepdims }, inputs: [floats(dims), list], constants: [1] }, 2e-7);
    }
    await same({ op, attrs: { axes: [1], keepdims: 1 }, inputs: [floats([2, 9])], opset: 11 }, 2e-7);
  });
  test('sums of int64 wrap', async () => {
    const x = new Tensor('int64', BigInt64Array.from({ length: 30 }, (_, i) => (i % 4 === 0 ? 2n ** 62n + BigInt(i) : BigInt(7 * i - 50))), [2, 3, 5]);
    for (const axes of [[0], [1], [2], [1, 2], [0, 2], [0, 1, 2]]) {
      await same({ op: 'ReduceSum', attrs: { keepdims: 0 }, inputs: [x, new Tensor('int64', BigInt64Array.from(axes, BigInt), [axes.length])], constants: [1] });
    }
  });
  test('extremes are exact and keep NaN', async () => {
    const x = new Tensor('float32', Float32Array.of(1, NaN, 3, -0, 0, -Infinity, 5, 6, 7, 8), [2, 5]);
    for (const op of ['ReduceMax', 'ReduceMin']) for (const axes of [[0], [1]]) await same({ op, attrs: { axes }, inputs: [x], opset: 13 });
  });
});
