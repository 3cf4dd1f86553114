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
});
