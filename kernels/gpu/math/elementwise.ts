/** Operators element by element, with broadcasting. */
import * as contracts from '../../../src/ops/contracts.ts';
import type { OpContract } from '../../../src/ops/define.ts';
import type { PlacedNode } from '../../../src/runtime/provider.ts';
import { broadcastDims, broadcastStrides, sizeOf, unpack, type DType, type Tensor } from '../../../src/tensor/index.ts';
import { unary, where as whereKernel, type BinaryFunction, type UnaryFunction } from '../functions/index.ts';
import { adapt, all, HELD, onlyTypes, present, type GpuAdapter } from '../implement.ts';
import { move } from '../shape/strided.ts';
import { combine } from './combine.ts';

const FLOATS: readonly DType[] = ['float32', 'float16'];
const SMALL: readonly DType[] = ['float32', 'float16', 'uint8', 'int8', 'bool'];

type Parameters = (node: PlacedNode) => readonly [number, number];

function map(op: OpContract, name: UnaryFunction, types: readonly DType[] = FLOATS, parameters: Parameters = () => [0, 0], inputs = 1): GpuAdapter {
  return adapt(
    op,
    (node) => all(onlyTypes(node, 0, types), node.node.inputs.slice(inputs).every((e) => e === undefined) || 'more inputs than one'),
    (node, gpu) => {
      const [p, q] = parameters(node);
      return async ([x]: [Tensor], ctx) => [await gpu.run(ctx, unary(name), x.type, x.dims, [x, p, q])];
    },
  );
}

function pair(op: OpContract, name: BinaryFunction, out?: DType, types: readonly DType[] = SMALL): GpuAdapter {
  return adapt(
    op,
    (node) => all(
      onlyTypes(node, 0, types), onlyTypes(node, 1, types), node.node.inputs.length === 2 || `${node.node.inputs.length} inputs, not 2`,
      (node.inputShape(0)?.length ?? 0) <= 4 && (node.inputShape(1)?.length ?? 0) <= 4 || 'more than four axes',
      op !== contracts.pRelu || node.version.since >= 7 || 'broadcasting of an old version',
      !node.attrs.has('axis') || node.attrs.int('axis') === 0 || 'broadcasting of an old version',
    ),
    (_, gpu) => async ([a, b]: [Tensor, Tensor], ctx) => [await combine(gpu, ctx, name, out ?? a.type, a, b)],
  );
}

export const abs = map(contracts.abs, 'abs');
export const ceil = map(contracts.ceil, 'ceil');
export const cos = map(contracts.cos, 'cos');
export const elu = map(contracts.elu, 'elu', FLOATS, ({ attrs }) => [attrs.float('alpha'), 0]);
export const erf = map(contracts.erf, 'erf');
export const exp = map(contracts.exp, 'exp');
export const floor = map(contracts.floor, 'floor');
export const hardSigmoid = map(contracts.hardSigmoid, 'hardSigmoid', FLOATS, ({ attrs }) => [attrs.float('alpha'), attrs.float('beta')]);
export const hardSwish = map(contracts.hardSwish, 'hardSwish');
export const leakyRelu = map(contracts.leakyRelu, 'leakyRelu', FLOATS, ({ attrs }) => [attrs.float('alpha'), 0]);
export const log = map(contracts.log, 'log');
export const neg = map(contracts.neg, 'neg');
export const not = map(contracts.notOp, 'not', ['bool']);
export const quickGelu = map(contracts.quickGelu, 'quickGelu', FLOATS, ({ attrs }) => [attrs.float('alpha'), 0]);
export const reciprocal = map(contracts.reciprocal, 'reciprocal');
export const relu = map(contracts.relu, 'relu', ['float32', 'float16', 'int8']);
export const round = map(contracts.round, 'round');
export const sigmoid = map(contracts.sigmoid, 'sigmoid');
export const sin = map(contracts.sin, 'sin');
export const softplus = map(contracts.softplus, 'softplus');
export const sqrt = map(contracts.sqrt, 'sqrt');
export const tanh = map(contracts.tanh, 'tanh');

export const add = pair(contracts.add, 'add', undefined, FLOATS);
export const sub = pair(contracts.sub, 'sub', undefined, FLOATS);
export const mul = pair(contracts.mul, 'mul', undefined, FLOATS);
export const div = pair(contracts.div, 'div', undefined, FLOATS);
export const pow = pair(contracts.pow, 'pow', undefined, FLOATS);
export const max = pair(contracts.max, 'max');
export const min = pair(contracts.min, 'min');
export const pRelu = pair(contracts.pRelu, 'prelu', undefined, FLOATS);
export const equal = pair(contracts.equal, 'equal', 'bool');
export const greater = pair(contracts.greater, 'greater', 'bool');
export const greaterOrEqual = pair(contracts.greaterOrEqual, 'greaterOrEqual', 'bool');
export const less = pair(contracts.less, 'less', 'bool');
export const lessOrEqual = pair(contracts.lessOrEqual, 'lessOrEqual', 'bool');
export const and = pair(contracts.andOp, 'and', 'bool', ['bool']);
export const or = pair(contracts.orOp, 'or', 'bool', ['bool']);

/** min(max(x, low), high); limits that are absent are those of the type. */
export const clip = adapt(
  contracts.clip,
  (node) => onlyTypes(node, 0, ['float32', 'float16', 'uint8', 'int8']),
  ({ attrs }, gpu) => {
    const limit = (t: Tensor | undefined, name: string, otherwise: number): number => {
      const value = t === undefined ? (attrs.has(name) ? attrs.float(name) : otherwise) : unpack(t)[0];
      return Math.min(Math.max(value, -LARGEST), LARGEST);
    };
    return async ([x, low, high]: [Tensor, Tensor?, Tensor?], ctx) => [
      await gpu.run(ctx, unary('clip'), x.type, x.dims, [x, limit(low, 'min', -LARGEST), limit(high, 'max', LARGEST)]),
    ];
  },
  ['device', 'host', 'host'],
);
const LARGEST = 3.4028234663852886e38;

export const gelu = adapt(
  contracts.gelu,
  (node) => all(onlyTypes(node, 0, FLOATS), node.attrs.string('approximate') === 'none' || 'the tanh approximation'),
  (_, gpu) => async ([x]: [Tensor], ctx) => [await gpu.run(ctx, unary('gelu'), x.type, x.dims, [x, 0, 0])],
);
export const msGelu = map(contracts.msGelu, 'gelu');

/** cond ? a : b */
export const where = adapt(
  contracts.where,
  (node) => all(onlyTypes(node, 1, HELD), present(node, 2) || 'no third input'),
  (_, gpu) => async ([cond, a, b]: [Tensor, Tensor, Tensor], ctx) => {
    const dims = broadcastDims(cond.dims, a.dims, b.dims);
    const parts = [];
    for (const t of [cond, a, b]) parts.push(sizeOf(dims) === t.size ? gpu.view(t, dims) : await move(gpu, ctx, t, dims, broadcastStrides(t.dims, dims)));
    const y = await gpu.run(ctx, whereKernel, a.type, dims, parts);
    for (const t of parts) t.dispose();
    return [y];
  },
);
