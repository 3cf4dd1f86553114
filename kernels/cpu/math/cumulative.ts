import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { describeShape, toInts, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { compute, frontAxis, stepOf } from '../support/index.ts';
import { isBig, isFloat } from './elementwise.ts';
import { eachLine } from './lines.ts';

/** y[i] = x[0] o x[1] o .. o x[i] along an axis, for one operation o and its neutral element. */
interface Cumulative {
  readonly neutral: number;
  readonly float: (sum: number, x: number) => number;
  readonly int: (sum: number, x: number) => number;
  readonly big: (sum: bigint, x: bigint) => bigint;
}

const cumulative = (op: OpContract, f: Cumulative) =>
  implement(op, ({ attrs }) => {
    const exclusive = attrs.int('exclusive') !== 0;
    const reverse = attrs.int('reverse') !== 0;

    function scan<T>(
      y: { [index: number]: T }, x: ArrayLike<T>, dims: readonly number[], axis: number, first: T, step: (sum: T, x: T) => T,
    ): void {
      eachLine(dims, axis, (start, length, stride) => {
        let sum = first;
        for (let k = 0; k < length; k++) {
          const at = start + (reverse ? length - 1 - k : k) * stride;
          const next = step(sum, x[at]);
          y[at] = exclusive ? sum : next;
          sum = next;
        }
      });
    }

    return ([x, axisTensor]: [Tensor, Tensor], ctx) => {
      if (axisTensor.size !== 1) {
        fail('E_SHAPE', 'the axis must be one number', {
          arg: { kind: 'input', name: 'axis', index: 1 }, found: describeShape(axisTensor.dims),
        });
      }
      const axis = frontAxis(toInts(axisTensor)[0], x.dims.length);
      const dims = x.dims.length === 0 ? [1] : x.dims;
      if (isBig(x.data)) {
        const out = ctx.output(0, x.type, x.dims);
        scan(out.data as BigInt64Array, x.data, dims, axis, BigInt(f.neutral), (sum, v) => BigInt.asIntN(64, f.big(sum, v)));
        return [out];
      }
      const r = stepOf(x.type);
      const step = isFloat(x.type) ? (sum: number, v: number) => r(f.float(sum, v)) : f.int;
      return [compute(ctx, 0, x.type, x.dims, (y) => scan(y, unpack(x), dims, axis, f.neutral, step))];
    };
  });

export const cumSum = cumulative(contracts.cumSum, {
  neutral: 0, float: (sum, x) => sum + x, int: (sum, x) => (sum + x) | 0, big: (sum, x) => sum + x,
});
export const cumProd = cumulative(contracts.cumProd, {
  neutral: 1, float: (product, x) => product * x, int: Math.imul, big: (product, x) => product * x,
});
