import { matMulBnb4 as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { BNB4_TABLES } from '../../../src/ops/quantization/bnb4.ts';
import type { Tensor } from '../../../src/tensor/index.ts';
import { adapt, all, onlyTypes } from '../implement.ts';
import { EDGE, pack, packedBytes } from '../math/product.ts';
import { align } from '../runtime.ts';

/** Rows of W that are float32 at one time: the weights as a whole stay in 4 bits. */
const ROWS = 64;

/** Y = A * W', W[n, k] = table[code] * absmax of its block; blocks run over the flattened W. Sums run over ascending k. */
export const matMulBnb4 = adapt(
  contract,
  (node) => all(onlyTypes(node, 0, 'float32'), node.constant(1) !== undefined || 'B is not constant', node.attrs.int('transB') !== 0 || 'W is not transposed'),
  (node, wasm) => {
    const { attrs } = node;
    const k = attrs.int('K'), n = attrs.int('N'), block = attrs.int('block_size');
    const values = BNB4_TABLES[attrs.int('quant_type')];
    const bytes = new Uint8Array(values.buffer, values.byteOffset, 64);
    const table = wasm.keepCopy(values);
    const planes = wasm.keepCopy(Uint8Array.from({ length: 64 }, (_, i) => bytes[4 * (i % 16) + (i >> 4)]));
    const codes = wasm.keepCopy(node.constant(1)!.data as Uint8Array);
    wasm.packed(node.constant(1));
    return ([a, b, absmax]: [Tensor, Tensor, Tensor], ctx) => {
      if (b.size !== Math.ceil((n * k) / 2) || absmax.size !== Math.ceil((n * k) / block) || a.dims.at(-1) !== k) {
        fail('E_SHAPE', 'the operands do not fit K, N and block_size', { found: [a, b, absmax].map((t) => `[${t.dims.join(', ')}]`).join(', ') });
      }
      const m = a.size / k;
      const { simd, madd } = wasm.kernels;
      wasm.begin(wasm.outside(a) + wasm.outside(absmax) + align(4 * m * n) + align(4 * ROWS * k) + packedBytes(k, ROWS) + EDGE);
      const y = wasm.output(ctx, 0, 'float32', [...a.dims.slice(0, -1), n]);
      const x = wasm.input(a), scales = wasm.input(absmax);
      const rows = wasm.scratch(4 * ROWS * k), panels = wasm.scratch(packedBytes(k, ROWS)), edge = wasm.scratch(EDGE);
      for (let row = 0; row < n; row += ROWS) {
        ctx.checkAbort();
        const count = Math.min(ROWS, n - row);
        simd.bnb4_dequantize(codes, table, planes, scales, row * k, count * k, block, rows);
        pack(wasm, rows, k, count, true, panels);
        (madd ?? simd).gemmf(x, k, panels, 32 * k, y.ptr + 4 * row, n, m, count, k, edge);
      }
      return [y.done()];
    };
  },
);
