import { matMulNBits as contract } from '../../../src/ops/contracts.ts';
import { f32 } from '../../../src/numeric/index.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { unpack, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput } from '../support/index.ts';
import { blockWeights, rowsOf, unpackCodes, type BlockWeights } from './blocks.ts';
import { quantizeRows } from './dynamic.ts';
import { addBias, multiplyRows } from './rows-product.ts';

type Inputs = [a: Tensor, b: Tensor, scales: Tensor, zeroPoints?: Tensor, groups?: Tensor, bias?: Tensor];

/**
 * Y[m, n] = sum over k of A[m, k] * W[n, k] + bias[n], with W[n, k] = (code - zero point) * scale of its block.
 * accuracy_level 4 also quantizes A, to int8 in the same blocks, so that the products are integers; it is taken up as in
 * onnxruntime: for constant B with packed zero points or none, without g_idx, and 2-bit codes only in blocks of 32 to 128.
 * All else is computed in float32.
 * A: [..., K], B: [N, blocks, bytes of a block], scales: [N, blocks], zero_points: see blocks.ts, g_idx: [K], bias: [N],
 * Y: [..., N]
 */
export const matMulNBits = implement(contract, ({ attrs, constant, inputType }) => {
  const format = { K: attrs.int('K'), N: attrs.int('N'), bits: attrs.int('bits'), blockSize: attrs.int('block_size') };
  const takesInteger = attrs.int('accuracy_level') === 4 && constant(1) !== undefined && (inputType(3) ?? 'uint8') === 'uint8'
    && (format.bits !== 2 || [32, 64, 128].includes(format.blockSize));
  return ([a, b, scales, zeroPoints, groups, bias]: Inputs, ctx) => {
    const weights = blockWeights(format, b, scales, zeroPoints, groups);
    const { y, finish } = floatOutput(ctx, 0, a.type, [...a.dims.slice(0, -1), format.N]);
    const M = format.K === 0 ? 0 : a.size / format.K;
    if (takesInteger && groups === undefined) multiplyQuantized(unpack(a), weights, M, y, ctx);
    else multiplyRows(unpack(a), M, format.K, format.N, rowsOf(weights), y, ctx);
    if (bias !== undefined) addBias(y, unpack(bias), M, format.N);
    return [finish()];
  };
});

/**
 * y[m, n] = sum over blocks of (scale of a * scale of W) * (integer dot product of the block). a: [M, K], y: [M, N]
 */
function multiplyQuantized(a: NumberArray, weights: BlockWeights, M: number, y: NumberArray, ctx: KernelContext): void {
  const { K, N, bits, blockSize, blocks, scales, zeros } = weights;
  const { codes, scales: rowScales } = quantizeRows(a, M, K, blockSize);
  const row = new Int16Array(K); // codes of W[n, :] less zero points
  for (let n = 0; n < N; n++) {
    if ((n & 63) === 0) ctx.checkAbort();
    unpackCodes(weights.codes, n * weights.rowBytes, bits, K, row);
    for (let b = 0; b < blocks; b++) {
      const zero = zeros[n * blocks + b];
      for (let k = b * blockSize, end = Math.min(K, k + blockSize); k < end; k++) row[k] -= zero;
    }
    for (let m = 0; m < M; m++) {
      let sum = 0;
      for (let b = 0; b < blocks; b++) {
        let dot = 0;
        for (let k = b * blockSize, end = Math.min(K, k + blockSize); k < end; k++) dot += codes[m * K + k] * row[k];
        sum = f32(sum + f32(f32(rowScales[m * blocks + b] * scales[n * blocks + b]) * dot));
      }
      y[m * N + n] = sum;
    }
  }
}
