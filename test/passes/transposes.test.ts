import { transposeReduceFusion, transposeToReshape } from '../../src/passes/basic/transpose-moves.ts';
import { transposeOptimizer } from '../../src/passes/basic/transpose-optimizer.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass, type Rewrite } from './harness.ts';
import { f32, i64, i8, u8, type Random } from '../../conformance/proofs/random.ts';

const TO = 'Transpose{perm: [0, 2, 3, 1]}';
const BACK = 'Transpose{perm: [0, 3, 1, 2]}';
const x = input('float32', 2, 3, 4, 5);

/** f between two transposes that undo each other, and what it is without them. */
function between(f: string, free: string, more: Values | ((r: Random) => Values) = {}, opset = 21): Rewrite {
  return {
    before: `y = Relu(${BACK}(${f.replaceAll('@', `${TO}(x)`)}))`, after: `y = Relu(${free})`, opset,
    values: (r) => ({ x, ...(typeof more === 'function' ? more(r) : more) }),
  };
}

const quantized = { x: input('uint8', 2, 3, 4, 5), s: f32(0.1), z: u8(7) };

describePass(transposeOptimizer, {
  rewrites: [
    between('Neg(@)', 'Neg(x)'),
    between('Add(@, c)', 'Add(x, #)', (r) => ({ c: r.tensor('float32', 3) })),
    between('Mul(c, @)', 'Mul(#, x)', (r) => ({ c: r.tensor('float32', 4, 1, 3) })),
    between('Where(c, @, s)', 'Where(#, x, s)', (r) => ({ c: r.tensor('bool', 5, 3), s: f32(2) })),
    between('Clip(@, lo, hi)', 'Clip(x, lo, hi)', { lo: f32(-1), hi: f32(1) }),
    between('Concat{axis: -1}(@, @)', 'Concat{axis: 1}(x, x)'),
    between('Pad(@, p)', 'Pad(x, #)', { p: i64(0, 1, 2, 0, 0, 3, 0, 0) }),
    between('Pad{pads: [0, 1, 2, 0, 0, 3, 0, 0]}(@)', 'Pad{pads: [0, 0, 1, 2, 0, 0, 3, 0]}(x)', {}, 10),
    between('Slice(@, a, b, c)', 'Slice(x, a, b, #)', { a: i64(1, 0), b: i64(3, 2), c: i64(1, -1) }),
    between('Slice{axes: [3], starts: [1], ends: [3]}(@)', 'Slice{axes: [1], starts: [1], ends: [3]}(x)', {}, 9),
    between('Softmax{axis: 3}(@)', 'Softmax{axis: 1}(x)'),
    between('ReduceMax(@, a)', 'ReduceMax(x, #)', { a: i64(3, 1) }),
    between('ReduceMean(@, a)', 'ReduceMean(x, #)', { a: i64(1, 2) }),
    between('ReduceMean{axes: [1, 2]}(@)', 'ReduceMean{axes: [2, 3]}(x)', {}, 13),
    between('DequantizeLinear(QuantizeLinear(@, s, z), s, z)', 'DequantizeLinear(QuantizeLinear(x, s, z), s, z)', { s: f32(0.1), z: u8(100) }),
    between('DequantizeLinear{axis: 3}(QuantizeLinear{axis: 3}(@, s, z), s, z)', 'DequantizeLinear{axis: 1}(QuantizeLinear{axis: 1}(x, s, z), s, z)', { s: f32([0.1, 0.2, 0.3]), z: i8([1, 2, 3]) }),
    {
      before: `y = Identity(${BACK}(ms.QLinearAdd(${TO}(x), s, z, c, s, z, s, z)))`, values: (r) => ({ ...quantized, c: r.tensor('uint8', 4, 5, 3) }),
      after: 'y = Identity(ms.QLinearAdd(x, s, z, #, s, z, s, z))',
    },
    {
      before: `y = Identity(${BACK}(ms.QLinearConcat{axis: 3}(s, z, ${TO}(x), s, z, ${TO}(x), s, z)))`, values: quantized,
      after: 'y = Identity(ms.QLinearConcat{axis: 1}(s, z, x, s, z, x, s, z))',
    },
    // A residual: both ways round the convolution-like node stay in one order.
    {
      before: `a = Relu(${TO}(x)); b = ${TO}(Exp(${BACK}(a))); y = Neg(${BACK}(Add(a, b)))`, values: { x },
      after: 'Transpose_2_0 = Relu(x); y = Neg(Add(Transpose_2_0, Exp(Transpose_2_0)))',
    },
    // Another order than the one undone: the transposes join.
    { before: `y = Relu(Transpose{perm: [0, 1, 3, 2]}(Neg(${TO}(x))))`, values: { x }, after: 'y = Relu(Transpose{perm: [0, 2, 1, 3]}(Neg(x)))' },
    // A split of which one part is wanted turned: fewer transposes, though one stays.
    {
      before: `a, b = Split{axis: 3}(${TO}(x), sizes); y = Relu(${BACK}(a)); z = Relu(b)`, values: { x, sizes: i64(2, 1) },
      after: `Transpose_2_0, Transpose_2_0/untransposed = Split{axis: 1}(x, sizes); z = ${TO}(Relu(Transpose_2_0/untransposed)); y = Relu(Transpose_2_0)`,
    },
  ],
});

describePass(transposeToReshape, {
  rewrites: [
    { before: 'y = Relu(Transpose{perm: [0, 2, 3, 1]}(x))', values: { x: input('float32', 'n', 5, 1, 1) }, after: 'y = Relu(Reshape(x, #))' },
    { before: 'y = Relu(Transpose{perm: [1, 0, 2]}(x))', values: { x: input('int8', 1, 4, 3) }, after: 'y = Relu(Reshape(x, #))' },
  ],
  refusals: [
    { before: 'y = Relu(Transpose{perm: [1, 0, 2]}(x))', values: { x: input('float32', 1, 'a', 'b') }, reason: 'more than one dimension is unknown' },
    { before: 'y = Relu(Transpose{perm: [1, 0, 2]}(x))', values: { x: input('float32', 1, 0, 2) }, reason: 'the tensor is empty' },
    { before: 'y = Relu(Transpose{perm: [1, 0]}(x))', values: { x: input('float32', 3, 'a') } },
  ],
});

describePass(transposeReduceFusion, {
  rewrites: [
    { before: `y = ReduceMean{axes: [1, 2], keepdims: 0}(${TO}(x))`, opset: 13, values: { x }, after: 'y = ReduceMean{axes: [2, 3], keepdims: 0}(x)' },
    { before: `y = ReduceMax{keepdims: 0}(${TO}(x), a)`, values: { x, a: i64(3, 1) }, after: 'y = ReduceMax{keepdims: 0}(x, #)' },
    { before: `y = Relu(Squeeze(${BACK}(x), a))`, values: { x: input('float32', 2, 1, 1, 4), a: i64(2, 3) }, after: 'y = Relu(Squeeze(x, #))' },
  ],
  refusals: [
    { before: `y = ReduceMean{keepdims: 0}(${TO}(x), a)`, values: { x, a: input('int64', 2) }, reason: 'the axes are not constant' },
    { before: `y = ReduceMean{keepdims: 0}(${TO}(x), a)`, values: { x, a: i64(0) }, reason: 'the axes left do not keep their order' },
    { before: `y = ReduceMean{keepdims: 0}(${TO}(x), a)`, values: { x, a: i64(1, 3) }, reason: 'the sums would be formed in another order' },
    { before: `y = ReduceMean(${TO}(x), a)`, values: { x, a: i64(1, 2) } },
  ],
});
