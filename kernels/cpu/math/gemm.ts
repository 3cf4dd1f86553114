import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import { broadcastDims, describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { broadcastRows, stepOf, type Step } from '../support/index.ts';
import { ACTIVATIONS, float, type Activation, type ActivationRule } from './functions.ts';
import { accumulate, multiply, strided, swapped, type Accumulator } from './product.ts';

/**
 * y [m, n] = activation(alpha * a' * b' + beta * c): a' is [m, k] and b' is [k, n], each transposed first when `transA`
 * or `transB` is set; c broadcasts to y. Without a broadcast attribute set, opsets 1 to 6 want c to have y's shape.
 */
const gemmOf = (op: OpContract, activationOf?: (attrs: Attrs) => Activation | undefined) =>
  implement(op, ({ attrs }) => {
    const alpha = float(attrs, 'alpha');
    const beta = float(attrs, 'beta');
    const activation = activationOf?.(attrs);
    return ([a, b, c]: [Tensor, Tensor, Tensor?], ctx) => {
      const left = attrs.int('transA') ? swapped(strided(a)) : strided(a);
      const right = attrs.int('transB') ? swapped(strided(b)) : strided(b);
      if (a.dims.length !== 2 || b.dims.length !== 2 || left.dims[1] !== right.dims[0]) {
        fail('E_SHAPE', 'the matrices do not fit', {
          expected: '[m, k] and [k, n]', found: `${describeShape(left.dims)} and ${describeShape(right.dims)}`,
        });
      }
      const dims = [left.dims[0], right.dims[1]];
      const exact = attrs.has('broadcast') && attrs.int('broadcast') === 0;
      if (c !== undefined && !(exact ? equal(c.dims, dims) : equal(broadcastDims(c.dims, dims), dims))) {
        fail('E_SHAPE', 'c does not fit the product', {
          arg: { kind: 'input', name: 'C', index: 2 }, expected: describeShape(dims), found: describeShape(c.dims),
        });
      }
      const r = stepOf(a.type);
      return [accumulate(ctx, 0, a.type, dims, (y) => {
        multiply(y, left, right);
        if (y instanceof BigInt64Array) {
          finishBig(y, c, dims, alpha, beta);
          return;
        }
        if (alpha !== 1) for (let i = 0; i < y.length; i++) y[i] *= alpha;
        if (c !== undefined && beta !== 0) addScaled(y, c, dims, beta, r);
        if (activation !== undefined) for (let i = 0; i < y.length; i++) y[i] = activation(y[i], r);
      })];
    };
  });

const equal = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** y += beta * c */
function addScaled(y: Exclude<Accumulator, BigInt64Array>, c: Tensor, dims: readonly number[], beta: number, r: Step): void {
  const values = strided(c).data as Float32Array;
  const { length, steps: [step], each } = broadcastRows(dims, c.dims);
  each((at, [p]) => {
    for (let i = 0; i < length; i++) y[at + i] += r(beta * values[p + i * step]);
  });
}

/** The same on 64-bit integers, where factors that are not integers go through floating point. */
function finishBig(y: BigInt64Array, c: Tensor | undefined, dims: readonly number[], alpha: number, beta: number): void {
  const scale = (x: bigint, by: number): bigint => {
    if (by === 1) return x;
    return Number.isInteger(by) ? x * BigInt(by) : BigInt(Math.trunc(Number(x) * by));
  };
  for (let i = 0; i < y.length; i++) y[i] = scale(y[i], alpha);
  if (c === undefined) return;
  const values = c.data as BigInt64Array;
  const { length, steps: [step], each } = broadcastRows(dims, c.dims);
  each((at, [p]) => {
    for (let i = 0; i < length; i++) y[at + i] += scale(values[p + i * step], beta);
  });
}

export const gemm = gemmOf(contracts.gemm);
export const fusedGemm = gemmOf(contracts.fusedGemm, (attrs) => {
  const name = attrs.has('activation') ? attrs.string('activation') : '';
  if (name === '') return undefined;
  if (!Object.hasOwn(ACTIVATIONS, name)) {
    fail('E_ATTRIBUTE', 'unknown activation', {
      arg: { kind: 'attribute', name: 'activation' }, expected: Object.keys(ACTIVATIONS).join(', '), found: name,
    });
  }
  const rule: ActivationRule = ACTIVATIONS[name as keyof typeof ACTIVATIONS];
  return rule((parameter) => float(attrs, `activation_${parameter}`));
});
