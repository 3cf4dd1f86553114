import { affineGrid as contract } from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { sizeOf, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, stepOf } from '../support/index.ts';

/**
 * grid[n, o] = theta[n] (x, y(, z), 1) with coordinates from -1 to 1: of the first and last element with align_corners,
 * else of their outer edges. theta: [N, rank, rank + 1], size: [N, C, (D,) H, W], grid: [N, (D,) H, W, rank].
 */
export const affineGrid = implement(contract, ({ attrs }) => {
  const align = attrs.int('align_corners') === 1;
  return ([theta, size]: [Tensor, Tensor], ctx) => {
    const [batch, , ...sizes] = toInts(size);
    const rank = sizes.length;
    if (theta.dims.join() !== [batch, rank, rank + 1].join() || rank < 2 || rank > 3 || sizes.some((s) => s < 0)) {
      fail('E_SHAPE', 'theta does not fit size', {
        expected: `[${batch}, ${rank}, ${rank + 1}], rank 2 or 3`, found: `[${theta.dims.join(', ')}]`,
      });
    }
    const { y, finish } = floatOutput(ctx, 0, theta.type, [batch, ...sizes, rank]);
    const round = stepOf(theta.type);
    const coordinate = (i: number, n: number): number => (
      align ? (n === 1 ? 0 : round(-1 + round(i * round(2 / (n - 1))))) : round(round(round(2 * i + 1) / n) - 1)
    );
    const values = unpack(theta), points = sizeOf(sizes), at = new Array<number>(rank + 1).fill(1); // (x, y, z, 1)
    for (let n = 0; n < batch; n++) {
      for (let o = 0; o < points; o++) {
        let rest = o;
        for (let d = rank - 1; d >= 0; d--) {
          at[rank - 1 - d] = coordinate(rest % sizes[d], sizes[d]);
          rest = Math.floor(rest / sizes[d]);
        }
        for (let row = 0; row < rank; row++) {
          let sum = 0;
          for (let k = 0; k <= rank; k++) sum = round(sum + round(values[(n * rank + row) * (rank + 1) + k] * at[k]));
          y[(n * points + o) * rank + row] = sum;
        }
      }
    }
    return [finish()];
  };
});
