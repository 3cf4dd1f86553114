import { matMulBnb4 as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { BNB4_TABLES } from '../../../src/ops/quantization/bnb4.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { multiply } from '../math/product.ts';
import { adapt, all, onlyTypes } from '../implement.ts';

/**
 * Y = A * W' (transB) or A * W, where W[n, k] = table[code] * absmax of its block; blocks and codes run over the flattened W. W is made as
 * float32 on the device: once where it is constant.
 * A: [..., K] (or [..., N]), B: [ceil(N * K / 2)], W: [N, K], Y: [..., N] (or [..., K])
 */
export const matMulBnb4 = adapt(
  contract, (node) => all(onlyTypes(node, 0, 'float32', 'float16'), onlyTypes(node, 1, 'uint8'), onlyTypes(node, 2, 'float32', 'float16'), node.inputType(0) === node.inputType(2) || 'a and absmax of different types'),
  (node, gpu) => {
    const { attrs } = node;
    const K = attrs.int('K'), N = attrs.int('N'), blockSize = attrs.int('block_size'), kind = attrs.int('quant_type');
    const transB = attrs.int('transB') !== 0;
    const type = node.inputType(2) as 'float32' | 'float16';
    const table = gpu.memory.keep(BNB4_TABLES[kind]);
    const weights = (b: Tensor, absmax: Tensor): Tensor => {
      if (b.size !== Math.ceil((N * K) / 2) || absmax.size !== Math.ceil((N * K) / blockSize)) {
        fail('E_SHAPE', 'the operands do not fit K, N and block_size', { found: [b, absmax].map((t) => `[${t.dims.join(', ')}]`).join(', ') });
      }
      const program = gpu.mapProgram(`bnb4 ${type}`, () => ({
        label: 'MatMulBnb4 weights', inputs: { b: 'uint8', scales: type, codes: 'float32' }, output: 'float32', params: ['block'],
        // Of the two codes in a byte, the first one has the high bits.
        code: 'fn value(i: u32) -> f32 { let byte = b_at(i / 2u); return codes_at(select(byte & 15u, byte >> 4u, (i & 1u) == 0u)) * scales_at(i / p.block); }',
      }));
      return gpu.map(program, [b, absmax, table], gpu.scratch('float32', [N, K]), [blockSize]);
    };
    const constants = [node.constant(1), node.constant(2)];
    let kept: Tensor | undefined;
    if (constants[0] !== undefined && constants[1] !== undefined) {
      const uploaded = constants.map((t) => gpu.memory.upload(t!, false));
      kept = weights(uploaded[0], uploaded[1]);
      for (const t of uploaded) t.dispose();
    }
    return Object.assign(([a, b, absmax]: [Tensor, Tensor, Tensor], ctx: KernelContext) => {
      const w = kept ?? weights(b, absmax);
      const y = multiply(gpu, ctx, a, w, { transB });
      if (kept === undefined) w.dispose();
      return [y];
    }, { reads: kept === undefined ? undefined : [undefined, 'anywhere', 'anywhere'] as const });
  },
);
