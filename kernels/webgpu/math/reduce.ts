/**
 * Reductions: each group of elements over the axes becomes one, one workgroup a group. Float sums run in another order than the scalar
 * provider's and in float32: they differ by a few rounding steps. Integers wrap.
 */
import * as contracts from '../../../src/ops/contracts.ts';
import { integerRange } from '../../../src/numeric/index.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import { axisIn, refuseShape } from '../../../src/ops/shape/geometry.ts';
import { toInts, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { adapt, onlyTypes, type WebgpuAdapter } from '../implement.ts';
import { FLOATS, INTEGERS } from '../wgsl/element.ts';
import { reduceOver, type Reduction } from './reduce-over.ts';

const reduction = (op: OpContract, types: readonly DType[], rule: Omit<Reduction, 'label'>): WebgpuAdapter => adapt(
  op, (node) => onlyTypes(node, 0, ...types),
  ({ attrs, version }, gpu) => {
    const asInput = version.inputs.length > 1;
    const keepdims = attrs.int('keepdims') !== 0;
    const noop = asInput && attrs.int('noop_with_empty_axes') !== 0;
    return ([x, second]: [Tensor, Tensor?], ctx) => {
      const given = asInput ? second && toInts(second) : attrs.has('axes') ? attrs.ints('axes') : undefined;
      const rank = x.dims.length;
      const axes = given !== undefined && given.length > 0
        ? [...new Set(given.map((a) => axisIn(a, Math.max(rank, 1), refuseShape)))].filter((a) => a < rank).sort((a, b) => a - b)
        : noop ? [] : [...x.dims.keys()];
      const dims = keepdims ? x.dims.map((d, a) => (axes.includes(a) ? 1 : d)) : x.dims.filter((_, a) => !axes.includes(a));
      return [reduceOver(gpu, ctx, x, axes, dims, { label: op.type, ...rule })];
    };
  },
  ['device', 'host'],
);

const zero = (): number => 0;
const lowest = (dtype: DType): number => (FLOATS.includes(dtype) ? -Infinity : integerRange(dtype)[0]);
const highest = (dtype: DType): number => (FLOATS.includes(dtype) ? Infinity : integerRange(dtype)[1]);
const BOTH = [...FLOATS, ...INTEGERS];

export const reduceSum = reduction(contracts.reduceSum, BOTH, { start: zero, combine: 'a + b' });
export const reduceMean = reduction(contracts.reduceMean, FLOATS, { start: zero, combine: 'a + b', finish: 'v / count' });
export const reduceMax = reduction(contracts.reduceMax, BOTH, { start: lowest, combine: 'max(a, b)' });
export const reduceMin = reduction(contracts.reduceMin, BOTH, { start: highest, combine: 'min(a, b)' });
export const reduceProd = reduction(contracts.reduceProd, FLOATS, { start: () => 1, combine: 'a * b' });
export const reduceL1 = reduction(contracts.reduceL1, FLOATS, { start: zero, combine: 'a + b', element: 'abs(x)' });
export const reduceL2 = reduction(contracts.reduceL2, FLOATS, { start: zero, combine: 'a + b', element: 'x * x', finish: 'sqrt(v)' });
export const reduceSumSquare = reduction(contracts.reduceSumSquare, FLOATS, { start: zero, combine: 'a + b', element: 'x * x' });
export const reduceLogSum = reduction(contracts.reduceLogSum, FLOATS, { start: zero, combine: 'a + b', finish: 'log_of(v)' });
