import { softmax as contract } from '../../../src/ops/contracts.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { emit, frontAxis, splitAt } from '../support/index.ts';

/**
 * y = exp(x - max) / sum(exp(x - max)) along `axis`. Before opset 13 the input is first coerced to 2-D: `axis` and
 * all later axes form one row.
 */
export const softmax = implement(contract, ({ attrs, version }) => ([x]: [Tensor], ctx) => {
  const axis = frontAxis(attrs.int('axis'), x.dims.length);
  const split = splitAt(x.dims, axis); // x: [outer, length, inner]
  const { outer, length, inner } = version.since < 13 ? { outer: split.outer, length: split.length * split.inner, inner: 1 } : split;
  const round = x.type === 'float64' ? (v: number) => v : f32;
  const values = unpack(x);
  const y = new Float64Array(x.size);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let max = -Infinity;
      for (let k = 0; k < length; k++) max = Math.max(max, values[start + k * inner]);
      let sum = 0;
      for (let k = 0; k < length; k++) {
        const e = round(Math.exp(values[start + k * inner] - max));
        y[start + k * inner] = e;
        sum = round(sum + e);
      }
      for (let k = 0; k < length; k++) y[start + k * inner] = round(y[start + k * inner] / sum);
    }
  }
  return [emit(ctx, 0, x.type, y, x.dims)];
});
