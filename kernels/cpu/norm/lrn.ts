import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { lrn as contract } from '../../../src/ops/contracts.ts';
import { describeShape, sizeOf, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { floatOutput, stepOf } from '../support/index.ts';

/**
 * y[n, c] = x[n, c] / (bias + alpha / size * sum of x[n, i]^2)^beta, over the channels i from c - floor((size - 1) / 2) to
 * c + ceil((size - 1) / 2).
 */
export const lrn = implement(contract, ({ attrs }) => {
  const size = attrs.int('size');
  const alpha = f32(f32(attrs.float('alpha')) / size);
  const beta = f32(attrs.float('beta')), bias = f32(attrs.float('bias'));
  const below = Math.floor((size - 1) / 2), above = Math.ceil((size - 1) / 2);
  return ([x]: [Tensor], ctx) => {
    const [batch, channels] = x.dims; // x: [N, C, ...]
    if (x.dims.length < 2) fail('E_SHAPE', 'LRN needs a channel axis', { expected: 'rank 2 or more', found: describeShape(x.dims) });
    const inner = sizeOf(x.dims.slice(2));
    const step = stepOf(x.type);
    const values = unpack(x);
    const out = floatOutput(ctx, 0, x.type, x.dims);
    for (let n = 0; n < batch; n++) {
      for (let c = 0; c < channels; c++) {
        const first = Math.max(0, c - below), last = Math.min(channels - 1, c + above);
        for (let i = 0; i < inner; i++) {
          let squares = 0;
          for (let k = first; k <= last; k++) {
            const v = values[(n * channels + k) * inner + i];
            squares = step(squares + step(v * v));
          }
          const at = (n * channels + c) * inner + i;
          out.y[at] = values[at] / step(Math.pow(step(bias + step(alpha * squares)), beta));
        }
      }
    }
    return [out.finish()];
  };
});
