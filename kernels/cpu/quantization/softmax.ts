import { qLinearSoftmax as contract } from '../../../src/ops/contracts.ts';
import { f32, integerRange, rint, saturate } from '../../../src/numeric/index.ts';
import { softmaxTable } from '../../../src/ops/quantization/lookup-table.ts';
import { splitAt, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { frontAxis } from '../support/index.ts';
import { single } from './parameters.ts';

/**
 * y = saturate(rint(e * n / sum(e)) + y_zero_point), where e = exp((x - max) * x_scale + shift) for the codes of a row and
 * n = floor(1 / y_scale) is the number of output steps in 1. The shift cancels out; it lifts the largest e close to where a
 * sum of `length` of them would overflow, so that small ones do not vanish. e depends on max - x alone: a table of 256.
 * A row lies along `axis`; with `opset` below 13, `axis` and all later axes form one row. x, y: any shape.
 */
export const qLinearSoftmax = implement(contract, ({ attrs }) => {
  const flat = attrs.int('opset') < 13;
  return ([x, xScale, , yScale, yZero]: [Tensor, Tensor, Tensor | undefined, Tensor, Tensor], ctx) => {
    const y = ctx.output(0, x.type, x.dims);
    if (x.size === 0) return [y];
    const split = splitAt(x.dims, frontAxis(attrs.int('axis'), x.dims.length)); // x: [outer, length, inner]
    const { outer, length, inner } = flat ? { outer: split.outer, length: split.length * split.inner, inner: 1 } : split;
    const { table, steps } = softmaxTable(single(xScale, 'X_scale'), length, single(yScale, 'y_scale'));
    const zero = single(yZero, 'y_zero_point');
    const [lo, hi] = integerRange(x.type);
    const from = x.data as NumberArray, to = y.data as NumberArray;
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        const start = o * length * inner + i;
        let max = lo;
        for (let k = 0; k < length; k++) max = Math.max(max, from[start + k * inner]);
        let sum = 0;
        for (let k = 0; k < length; k++) sum = f32(sum + table[max - from[start + k * inner]]);
        for (let k = 0; k < length; k++) {
          const e = table[max - from[start + k * inner]];
          to[start + k * inner] = saturate(rint(f32(f32(e * steps) / sum)) + zero, lo, hi);
        }
      }
    }
    return [y];
  };
});
