/** GroupQueryAttention of the WebGPU provider against the cpu provider: prompt, decode, windows, caps, biases, halves. */
import { describe, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { floats, same } from './compare.ts';
import { half } from './half.ts';
import { FULL } from '../full.ts';
import { Tensor } from '../../src/main.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

interface Options {
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly size?: number;
  readonly lengths: readonly number[];
  readonly queries: number;
  /** Rows past has room for; 0: no past. */
  readonly past: number;
  readonly packed?: boolean;
  readonly half?: boolean;
  readonly bias?: boolean;
  readonly sink?: boolean;
  readonly attributes?: Record<string, number>;
}

function gqa({ heads = 4, kvHeads = 2, size = 8, lengths, queries, past, packed, half: narrow, bias, sink, attributes }: Options) {
  const batch = lengths.length, longest = Math.max(...lengths);
  const to = (t: Tensor) => ({ tensor: narrow ? half(t) : t });
  const ints = (values: readonly number[], dims: readonly number[]) => ({ tensor: new Tensor('int32', Int32Array.from(values), dims) });
  const cache = past === 0 ? undefined : () => to(floats([batch, kvHeads, past, size]));
  const type = narrow ? 'float16' as const : 'float32' as const;
  return same({
    op: 'GroupQueryAttention', domain: 'com.microsoft', attributes: { num_heads: heads, kv_num_heads: kvHeads, do_rotary: 1, ...attributes },
    inputs: [
      to(floats([batch, queries, (packed ? heads + 2 * kvHeads : heads) * size])), packed ? undefined : to(floats([batch, queries, kvHeads * size])), packed ? undefined : to(floats([batch, queries, kvHeads * size])),
      cache?.(), cache?.(), ints(lengths.map((n) => n - 1), [batch]), ints([longest], [1]), to(floats([200, size / 2])), to(floats([200, size / 2])), undefined,
      bias ? to(floats([1, heads, queries, longest])) : undefined, sink ? to(floats([heads])) : undefined,
    ],
    outputs: [type, type, type], tolerance: narrow ? 2e-3 : 2e-6,
  });
}

describe.skipIf(reason !== undefined)('attention on webgpu', () => {
  test('prompts and single tokens, packed and apart', async () => {
    await gqa({ lengths: [5], queries: 5, past: 0 });
    await gqa({ lengths: [9], queries: 1, past: 8, packed: true });
    await gqa({ lengths: [80, 70], queries: 3, past: 100 });
    await gqa({ lengths: [7, 4], queries: 7, past: 12, packed: true, attributes: { rotary_interleaved: 1 } });
    await gqa({ lengths: [9], queries: 2, past: 7, half: true, packed: true });
  });

  test('windows, caps, biases, sinks', async () => {
    await gqa({ lengths: [90], queries: 4, past: 90, attributes: { local_window_size: 70, softcap: 2 } });
    await gqa({ lengths: [6], queries: 2, past: 4, bias: true, sink: true, attributes: { do_rotary: 0 } });
    await gqa({ lengths: [6], queries: 2, past: 4, attributes: { smooth_softmax: 1, scale: 0.3 } });
    if (FULL) await gqa({ lengths: [6], queries: 6, past: 0, bias: true, half: true, size: 96 });
  });

  test('heads of their own, with a bias', async () => {
    for (const [wide, bias] of [[8, false], [12, true]] as const) {
      await same({
        op: 'MultiHeadAttention', domain: 'com.microsoft', attributes: { num_heads: 2 }, tolerance: 2e-6,
        inputs: [{ tensor: floats([2, 5, 16]) }, { tensor: floats([2, 70, 16]) }, { tensor: floats([2, 70, 2 * wide]) }, undefined, undefined, bias ? { tensor: floats([1, 2, 5, 70]) } : undefined],
      });
    }
  });

  test('attention of the standard: layouts, caches, masks, windows', async () => {
    const attention = (shapes: readonly (readonly number[] | undefined)[], attributes: Record<string, number> = {}, options: { mask?: Tensor; nonpad?: readonly number[]; narrow?: boolean; present?: boolean } = {}) => {
      const { mask, nonpad, narrow = false, present = false } = options;
      const inputs = shapes.map((dims) => (dims === undefined ? undefined : { tensor: narrow ? half(floats(dims)) : floats(dims) }));
      const type = narrow ? 'float16' as const : 'float32' as const;
      return same({
        op: 'Attention', opset: 25, attributes, tolerance: narrow ? 2e-3 : 2e-6, outputs: present ? [type, type, type] : [type],
        inputs: [...inputs.slice(0, 3), mask && { tensor: mask }, inputs[3], inputs[4], nonpad && { tensor: new Tensor('int64', BigInt64Array.from(nonpad, BigInt), [nonpad.length]) }],
      });
    };
    const heads = { q_num_heads: 4, kv_num_heads: 2 };
    await attention([[2, 5, 32], [2, 9, 16], [2, 9, 24]], { ...heads, is_causal: 1, softcap: 2 }, { present: true });
    await attention([[2, 4, 3, 8], [2, 2, 6, 8], [2, 2, 6, 12], [2, 2, 70, 8], [2, 2, 70, 12]], { is_causal: 1, scale: 0.4 }, { present: true });
    await attention([[1, 2, 3, 6], [1, 2, 4, 6], [1, 2, 4, 6], [1, 2, 5, 6], [1, 2, 5, 6]], {}, { mask: new Tensor('bool', Uint8Array.from({ length: 27 }, (_, i) => (i < 9 ? 0 : i % 3 > 0 ? 1 : 0)), [3, 9]) }); // the first query sees nothing
    const lowest = floats([2, 1, 3, 5]);
    (lowest.data as Float32Array).fill(-Infinity, 5, 8).fill(-3.4028234663852886e38, 10, 15);
    await attention([[2, 2, 3, 8], [2, 2, 7, 8], [2, 2, 7, 8]], {}, { mask: lowest }); // hides what lies behind its end
    await attention([[2, 2, 6, 8], [2, 2, 90, 8], [2, 2, 90, 8]], { left_window_size: 2, right_window_size: 1 }, { nonpad: [80, 3] });
    await attention([[1, 5, 32], [1, 9, 16], [1, 9, 16], [1, 2, 3, 8], [1, 2, 3, 8]], { ...heads, is_causal: 1, left_window_size: 3 }, { narrow: true, present: true });
  });
});
