import { matMulFpQ4 as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { multiplyRows } from './rows-product.ts';

const BLOCK = 32;

/**
 * Y = A * W for 4-bit weights in onnxruntime's packed form: column after column, each in blocks of 32 along K: a
 * float32 scale, a zero-point byte (type 1; else it is 8), and 16 bytes, of which byte i holds element i in its low half
 * and element i + 16 in its high half. The last block of a column is padded.
 * A: [..., K], B: the packed bytes, B_shape: [K, N], Y: [..., N]
 */
export const matMulFpQ4 = implement(contract, ({ attrs }) => {
  const hasZero = attrs.int('blk_quant_type') === 1;
  const header = hasZero ? 5 : 4;
  const blockBytes = header + BLOCK / 2;
  return ([a, b, shape]: [Tensor, Tensor, Tensor], ctx) => {
    const [K, N] = toInts(shape);
    if (a.dims.at(-1) !== K) fail('E_SHAPE', 'the last axis of A is multiplied away', { expected: `[..., ${K}]`, found: `[${a.dims.join(', ')}]` });
    const blocks = Math.ceil(K / BLOCK);
    if (b.size !== N * blocks * blockBytes) {
      fail('E_SHAPE', 'B does not hold the blocks of B_shape', { expected: `${N * blocks * blockBytes} bytes`, found: String(b.size) });
    }
    const y = ctx.output(0, 'float32', [...a.dims.slice(0, -1), N]);
    const bytes = b.data as Uint8Array;
    const scales = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const column = new Float32Array(K);
    const columnOf = (n: number): Float32Array => {
      for (let k = 0; k < K; k++) {
        const at = (n * blocks + Math.floor(k / BLOCK)) * blockBytes;
        const zero = hasZero ? bytes[at + 4] : 8;
        const within = k % BLOCK;
        const byte = bytes[at + header + (within & 15)];
        column[k] = ((within & 16 ? byte >> 4 : byte & 15) - zero) * scales.getFloat32(at, true);
      }
      return column;
    };
    multiplyRows(a.data as Float32Array, K === 0 ? 0 : a.size / K, K, N, columnOf, y.data as Float32Array, ctx);
    return [y];
  };
});
