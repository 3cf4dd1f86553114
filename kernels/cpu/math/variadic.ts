/** Functions of any number of inputs, all broadcast: y = f(.. f(f(x0, x1), x2) ..), a float32 step each. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { broadcastDims, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows, compute } from '../support/index.ts';
import { isBig, zipAny, zipNumbers, type BigZip, type NumberZip } from './elementwise.ts';

/** `finish(y, n)`: the last step on the result of n inputs. */
const variadic = (op: OpContract, f: NumberZip, big: BigZip, finish?: (y: number, n: number) => number) =>
  implement(op, () => (inputs: readonly Tensor[], ctx) => {
    const [first] = inputs;
    const dims = broadcastDims(...inputs.map((x) => x.dims));
    const steps = inputs.map((x) => ({ x, rows: broadcastRows(dims, dims, x.dims) }));
    if (isBig(first.data)) {
      const out = ctx.output(0, first.type, dims);
      const y = out.data as BigInt64Array;
      steps.forEach(({ x, rows }, i) => zipAny(y, y, x.data as BigInt64Array, rows, i === 0 ? (_, b) => b : big));
      return [out];
    }
    return [compute(ctx, 0, first.type, dims, (y) => {
      steps.forEach(({ x, rows }, i) => zipNumbers(y, y, unpack(x), rows, i === 0 ? (_, b) => b : f));
      if (finish !== undefined) for (let i = 0; i < y.length; i++) y[i] = finish(y[i], inputs.length);
    })];
  });

export const max = variadic(contracts.max, Math.max, (a, b) => (a > b ? a : b));
export const min = variadic(contracts.min, Math.min, (a, b) => (a < b ? a : b));
export const sum = variadic(contracts.sum, (a, b) => a + b, (a, b) => a + b);
export const mean = variadic(contracts.mean, (a, b) => a + b, (a, b) => a + b, (y, n) => y / n);
