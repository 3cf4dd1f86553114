/** Activations of two operands, the second broadcast to the first: a slope, a bias or a gate. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import type { Attrs, OpContract } from '../../../src/ops/define.ts';
import type { KernelContext } from '../../../src/runtime/provider.ts';
import { broadcastDims, describeShape, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { stepOf, type Step } from '../support/index.ts';
import { float, gelu, geluTanh, swish } from './functions.ts';
import { map, zip, type BigZip, type NumberZip } from './elementwise.ts';

/** Output 0 = f(a, b), of the shape of a. */
function zipToFirst(ctx: KernelContext, a: Tensor, b: Tensor, f: NumberZip, big?: BigZip): Tensor {
  const common = broadcastDims(a.dims, b.dims);
  if (common.length !== a.dims.length || common.some((d, i) => d !== a.dims[i])) {
    fail('E_SHAPE', 'the second operand does not broadcast to the first', {
      expected: describeShape(a.dims), found: describeShape(b.dims),
    });
  }
  return zip(ctx, a.type, a.dims, a, b, f, big);
}

/** y = x where x >= 0, slope * x elsewhere. Before opset 7 a slope of several elements belongs to axis 1. */
export const pRelu = implement(contracts.pRelu, ({ version }) => ([x, slope]: [Tensor, Tensor], ctx) => {
  const channels = version.since < 7 && slope.dims.length === 1 && slope.size > 1;
  const fitted = channels ? slope.reshape([slope.size, ...x.dims.slice(2).map(() => 1)]) : slope;
  return [zipToFirst(ctx, x, fitted, (v, s) => (v < 0 ? s * v : v), (v, s) => (v < 0n ? s * v : v))];
});

const paired = (op: OpContract, prepare: (attrs: Attrs) => (x: number, y: number, r: Step) => number) =>
  implement(op, ({ attrs }) => {
    const f = prepare(attrs);
    return ([a, b]: [Tensor, Tensor?], ctx) => {
      const r = stepOf(a.type);
      // An absent bias is -0, which leaves every x as it is, -0 too.
      return [b === undefined ? map(ctx, a, (x) => f(x, -0, r)) : zipToFirst(ctx, a, b, (x, y) => f(x, y, r))];
    };
  });

export const biasGelu = paired(contracts.biasGelu, () => (x, bias, r) => gelu(r(x + bias)));
export const fastGelu = paired(contracts.fastGelu, () => (x, bias, r) => geluTanh(r(x + bias)));

/** y = swish(a) * b */
export const swiGLU = paired(contracts.swiGLU, (attrs) => {
  const alpha = float(attrs, 'alpha');
  return (a, b, r) => r(swish(a, alpha, r)) * b;
});
