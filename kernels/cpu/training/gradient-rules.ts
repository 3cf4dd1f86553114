/**
 * How a gradient passes an operator backwards: from dy, the gradient of its output, to those of its inputs. Each rule is
 * written in standard operators. What an input was broadcast to is summed back by the caller.
 */
import type { Attribute, Node } from '../../../src/graph/index.ts';
import type { Attrs, OpVersion } from '../../../src/ops/define.ts';
import { dtypeInfo, int64, pack, sizeOf, toInts, type Tensor } from '../../../src/tensor/index.ts';
import { frontAxis } from '../support/index.ts';
import type { Evaluate } from './evaluate.ts';

export interface Passage {
  readonly node: Node;
  readonly attrs: Attrs;
  readonly version: OpVersion;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly output: Tensor;
  readonly dy: Tensor;
  readonly run: Evaluate;
}

/** Gradients of the inputs; undefined for those that have none. */
export type Rule = (p: Passage) => readonly (Tensor | undefined)[];

/** A rule of an operator of one input, as dy times the derivative. */
type Derivative = (x: Tensor, y: Tensor, run: Evaluate, number: (value: number) => Tensor) => Tensor;

const unary = (derivative: Derivative): Rule => ({ inputs: [x], output, dy, run }) =>
  [run('Mul', [dy, derivative(x!, output, run, (value) => pack(dy.type, [value], []))])];

const ints = (values: readonly number[]): Attribute => ({ type: 'ints', value: values.map(BigInt) });
const int = (value: number): Attribute => ({ type: 'int', value: BigInt(value) });

/** Swaps the last two axes. */
function transposed(x: Tensor, run: Evaluate): Tensor {
  const last = x.dims.length - 1;
  return run('Transpose', [x], { perm: ints(x.dims.map((_, i) => (i === last ? last - 1 : i === last - 1 ? last : i))) });
}

/** y = a . b, where a vector counts as a row on the left and as a column on the right. */
const matMul: Rule = ({ inputs, output, dy, run }) => {
  const [a, b] = inputs as [Tensor, Tensor];
  const left = a.dims.length === 1 ? a.reshape([1, ...a.dims]) : a;
  const right = b.dims.length === 1 ? b.reshape([...b.dims, 1]) : b;
  const dims = [...output.dims];
  if (a.dims.length === 1) dims.splice(b.dims.length === 1 ? dims.length : dims.length - 1, 0, 1);
  if (b.dims.length === 1) dims.push(1);
  const d = dy.reshape(dims);
  const da = run('MatMul', [d, transposed(right, run)]), db = run('MatMul', [transposed(left, run), d]);
  // The caller sums over broadcast batches, for which the vectors keep their extra axis.
  return [
    a.dims.length === 1 ? summed(da, left.dims, run).reshape(a.dims) : da,
    b.dims.length === 1 ? summed(db, right.dims, run).reshape(b.dims) : db,
  ];
};

/** y = alpha * a' . b' + beta * c */
const gemm: Rule = ({ inputs, attrs, dy, run }) => {
  const [a, b, c] = inputs as [Tensor, Tensor, Tensor?];
  const turnA = attrs.int('transA') !== 0, turnB = attrs.int('transB') !== 0;
  const scaled = (x: Tensor, factor: number) => run('Mul', [x, pack(dy.type, [factor], [])]);
  const d = scaled(dy, attrs.float('alpha'));
  const product = (x: Tensor, turnX: boolean, y: Tensor, turnY: boolean) =>
    run('MatMul', [turnX ? transposed(x, run) : x, turnY ? transposed(y, run) : y]);
  return [
    turnA ? product(b, turnB, d, true) : product(d, false, b, !turnB),
    turnB ? product(d, true, a, turnA) : product(a, !turnA, d, false),
    c && scaled(dy, attrs.float('beta')),
  ];
};

/** dy repeated along the axes that were reduced, and divided by `count` of them. */
const reduced = (mean: boolean): Rule => ({ inputs: [x, axesInput], attrs, dy, run }) => {
  const { dims } = x!;
  const given = axesInput !== undefined ? toInts(axesInput) : attrs.has('axes') ? attrs.ints('axes') : [];
  if (given.length === 0 && attrs.has('noop_with_empty_axes') && attrs.int('noop_with_empty_axes') !== 0) return [dy];
  const axes = new Set(given.length === 0 ? dims.keys() : given.map((a) => frontAxis(a, dims.length)));
  const kept = dims.map((d, i) => (axes.has(i) ? 1 : d));
  const spread = run('Expand', [dy.reshape(kept), int64(dims)]);
  return [mean ? run('Div', [spread, pack(dy.type, [x!.size / dy.size], [])]) : spread];
};

const reshaped: Rule = ({ inputs: [x], dy }) => [dy.reshape(x!.dims)];

export const RULES: Readonly<Record<string, Rule>> = {
  Identity: ({ dy }) => [dy],
  Add: ({ dy }) => [dy, dy],
  Sum: ({ inputs, dy }) => inputs.map(() => dy),
  Sub: ({ dy, run }) => [dy, run('Neg', [dy])],
  Mul: ({ inputs: [a, b], dy, run }) => [run('Mul', [dy, b!]), run('Mul', [dy, a!])],
  Div: ({ inputs: [, b], output, dy, run }) => {
    const da = run('Div', [dy, b!]);
    return [da, run('Neg', [run('Mul', [da, output])])];
  },
  Pow: ({ inputs: [a, b], output, dy, run }) => {
    const exponent = b!.type === a!.type ? b! : run('Cast', [b!], { to: int(dtypeInfo(a!.type).onnx) });
    const slope = run('Mul', [exponent, run('Pow', [a!, run('Sub', [exponent, pack(a!.type, [1], [])])])]);
    return [run('Mul', [dy, slope]), run('Mul', [dy, run('Mul', [output, run('Log', [a!])])])];
  },
  Neg: ({ dy, run }) => [run('Neg', [dy])],
  Relu: ({ inputs: [x], dy, run }) => {
    const zero = pack(dy.type, [0], []);
    return [run('Where', [run('Greater', [x!, zero]), dy, zero])];
  },
  Abs: unary((x, _, run) => run('Sign', [x])),
  Exp: unary((_, y) => y),
  Log: unary((x, _, run) => run('Reciprocal', [x])),
  Sqrt: unary((_, y, run, number) => run('Div', [number(0.5), y])),
  Reciprocal: unary((_, y, run) => run('Neg', [run('Mul', [y, y])])),
  Sigmoid: unary((_, y, run, number) => run('Mul', [y, run('Sub', [number(1), y])])),
  Tanh: unary((_, y, run, number) => run('Sub', [number(1), run('Mul', [y, y])])),
  Sin: unary((x, _, run) => run('Cos', [x])),
  Cos: unary((x, _, run) => run('Neg', [run('Sin', [x])])),
  Softplus: unary((x, _, run) => run('Sigmoid', [x])),
  Softmax: ({ attrs, version, output, dy, run }) => {
    const { dims } = output;
    const axis = frontAxis(attrs.int('axis'), dims.length);
    // Before opset 13 all axes from `axis` on formed one row.
    const shape = version.since < 13 ? [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))] : dims;
    const y = output.reshape(shape), weighted = run('Mul', [dy.reshape(shape), y]);
    const total = run('ReduceSum', [weighted, int64([version.since < 13 ? 1 : axis])], { keepdims: int(1) });
    return [run('Sub', [weighted, run('Mul', [y, total])]).reshape(dims)];
  },
  MatMul: matMul,
  Gemm: gemm,
  ReduceSum: reduced(false),
  ReduceMean: reduced(true),
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Expand: ({ dy }) => [dy],
  Transpose: ({ inputs: [x], attrs, dy, run }) => {
    const perm = attrs.has('perm') ? attrs.ints('perm') : x!.dims.map((_, i) => x!.dims.length - 1 - i);
    return [run('Transpose', [dy], { perm: ints(perm.map((_, i) => perm.indexOf(i))) })];
  },
};

/** A gradient summed over the axes along which its tensor was repeated. */
export function summed(gradient: Tensor, dims: readonly number[], run: Evaluate): Tensor {
  if (gradient.dims.join() === dims.join()) return gradient;
  const extra = gradient.dims.length - dims.length;
  const axes = gradient.dims.flatMap((d, i) => (i < extra || (dims[i - extra] === 1 && d !== 1) ? [i] : []));
  return axes.length === 0 ? gradient.reshape(dims) : run('ReduceSum', [gradient, int64(axes)], { keepdims: int(1) }).reshape(dims);
}
