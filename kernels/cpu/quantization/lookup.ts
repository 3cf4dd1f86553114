/** Operators that map each 8-bit code on its own: a table of 256 codes, made once a run (`lookup-table.ts`), then one lookup an element. */
import * as contracts from '../../../src/ops/contracts.ts';
import { fail } from '../../../src/errors.ts';
import { f32 } from '../../../src/numeric/index.ts';
import { leakyReluOf, lookupTable, requantizingTable, sigmoidOf, type CodeParameters } from '../../../src/ops/quantization/lookup-table.ts';
import { broadcastDims, broadcastStrides, splitAt, type NumberArray, type Tensor } from '../../../src/tensor/index.ts';
import { implement } from '../implement.ts';
import { frontAxis, walk } from '../support/index.ts';
import { single } from './parameters.ts';

const parameters = (scale: Tensor, zero: Tensor | undefined, name: string): CodeParameters => ({
  scale: single(scale, `${name}_scale`), zero: single(zero, `${name}_zero_point`),
});

type UnaryInputs = [x: Tensor, xScale: Tensor, xZero: Tensor | undefined, yScale: Tensor, yZero?: Tensor];

/** Y = quantize(f(dequantize(X))). X, Y: any shape. */
function unary(contract: typeof contracts.qLinearSigmoid, functionOf: (attribute: (name: string) => number) => (value: number) => number) {
  return implement(contract, ({ attrs }) => {
    const f = functionOf((name) => f32(attrs.float(name)));
    return ([x, xScale, xZero, yScale, yZero]: UnaryInputs, ctx) => {
      const y = ctx.output(0, x.type, x.dims);
      const table = lookupTable(x.type, parameters(xScale, xZero, 'X'), parameters(yScale, yZero, 'Y'), f);
      const from = x.data as NumberArray, to = y.data as NumberArray;
      for (let i = 0; i < x.size; i++) to[i] = table[from[i] & 255];
      return [y];
    };
  });
}

export const qLinearSigmoid = unary(contracts.qLinearSigmoid, () => sigmoidOf);
export const qLinearLeakyRelu = unary(contracts.qLinearLeakyRelu, (attribute) => leakyReluOf(attribute('alpha')));

/**
 * Y = the inputs one after another along `axis`, each brought to Y's scale and zero point.
 * inputs: triples of tensor, scale and zero point; shapes differ along the axis only.
 */
export const qLinearConcat = implement(contracts.qLinearConcat, ({ attrs }) => ([yScale, yZero, ...rest]: [Tensor, Tensor, ...Tensor[]], ctx) => {
  if (rest.length === 0 || rest.length % 3 !== 0) {
    fail('E_MODEL', 'inputs come as triples of tensor, scale and zero point', { found: `${rest.length} after Y_zero_point` });
  }
  const xs = rest.filter((_, i) => i % 3 === 0);
  const axis = frontAxis(attrs.int('axis'), xs[0].dims.length);
  for (const x of xs) {
    if (x.type !== yZero.type) fail('E_TYPE', 'all tensors must have the type of Y_zero_point', { expected: yZero.type, found: x.type });
    if (x.dims.length === xs[0].dims.length && x.dims.every((d, i) => i === axis || d === xs[0].dims[i])) continue;
    fail('E_SHAPE', 'tensors may differ along the axis only', { expected: `[${xs[0].dims.join(', ')}]`, found: `[${x.dims.join(', ')}]` });
  }
  const dims = xs[0].dims.map((d, i) => (i === axis ? xs.reduce((sum, x) => sum + x.dims[axis], 0) : d));
  const y = ctx.output(0, yZero.type, dims);
  const to = y.data as NumberArray;
  const { outer, length, inner } = splitAt(dims, axis);
  let start = 0; // of this input along the axis
  xs.forEach((x, i) => {
    const table = requantizingTable(x.type, parameters(rest[3 * i + 1], rest[3 * i + 2], `inputs[${i}]`), parameters(yScale, yZero, 'Y'));
    const from = x.data as NumberArray;
    const run = x.dims[axis] * inner;
    for (let o = 0; o < outer; o++) {
      const at = (o * length + start) * inner;
      for (let k = 0; k < run; k++) to[at + k] = table[from[o * run + k] & 255];
    }
    start += x.dims[axis];
  });
  return [y];
});

type WhereInputs = [
  condition: Tensor, x: Tensor, xScale: Tensor, xZero: Tensor, y: Tensor, yScale: Tensor, yZero: Tensor, zScale: Tensor, zZero: Tensor,
];

/** Z = X where the condition holds and Y elsewhere, each brought to Z's scale and zero point. All broadcast to Z's shape. */
export const qLinearWhere = implement(contracts.qLinearWhere, () => (
  [condition, x, xScale, xZero, y, yScale, yZero, zScale, zZero]: WhereInputs, ctx,
) => {
  const dims = broadcastDims(condition.dims, x.dims, y.dims);
  const z = ctx.output(0, x.type, dims);
  const out = parameters(zScale, zZero, 'z');
  const fromX = requantizingTable(x.type, parameters(xScale, xZero, 'x'), out);
  const fromY = requantizingTable(x.type, parameters(yScale, yZero, 'y'), out);
  const choose = condition.data as Uint8Array, xs = x.data as NumberArray, ys = y.data as NumberArray, zs = z.data as NumberArray;
  walk(dims, [condition, x, y].map((t) => broadcastStrides(t.dims, dims)), (at, c, i, j) => {
    zs[at] = choose[c] ? fromX[xs[i] & 255] : fromY[ys[j] & 255];
  });
  return [z];
});
