import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { dtypeFromOnnx, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute } from '../support/index.ts';

/** output[n] = a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N) for n in [0, size), N = size, or size - 1 when not periodic. */
const window = (op: OpContract, a0: number, a1: number, a2: number) =>
  implement(op, ({ attrs }) => ([sizeTensor]: [Tensor], ctx) => {
    const [size] = toInts(sizeTensor);
    if (!(size >= 0)) fail('E_VALUE', 'the size of a window must not be negative', { found: String(size) });
    const period = attrs.int('periodic') ? size : size - 1;
    return [compute(ctx, 0, dtypeFromOnnx(attrs.int('output_datatype'))!, [size], (y) => {
      for (let n = 0; n < size; n++) {
        const angle = (2 * Math.PI * n) / period;
        y[n] = a0 - a1 * Math.cos(angle) + a2 * Math.cos(2 * angle);
      }
    })];
  });

export const blackmanWindow = window(contracts.blackmanWindow, 0.42, 0.5, 0.08);
export const hannWindow = window(contracts.hannWindow, 0.5, 0.5, 0);
export const hammingWindow = window(contracts.hammingWindow, 25 / 46, 21 / 46, 0);
