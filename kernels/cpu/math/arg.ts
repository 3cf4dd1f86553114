import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { describeShape, unpack, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { frontAxis } from '../support/index.ts';
import { isBig } from './elementwise.ts';
import { eachLine } from './lines.ts';

type Comparable = number | bigint;

/** The index along the axis of the element that `beats` all others; of equal ones the first, or the last when asked for. */
const arg = (op: OpContract, beats: (x: Comparable, best: Comparable) => boolean) =>
  implement(op, ({ attrs }) => {
    const last = attrs.has('select_last_index') && attrs.int('select_last_index') !== 0;
    return ([x]: [Tensor], ctx) => {
      const axis = frontAxis(attrs.int('axis'), x.dims.length);
      const shape = x.dims.length === 0 ? [1] : x.dims;
      if (shape[axis] === 0) fail('E_SHAPE', 'there is no extreme of an empty axis', { found: describeShape(x.dims) });
      const dims = attrs.int('keepdims') ? x.dims.map((d, i) => (i === axis ? 1 : d)) : x.dims.filter((_, i) => i !== axis);
      const out = ctx.output(0, 'int64', dims);
      const y = out.data as BigInt64Array;
      const values = (isBig(x.data) ? x.data : unpack(x)) as ArrayLike<Comparable>;
      let at = 0;
      eachLine(shape, axis, (start, length, stride) => {
        let best = 0;
        for (let k = 1; k < length; k++) {
          const value = values[start + k * stride];
          const champion = values[start + best * stride];
          if (beats(value, champion) || (last && value === champion)) best = k;
        }
        y[at++] = BigInt(best);
      });
      return [out];
    };
  });

export const argMax = arg(contracts.argMax, (x, best) => x > best);
export const argMin = arg(contracts.argMin, (x, best) => x < best);
