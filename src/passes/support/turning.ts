/** How operators work on turned tensors: f(transpose(x, p)) = transpose(f'(x), p), and what becomes of f's attributes and constants. */
import type { Edge, Node } from '../../graph/index.ts';
import { dtypeInfo, int64, pack, Tensor, unpack, type NumberArray } from '../../tensor/index.ts';
import { newConstant, type AttributeValue, type NewEdge } from '../pass.ts';
import { attributesOf } from './attributes.ts';
import { constantInts, constantOf, rankOf } from './constants.ts';

export type Perm = readonly number[];

/** What changes in a node when its operands are turned. */
export interface Turned {
  /** Which inputs are turned with it. */
  readonly operands: readonly number[];
  /** Other inputs that change. */
  readonly inputs?: ReadonlyMap<number, Edge | NewEdge>;
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
}

type Rule = (node: Node, p: Perm) => Turned | undefined;

const first: Rule = (node) => ({ operands: [0], attributes: attributesOf(node) });
const all: Rule = (node) => ({ operands: node.inputs.map((_, i) => i), attributes: attributesOf(node) });
const every = (...operands: number[]): Rule => (node) => ({ operands, attributes: attributesOf(node) });

const axisOf = (axis: number, p: Perm): number => p[axis < 0 ? axis + p.length : axis]!;
const along = (fallback: number, operands: (node: Node) => readonly number[]): Rule => (node, p) => ({
  operands: operands(node), attributes: { ...attributesOf(node), axis: axisOf(node.int('axis', fallback), p) },
});

// Scales of one axis move with it; those of blocks stay where they are.
const quantizer: Rule = (node, p) => {
  const scale = constantOf(node.inputs[1]);
  if (scale?.size === 1) return first(node, p);
  return node.int('block_size', 0) === 0 && rankOf(node.inputs[1]) === 1 ? along(1, () => [0])(node, p) : undefined;
};

const softmax: Rule = (node, p) => (node.opset < 13 ? undefined : along(-1, () => [0])(node, p));
const qSoftmax: Rule = (node, p) => (node.int('opset', 0) < 13 ? undefined : along(-1, () => [0])(node, p));

// The elements of a group are added in the order of their axes, which must not change; maxima know no order.
const reduction = (ordered: boolean): Rule => (node, p) => {
  const axes = node.ints('axes') ?? constantInts(node.inputs[1]);
  if (axes === undefined || axes.length === 0 || node.int('keepdims', 1) === 0) return undefined;
  const turned = [...axes].map((a) => (a < 0 ? a + p.length : a)).sort((a, b) => a - b).map((a) => p[a]!);
  if (ordered && turned.some((a, i) => i > 0 && a < turned[i - 1]!)) return undefined;
  if (node.inputs[1] === undefined) return { operands: [0], attributes: { ...attributesOf(node), axes: turned } };
  return { operands: [0], inputs: new Map([[1, newConstant('axes', int64(turned))]]), attributes: attributesOf(node) };
};

const pad: Rule = (node, p) => {
  const pads = node.opset < 11 ? node.ints('pads') : constantInts(node.inputs[1]);
  if (pads?.length !== 2 * p.length || node.inputs[3] !== undefined) return undefined;
  const turned = new Array<number>(pads.length);
  p.forEach((axis, i) => {
    turned[axis] = pads[i]!;
    turned[axis + p.length] = pads[i + p.length]!;
  });
  if (node.opset < 11) return { operands: [0], attributes: { ...attributesOf(node), pads: turned } };
  return { operands: [0], inputs: new Map([[1, newConstant('pads', int64(turned))]]), attributes: attributesOf(node) };
};

const slice: Rule = (node, p) => {
  const axes = node.opset < 10 ? node.ints('axes') : constantInts(node.inputs[3]);
  if (axes === undefined) return undefined;
  const turned = axes.map((a) => axisOf(a, p));
  if (node.opset < 10) return { operands: [0], attributes: { ...attributesOf(node), axes: turned } };
  return { operands: [0], inputs: new Map([[3, newConstant('axes', int64(turned))]]), attributes: attributesOf(node) };
};

const UNARY = 'Abs Neg Relu Sigmoid Tanh Erf Exp Log Sqrt Reciprocal Floor Ceil Round Sign Sin Cos Elu Selu LeakyRelu ThresholdedRelu HardSigmoid HardSwish '
  + 'Softplus Softsign Mish Celu Gelu Swish Not Cast Identity Clip com.microsoft.QuickGelu com.microsoft.Gelu com.microsoft.QLinearSigmoid com.microsoft.QLinearLeakyRelu';
const BROADCASTING = 'Add Sub Mul Div Pow Max Min Sum Mean PRelu And Or Xor Equal Greater Less GreaterOrEqual LessOrEqual Where';

const rules = (names: string, rule: Rule): [string, Rule][] => names.split(' ').map((name) => [name, rule]);

/** Operators that do to a turned tensor what they do to the tensor. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ...rules(UNARY, first), ...rules(BROADCASTING, all),
  ...rules('QuantizeLinear DequantizeLinear com.microsoft.QuantizeLinear com.microsoft.DequantizeLinear', quantizer),
  ...rules('com.microsoft.QLinearAdd com.microsoft.QLinearMul', every(0, 3)), ['com.microsoft.QLinearWhere', every(0, 1, 4)],
  ['Concat', along(1, (node) => node.inputs.map((_, i) => i))],
  ['com.microsoft.QLinearConcat', along(1, (node) => node.inputs.map((_, i) => i).filter((i) => i >= 2 && i % 3 === 2))],
  ['Split', along(0, () => [0])], ['Softmax', softmax], ['LogSoftmax', softmax], ['com.microsoft.QLinearSoftmax', qSoftmax],
  ...rules('ReduceMax ReduceMin', reduction(false)), ...rules('ReduceMean ReduceSum ReduceL2 ReduceSumSquare', reduction(true)),
  ['Pad', pad], ['Slice', slice],
]);

/** What becomes of a node when its operands are turned by p; undefined where that is not known, or would cost reshaping. */
export function turned(node: Node, p: Perm): Turned | undefined {
  const how = RULES.get(node.key)?.(node, p);
  if (how === undefined || node.outputs.some((o) => o !== undefined && rankOf(o) !== p.length)) return undefined;
  const fits = (edge: Edge | undefined): boolean => {
    const tensor = constantOf(edge);
    return tensor === undefined ? edge === undefined || rankOf(edge) === p.length : tensor.dims.length <= p.length && turnable(tensor);
  };
  return how.operands.every((i) => fits(node.inputs[i])) ? how : undefined;
}

function turnable({ type, size }: Tensor): boolean {
  const { class: cls, bits } = dtypeInfo(type);
  return size === 1 || cls === 'float' || cls === 'bool' || ((cls === 'int' || cls === 'uint') && bits < 64);
}

/** A constant operand, with the axes it lacks in front, such that transposing it by p gives what it was. */
export function turnedConstant(tensor: Tensor, p: Perm): Tensor {
  const dims = [...new Array<number>(p.length - tensor.dims.length).fill(1), ...tensor.dims];
  if (tensor.size === 1) return tensor;
  const to = new Array<number>(p.length);
  p.forEach((axis, i) => (to[axis] = dims[i]!));
  // Where the axes that have elements keep their order, so do the elements.
  if (keepsOrder(p, to)) return tensor.reshape(to);
  const strides = new Array<number>(p.length);
  for (let i = p.length - 1, s = 1; i >= 0; s *= dims[i--]!) strides[p[i]!] = s;
  const from = unpack(tensor);
  const values = from.slice() as NumberArray;
  const at = new Array<number>(p.length).fill(0);
  for (let n = 0; n < values.length; n++) {
    values[n] = from[at.reduce((sum, a, i) => sum + a * strides[i]!, 0)]!;
    for (let i = p.length - 1; i >= 0 && ++at[i]! === to[i]; i--) at[i] = 0;
  }
  return pack(tensor.type, values, to);
}

/** True when transposing a tensor of these dims by p moves only axes of size 1 past others. */
export function keepsOrder(p: Perm, dims: readonly unknown[]): boolean {
  const moved = p.filter((axis) => dims[axis] !== 1);
  return moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
}

export function inverse(p: Perm): Perm {
  const q = new Array<number>(p.length);
  p.forEach((axis, i) => (q[axis] = i));
  return q;
}

export const isIdentity = (p: Perm): boolean => p.every((axis, i) => axis === i);

/** The order of axes of a Transpose; reversed when it does not say, which needs the rank. */
export function permOf(node: Node): Perm | undefined {
  const perm = node.ints('perm');
  const rank = rankOf(node.inputs[0]);
  if (perm !== undefined) return perm;
  return rank === undefined ? undefined : Array.from({ length: rank }, (_, i) => rank - 1 - i);
}
