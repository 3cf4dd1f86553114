import { where as contract } from '../../../src/ops/contracts.ts';
import { broadcastDims, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows, mover } from '../support/index.ts';

/** output = x where the condition holds, y elsewhere; all three broadcast. Elements of any type are moved, not read. */
export const where = implement(contract, () => ([condition, x, y]: [Tensor, Tensor, Tensor], ctx) => {
  const dims = broadcastDims(condition.dims, x.dims, y.dims);
  const out = ctx.output(0, x.type, dims);
  const { length, steps: [stepC, stepX, stepY], each } = broadcastRows(dims, condition.dims, x.dims, y.dims);
  const chosen = condition.data as Uint8Array;
  const fromX = mover(out, x);
  const fromY = mover(out, y);
  each((at, [c, p, q]) => {
    for (let start = 0, end = 0; start < length; start = end) {
      // a run of equal choices moves at once
      const choice = chosen[c + start * stepC];
      end = stepC === 0 ? length : start + 1;
      while (end < length && chosen[c + end * stepC] === choice) end++;
      if (choice) fromX(at + start, 1, p + start * stepX, stepX, end - start);
      else fromY(at + start, 1, q + start * stepY, stepY, end - start);
    }
  });
  return [out];
});
