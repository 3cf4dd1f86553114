/** Matrix products of the WebGPU provider against the cpu provider: every tail, every layout. */
import { describe, test } from 'vitest';
import { whyNot } from './adapter.ts';
import { codes, floats, random, same } from './compare.ts';
import { Tensor } from '../../src/main.ts';
import { half } from './half.ts';
import { FULL } from '../full.ts';

const reason = await whyNot();
if (reason !== undefined) console.warn(`WebGPU tests are skipped: ${reason}`);

function nbits(m: number, k: number, n: number, bits: number, block: number, options: { level?: number; zeros?: 'packed' | 'float'; half?: boolean; bias?: boolean; dynamic?: boolean } = {}) {
  const blocks = Math.ceil(k / block);
  const to = (t: Tensor) => (options.half ? half(t) : t);
  const constant = !options.dynamic;
  const zeros = options.zeros === 'packed' ? codes('uint8', [n * Math.ceil((blocks * bits) / 8)])
    : options.zeros === 'float' ? to(new Tensor('float32', Float32Array.from({ length: n * blocks }, () => random() * 2 ** bits), [n, blocks])) : undefined;
  return same({
    op: 'MatMulNBits', domain: 'com.microsoft', attributes: { K: k, N: n, bits, block_size: block, accuracy_level: options.level ?? 0 },
    inputs: [
      { tensor: to(floats([m, k])) }, { tensor: codes('uint8', [n, blocks, (block * bits) / 8]), constant }, { tensor: to(floats([n * blocks], 0.05)), constant },
      zeros && { tensor: zeros, constant }, undefined, options.bias ? { tensor: to(floats([n])), constant } : undefined,
    ],
    outputs: [options.half ? 'float16' : 'float32'], tolerance: options.half ? 2e-3 : 3e-6,
  });
}

describe.skipIf(reason !== undefined)('products on webgpu', () => {
  test('MatMulNBits: bits, blocks, zero points, tails', async () => {
    for (const level of [0, 4]) {
      for (const m of FULL ? [1, 3, 11] : [1, 11]) {
        await nbits(m, 64, 32, 4, 32, { level });
        await nbits(m, 40, 7, 4, 16, { level, zeros: 'packed', bias: true });
        await nbits(m, 128, 12, 8, 32, { level, zeros: 'packed' });
        await nbits(m, 96, 20, 2, 64, { level, zeros: 'packed' });
      }
    }
    await nbits(5, 300, 70, 4, 128, { zeros: 'float', bias: true });
    await nbits(33, 66, 9, 8, 16, { dynamic: true, zeros: 'packed' });
    await nbits(1, 66, 9, 2, 16, { half: true, zeros: 'float', bias: true });
    if (!FULL) return;
    await nbits(70, 130, 66, 4, 256, { level: 4, zeros: 'packed' });
    await nbits(17, 64, 24, 4, 32, { half: true, level: 4 });
  });

  test('MatMul and Gemm: batches, vectors, transposition, tails', async () => {
    const pairs: [number[], number[]][] = [[[4, 8], [8, 12]], [[1, 5], [5, 3]], [[70, 33], [33, 66]], [[2, 3, 5, 7], [7, 6]], [[3, 1, 5, 8], [2, 8, 4]], [[6], [2, 6, 5]], [[2, 3, 6], [6]], [[7], [7]], [[8, 9], [9, 130]]];
    for (const [a, b] of pairs) {
      await same({ op: 'MatMul', inputs: [{ tensor: floats(a) }, { tensor: floats(b), constant: a[0] === 4 }], tolerance: 1e-6 });
    }
    await same({ op: 'MatMul', inputs: [{ tensor: half(floats([9, 17])) }, { tensor: half(floats([17, 11])) }], outputs: ['float16'], tolerance: 1e-3 });
    await same({ op: 'MatMul', inputs: [{ tensor: half(floats([2, 9, 16])) }, { tensor: half(floats([2, 16, 8])) }], outputs: ['float16'], tolerance: 1e-3 });
    for (const [transA, transB] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      for (const c of FULL ? [[10, 12], [12], [10, 1], [], undefined] : [[12]]) {
        await same({
          op: 'Gemm', attributes: { transA, transB, alpha: 0.5, beta: 2 },
          inputs: [{ tensor: floats(transA ? [6, 10] : [10, 6]) }, { tensor: floats(transB ? [12, 6] : [6, 12]) }, c && { tensor: floats(c) }], tolerance: 1e-6,
        });
      }
    }
    await same({ op: 'FusedMatMul', domain: 'com.microsoft', attributes: { transA: 1, transB: 1, alpha: 3 }, inputs: [{ tensor: floats([2, 6, 10]) }, { tensor: floats([2, 5, 6]) }], tolerance: 1e-6 });
  });
});
