import { castChainElimination, castElimination } from '../../src/passes/basic/cast-elimination.ts';
import { commonSubexpressionElimination } from '../../src/passes/basic/common-subexpression-elimination.ts';
import { constantSharing } from '../../src/passes/basic/constant-sharing.ts';
import { eliminateDropout } from '../../src/passes/basic/eliminate-dropout.ts';
import { expandElimination } from '../../src/passes/basic/eliminate-expand.ts';
import { eliminateIdentity } from '../../src/passes/basic/eliminate-identity.ts';
import { eliminatePad, eliminateSingle, eliminateSplit } from '../../src/passes/basic/eliminate-single.ts';
import { eliminateSlice } from '../../src/passes/basic/eliminate-slice.ts';
import { eliminateUnused } from '../../src/passes/basic/eliminate-unused.ts';
import { addZeroElimination, noopElimination } from '../../src/passes/basic/noop-elimination.ts';
import { notWhereFusion } from '../../src/passes/basic/not-where-fusion.ts';
import { eliminateTranspose, transposeFusion } from '../../src/passes/basic/transpose-fusion.ts';
import { reshapeChainElimination, viewElimination } from '../../src/passes/basic/view-elimination.ts';
import { pack } from '../../src/tensor/index.ts';
import { input } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { f32, i64 } from '../../conformance/proofs/random.ts';

const x = input('float32', 2, 3);

describePass(eliminateIdentity, {
  rewrites: [
    { before: 'y = Relu(Identity(x))', values: { x }, after: 'y = Relu(x)' },
    // The output keeps its name: what made the other value makes it now.
    { before: 'a = Relu(x); y = Identity(a); z = Neg(a)', values: { x }, after: 'y = Relu(x); z = Neg(y)' },
    { before: 'y = Identity(Identity(Relu(x)))', values: { x }, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'y = Identity(x)', values: { x }, reason: 'both values are inputs, constants or outputs of the graph' },
    { before: 'a! = Relu(x); y = Identity(a)', values: { x }, reason: 'both values are inputs, constants or outputs of the graph' },
  ],
});

describePass(eliminateDropout, {
  rewrites: [
    { before: 'y = Relu(Dropout(x))', values: { x }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Dropout(x, r, t))', values: { x, r: f32(0.5), t: pack('bool', [0], []) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Dropout{ratio: 0.5}(x))', values: { x }, opset: 7, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'a, m = Dropout(x); y = Relu(a)', values: { x }, reason: 'the mask is used' },
    { before: 'y = Relu(Dropout(x, r, t))', values: { x, r: f32(0.5), t: input('bool') }, reason: 'it may run in training mode' },
    { before: 'y = Relu(Dropout(x))', values: { x }, opset: 6, reason: 'it may run in training mode' },
  ],
});

describePass(castElimination, {
  rewrites: [
    { before: 'y = Relu(Cast{to: 1}(x))', values: { x }, after: 'y = Relu(x)' },
    { before: 'y = Relu(CastLike(x, s))', values: { x, s: f32(1) }, after: 'y = Relu(x)' },
  ],
  refusals: [{ before: 'y = Relu(Cast{to: 11}(x))', values: { x } }],
});

describePass(castChainElimination, {
  rewrites: [
    { before: 'y = Neg(Cast{to: 1}(Cast{to: 11}(x)))', values: { x }, after: 'y = Neg(x)' },
    { before: 'y = Neg(Cast{to: 1}(Cast{to: 7}(x)))', values: { x: input('uint8', 4) }, after: 'y = Neg(Cast{to: 1}(x))' },
    { before: 'y = Neg(Cast{to: 6}(Cast{to: 10}(x)))', values: { x: input('uint8', 4) }, after: 'y = Neg(Cast{to: 6}(x))' },
  ],
  refusals: [
    { before: 'y = Neg(Cast{to: 1}(Cast{to: 10}(x)))', values: { x }, reason: 'float16 does not hold every float32 value' },
    { before: 'y = Neg(Cast{to: 1}(Cast{to: 6}(x)))', values: { x }, reason: 'int32 does not hold every float32 value' },
    { before: 'y = Neg(Cast{to: 7}(Cast{to: 1}(x)))', values: { x: input('int32', 4) }, reason: 'float32 does not hold every int32 value' },
  ],
});

describePass(eliminateSlice, {
  rewrites: [
    { before: 'y = Relu(Slice(x, s, e))', values: { x, s: i64(0, 0), e: i64(2, 5) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Slice(x, s, e, a))', values: { x: input('float32', 'n', 3), s: i64(0), e: i64(2 ** 31), a: i64(-2) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Slice{starts: [0], ends: [3], axes: [1]}(x))', values: { x }, opset: 9, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'y = Relu(Slice(x, s, e))', values: { x, s: i64(0), e: i64(1) } },
    { before: 'y = Relu(Slice(x, s, e))', values: { x: input('float32', 'n', 3), s: i64(0), e: i64(100) } },
    { before: 'y = Relu(Slice(x, s, e, a, t))', values: { x, s: i64(0), e: i64(9), a: i64(0), t: i64(2) } },
    { before: 'y = Relu(Slice(x, s, e, a))', values: { x, s: i64(0), e: i64(9), a: input('int64', 1) } },
  ],
});

describePass(expandElimination, {
  rewrites: [
    { before: 'y = Relu(Expand(x, s))', values: { x, s: i64(2, 3) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Expand(x, s))', values: { x: input('float32', 'n', 3), s: i64(1, 1) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Tile(x, s))', values: { x, s: i64(1, 1) }, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'y = Relu(Expand(x, s))', values: { x, s: i64(1, 2, 3) } },
    { before: 'y = Relu(Expand(x, s))', values: { x, s: i64(1, 1, 1) } },
    { before: 'y = Relu(Tile(x, s))', values: { x, s: i64(1, 2) } },
    { before: 'y = Relu(Expand(x, Shape(z)))', values: { x: input('float32', 'n', 3), z: input('float32', 'n', 3) } },
  ],
});

describePass(eliminateSingle, {
  rewrites: ['Concat{axis: 0}', 'Sum', 'Max', 'Min', 'Mean'].map((op) => ({ before: `y = Neg(${op}(x))`, values: { x }, after: 'y = Neg(x)' })),
  refusals: [{ before: 'y = Neg(Sum(x, x))', values: { x } }],
});

describePass(eliminatePad, {
  rewrites: [
    { before: 'y = Relu(Pad(x, p))', values: { x, p: i64(0, 0, 0, 0) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Pad{pads: [0, 0, 0, 0]}(x))', values: { x }, opset: 10, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'y = Relu(Pad(x, p))', values: { x, p: i64(0, 0, 0, 1) } },
    { before: 'y = Relu(Pad(x, p))', values: { x, p: input('int64', 4) } },
  ],
});

describePass(eliminateSplit, {
  rewrites: [{ before: 'y = Relu(Split{num_outputs: 1}(x))', values: { x }, after: 'y = Relu(x)' }],
  refusals: [{ before: 'a, b = Split{num_outputs: 2, axis: 0}(x); y = Relu(a)', values: { x } }],
});

describePass(noopElimination, {
  rewrites: [
    { before: 'y = Relu(Mul(x, c))', values: { x, c: f32(1) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Mul(c, x))', values: { x, c: f32([1], [1, 1]) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Div(x, c))', values: { x, c: f32(1) }, after: 'y = Relu(x)' },
    { before: 'y = Neg(Sub(x, c))', values: { x, c: f32(0) }, after: 'y = Neg(x)' },
    { before: 'y = Neg(Add(c, x))', values: { x, c: f32(-0) }, after: 'y = Neg(x)' },
    { before: 'y = Neg(Add(x, c))', values: { x: input('int64', 3), c: i64(0) }, after: 'y = Neg(x)' },
  ],
  refusals: [
    { before: 'y = Relu(Mul(x, c))', values: { x, c: f32([1], [1, 1, 1]) } },
    { before: 'y = Relu(Mul(x, c))', values: { x, c: f32(2) } },
    { before: 'y = Relu(Div(c, x))', values: { x, c: f32(1) } },
    { before: 'y = Neg(Add(x, c))', values: { x, c: f32(0) }, reason: 'adding it turns -0 into +0' },
    { before: 'y = Neg(Sub(x, c))', values: { x, c: f32(-0) }, reason: 'adding it turns -0 into +0' },
  ],
});

describePass(addZeroElimination, {
  rewrites: [
    // A mask that hides nothing.
    { before: 'y = Softmax(Add(x, c))', values: { x: input('float32', 'n', 2, 3, 3), c: f32(new Float32Array(3), [1, 1, 3]) }, after: 'y = Softmax(x)' },
    { before: 'y = Neg(Add(x, c))', values: { x, c: f32(0) }, after: 'y = Neg(x)' },
    { before: 'y = Neg(Sub(x, c))', values: { x, c: f32(-0) }, after: 'y = Neg(x)' },
  ],
  refusals: [{ before: 'y = Neg(Add(x, c))', values: { x, c: f32(1) } }],
});

describePass(viewElimination, {
  rewrites: [
    { before: 'y = Relu(Reshape(x, s))', values: { x, s: i64(2, 3) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Flatten(x))', values: { x }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Squeeze(Unsqueeze(x, a), a))', values: { x, a: i64(1) }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Reshape(Flatten{axis: 2}(x), s))', values: { x, s: i64(2, 3) }, after: 'y = Relu(x)' },
  ],
  refusals: [
    { before: 'y = Relu(Reshape(x, s))', values: { x, s: i64(3, 2) } },
    { before: 'y = Relu(Reshape(x, s))', values: { x: input('float32', 'n', 'm'), s: i64(-1, 2) } },
    // Names are no proof: a file may call two sizes n.
    { before: 'y = Relu(Reshape(x, Shape(z)))', values: { x: input('float32', 'n', 'm'), z: input('float32', 'n', 'm') } },
  ],
});

describePass(reshapeChainElimination, {
  rewrites: [{ before: 'y = Relu(Reshape(Flatten{axis: 2}(x), s))', values: { x, s: i64(3, -1) }, after: 'y = Relu(Reshape(x, s))' }],
  refusals: [{ before: 'y = Relu(Reshape(Flatten{axis: 2}(x), s))', values: { x, s: i64(0, -1) } }],
});

describePass(eliminateTranspose, {
  rewrites: [{ before: 'y = Relu(Transpose{perm: [0, 1]}(x))', values: { x }, after: 'y = Relu(x)' }],
  refusals: [{ before: 'y = Relu(Transpose(x))', values: { x } }],
});

const cube = input('float32', 2, 3, 4);

describePass(transposeFusion, {
  rewrites: [
    { before: 'y = Relu(Transpose(Transpose(x)))', values: { x }, after: 'y = Relu(x)' },
    { before: 'y = Relu(Transpose{perm: [1, 2, 0]}(Transpose{perm: [1, 0, 2]}(x)))', values: { x: cube }, after: 'y = Relu(Transpose{perm: [0, 2, 1]}(x))' },
    {
      before: 'a = Transpose{perm: [1, 0, 2]}(x); y = Relu(Transpose{perm: [1, 2, 0]}(a)); z = Neg(a)', values: { x: cube },
      after: 'y = Relu(Transpose{perm: [0, 2, 1]}(x)); z = Neg(Transpose{perm: [1, 0, 2]}(x))',
    },
  ],
});

describePass(notWhereFusion, {
  rewrites: [{ before: 'y = Where(Not(c), x, z)', values: { c: input('bool', 2, 3), x, z: f32(1) }, after: 'y = Where(c, z, x)' }],
});

describePass(commonSubexpressionElimination, {
  rewrites: [
    { before: 'y = Add(Relu(x), Neg(Relu(x)))', values: { x }, after: 'Relu_0_0 = Relu(x); y = Add(Relu_0_0, Neg(Relu_0_0))' },
    { before: 'y = Add(Mul(x, c), Neg(Mul(c, x)))', values: { x, c: f32(3) }, after: 'Mul_0_0 = Mul(x, c); y = Add(Mul_0_0, Neg(Mul_0_0))' },
    { before: 'y = Relu(x); z = Neg(Relu(x))', values: { x }, after: 'y = Relu(x); z = Neg(y)' },
    { before: 'z = Neg(Relu(x)); y = Relu(x)', values: { x }, after: 'y = Relu(x); z = Neg(y)' },
    { before: 'a, b = Split{num_outputs: 2, axis: 0}(x); _c, d = Split{num_outputs: 2, axis: 0}(x); y = Add(a, d)', values: { x }, after: 'a, b = Split{num_outputs: 2, axis: 0}(x); y = Add(a, b)' },
  ],
  refusals: [
    { before: 'y = Sub(Softmax{axis: 0}(x), Softmax{axis: 1}(x))', values: { x } },
    { before: 'y = Sub(RandomNormalLike(x), RandomNormalLike(x))', values: { x } },
    { before: 'y = Relu(x); z = Relu(x)', values: { x }, reason: 'both values are inputs, constants or outputs of the graph' },
  ],
});

describePass(constantSharing, {
  rewrites: [{ before: 'y = Add(Mul(x, c), d)', values: { x, c: f32(3), d: f32(3) }, after: 'y = Add(Mul(x, c), c)' }],
  refusals: [
    { before: 'y = Add(Mul(x, c), d)', values: { x, c: f32(0), d: f32(-0) } },
    { before: 'y = Add(Mul(x, c), d)', values: { x, c: f32(3), d: f32([3]) } },
  ],
});

describePass(eliminateUnused, {
  rewrites: [
    { before: 'y = Relu(x); _a = Neg(Neg(x))', values: { x }, after: 'y = Relu(x)' },
    { before: 'a, _b = Split{num_outputs: 2, axis: 0}(x); y = Relu(a); _c, _d = Split{num_outputs: 2, axis: 0}(a)', values: { x }, after: 'a, _b = Split{num_outputs: 2, axis: 0}(x); y = Relu(a)' },
  ],
  refusals: [{ before: 'y = Relu(x)', values: { x } }],
});
