/**
 * Mathematical operators beside onnxruntime: integers at the edges of their ranges, floats on ties, zeros, infinities
 * and NaN, random shapes, axes and equations. Integers and what a single IEEE step computes must be equal to the bit;
 * the rest within a few units of the last place of the largest result. Inference must agree with what the kernels make.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erf } from '../../kernels/cpu/math/erf.ts';
import { fourier } from '../../kernels/cpu/math/fourier.ts';
import { ModelBuilder } from '../../src/model/builder.ts';
import { inferGraph } from '../../src/ops/index.ts';
import { dtypeInfo, int64, sizeOf, Tensor, unpack, type DType } from '../../src/tensor/index.ts';
import { oneNode, runHere, runOrt, type OneNode } from '../../conformance/fuzz/beside-ort.ts';

const RUNS = Number(process.env['NIBBLE_FUZZ_RUNS'] ?? 25);
const check = <T extends unknown[]>(property: fc.IAsyncPropertyWithHooks<T>) => fc.assert(property, { numRuns: RUNS, seed: 1, endOnFailure: true });

const int = (min: number, max: number) => fc.integer({ min, max });
const pick = <T>(...values: T[]) => fc.constantFrom(...values);

// ---- elements

const FLOAT_EDGES = [
  0, -0, 0.5, -0.5, 1.5, 2.5, -1.5, -2.5, 1, -1, 2, -3, 0.3, -0.7, 1e-40, -1e-40, 3.4e38, -3.4e38, Infinity, -Infinity, NaN, 8388609, 1e10,
];
const tame = fc.double({ min: -8, max: 8, noNaN: true });
const edgy = fc.oneof(pick(...FLOAT_EDGES), tame);

/** The extremes of an integer type, numbers around zero, and any others. */
function integers(type: DType): fc.Arbitrary<bigint> {
  const { bits, class: cls } = dtypeInfo(type);
  const min = cls === 'int' ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = min + 2n ** BigInt(bits) - 1n;
  const around = [-3n, -2n, -1n, 0n, 1n, 2n, 3n, 7n].filter((v) => v >= min);
  return fc.oneof(pick(min, min + 1n, max - 1n, max, max / 2n), pick(...around), fc.bigInt({ min, max }));
}

const isInteger = (type: DType) => ['int', 'uint'].includes(dtypeInfo(type).class);

function tensor(type: DType, dims: readonly number[], elements: fc.Arbitrary<bigint | number>): fc.Arbitrary<Tensor> {
  const size = sizeOf(dims);
  return fc.array(elements, { minLength: size, maxLength: size }).map((values) => {
    if (type === 'string') return new Tensor(type, values.map((v) => `s${v}`), dims);
    if (type === 'int64' || type === 'uint64') return new Tensor(type, values.map(BigInt), dims);
    return new Tensor(type, values.map(Number), dims);
  });
}

/** Elements of a type, at its edges: integers, floats, bools or strings. */
const elementsOf = (type: DType): fc.Arbitrary<bigint | number> =>
  isInteger(type) ? integers(type) : type === 'bool' ? int(0, 1) : type === 'string' ? int(0, 3) : edgy;

// ---- shapes

const dimsOf = (min: number, max: number, longest = 4) =>
  fc.array(fc.oneof({ weight: 12, arbitrary: int(1, longest) }, { weight: 1, arbitrary: fc.constant(0) }), { minLength: min, maxLength: max });

/** `count` shapes that broadcast to one. */
const broadcastable = (count: number) => dimsOf(0, 4).chain((dims) => fc.tuple(...Array.from({ length: count }, () =>
  fc.tuple(int(0, dims.length), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 })).map(([from, ones]) =>
    dims.slice(from).map((d, i) => (ones[i] ? 1 : d))))));

const node = (opType: string, inputs: readonly (Tensor | undefined)[], more: Partial<OneNode> = {}): OneNode =>
  ({ opType, inputs, outputs: [inputs[0]!.type], ...more });

/** A node of `count` operands of one type that broadcast. */
const zipped = (opType: string, types: readonly DType[], count = 2, more: Partial<OneNode> = {}, elements = elementsOf) =>
  fc.tuple(pick(...types), broadcastable(count)).chain(([type, shapes]) =>
    fc.tuple(...shapes.map((dims) => tensor(type, dims, elements(type)))).map((inputs) => node(opType, inputs, { outputs: [type], ...more })));

/** A node of one operand. */
const mapped = (opType: string, types: readonly DType[], more: Partial<OneNode> = {}, elements = elementsOf) =>
  fc.tuple(pick(...types), dimsOf(0, 3)).chain(([type, dims]) => tensor(type, dims, elements(type)).map((x) => node(opType, [x], { outputs: [type], ...more })));

const INTS: readonly DType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'];
const FLOATS: readonly DType[] = ['float32', 'float64'];
const ALL = [...INTS, ...FLOATS];

/** Operands of an integer division: no zero divides, and no smallest number is divided by -1, which has no quotient. */
const division = (opType: string, types: readonly DType[], attributes = {}) =>
  zipped(opType, types, 2, { attributes }).map(({ inputs, ...rest }) => {
    const [a, b] = inputs as [Tensor, Tensor];
    const safe = Array.from(b.data as BigInt64Array, (v: bigint | number) => (v == 0 || v == -1 ? (typeof v === 'bigint' ? 3n : 3) : v));
    return { ...rest, inputs: [a, new Tensor(b.type, safe, b.dims)] };
  });

// ---- operators that must agree to the bit

const bool = { outputs: ['bool'] } as const satisfies Partial<OneNode>;

const EXACT: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  Add: zipped('Add', ALL),
  Sub: zipped('Sub', ALL),
  Mul: zipped('Mul', ALL),
  'Div of integers': division('Div', INTS),
  'Div of floats': zipped('Div', FLOATS),
  'Mod of integers': division('Mod', INTS),
  // onnxruntime takes this one through doubles, which 64-bit integers do not survive
  'Mod of integers, fmod': division('Mod', INTS.filter((type) => dtypeInfo(type).bits < 64), { fmod: 1 }),
  'Mod of floats, fmod': zipped('Mod', FLOATS, 2, { attributes: { fmod: 1 } }),
  'Pow of integers': fc.tuple(pick<DType>('int32', 'int64'), pick<DType>('int32', 'int64'), broadcastable(2)).chain(([x, y, [p, q]]) =>
    fc.tuple(tensor(x, p, int(-9, 9)), tensor(y, q, int(0, 9))).map((inputs) => node('Pow', inputs))),
  Max: zipped('Max', ['int32', 'uint32', 'int64', 'uint64', 'int8', 'uint8', ...FLOATS], 3),
  Min: zipped('Min', ['int32', 'uint32', 'int64', 'uint64', 'int8', 'uint8', ...FLOATS], 3),
  Sum: zipped('Sum', FLOATS, 2),
  And: zipped('And', ['bool']),
  Or: zipped('Or', ['bool']),
  Xor: zipped('Xor', ['bool']),
  Not: mapped('Not', ['bool']),
  Equal: zipped('Equal', ['int32', 'int64', 'bool', 'string', ...FLOATS], 2, bool),
  Greater: zipped('Greater', ALL, 2, bool),
  GreaterOrEqual: zipped('GreaterOrEqual', ALL, 2, bool),
  Less: zipped('Less', ALL, 2, bool),
  LessOrEqual: zipped('LessOrEqual', ALL, 2, bool),
  BitwiseAnd: zipped('BitwiseAnd', INTS),
  BitwiseOr: zipped('BitwiseOr', INTS),
  BitwiseXor: zipped('BitwiseXor', INTS),
  BitwiseNot: mapped('BitwiseNot', INTS),
  BitShift: fc.tuple(pick<DType>('uint8', 'uint32', 'uint64'), pick('LEFT', 'RIGHT'), broadcastable(2)).chain(([type, direction, [p, q]]) =>
    fc.tuple(tensor(type, p, integers(type)), tensor(type, q, int(0, dtypeInfo(type).bits - 1))).map((inputs) => node('BitShift', inputs, { attributes: { direction } }))),
  Where: fc.tuple(pick<DType>('float32', 'int32', 'int64', 'uint8', 'string', 'float64'), broadcastable(3)).chain(([type, [c, p, q]]) =>
    fc.tuple(tensor('bool', c, int(0, 1)), tensor(type, p, elementsOf(type)), tensor(type, q, elementsOf(type)))
      .map((inputs) => node('Where', inputs, { outputs: [type] }))),
  Abs: mapped('Abs', ALL),
  Neg: mapped('Neg', ['int8', 'int16', 'int32', 'int64', ...FLOATS]),
  Sign: mapped('Sign', ALL),
  Ceil: mapped('Ceil', FLOATS),
  Floor: mapped('Floor', FLOATS),
  Round: mapped('Round', FLOATS),
  Reciprocal: mapped('Reciprocal', FLOATS),
  Sqrt: mapped('Sqrt', FLOATS),
  IsNaN: mapped('IsNaN', FLOATS, bool),
  IsInf: fc.tuple(int(0, 1), int(0, 1)).chain(([detect_negative, detect_positive]) =>
    mapped('IsInf', FLOATS, { ...bool, attributes: { detect_negative, detect_positive } })),
  Relu: mapped('Relu', ['int8', 'int32']),
  LeakyRelu: mapped('LeakyRelu', ['float32'], { attributes: { alpha: 0.25 } }, () => tame),
  ThresholdedRelu: mapped('ThresholdedRelu', ['float32'], { attributes: { alpha: 0.5 } }, () => tame),
  Shrink: mapped('Shrink', ['float32', 'int32', 'int8', 'uint8', 'int64'], { attributes: { lambd: 1.5, bias: 1.5 } }, (type) => (isInteger(type) ? int(type === 'uint8' ? 0 : -9, 9) : tame)),
  PRelu: dimsOf(1, 3).chain((dims) => fc.tuple(tensor('float32', dims, tame), tensor('float32', dims.slice(1), tame)).map((inputs) => node('PRelu', inputs))),
  Clip: fc.tuple(pick<DType>('int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64', 'float32'), fc.boolean(), fc.boolean()).chain(([type, low, high]) =>
    fc.tuple(tensor(type, [5], elementsOf(type)), tensor(type, [], int(0, 3)), tensor(type, [], int(2, 7)))
      .map(([x, min, max]) => node('Clip', [x, low ? min : undefined, high ? max : undefined]))),
  Hardmax: fc.tuple(dimsOf(1, 3), pick(9, 13)).chain(([dims, opset]) => int(0, dims.length - 1).chain((axis) =>
    tensor('float32', dims, int(-2, 2)).map((x) => node('Hardmax', [x], { opset, attributes: { axis } })))),
};

// ---- reductions

/** onnxruntime leaves some empty tensors as they are when several axes are reduced: those are tested further below. */
const filledDims = fc.array(int(1, 4), { minLength: 1, maxLength: 4 });

/** Axes as an attribute (opset 11) or as an input (18), all of them when there are none. */
const reduced = (opType: string, type: DType, elements: fc.Arbitrary<bigint | number>, opsets = [11, 18]) =>
  filledDims.chain((shape) => fc.tuple(
    tensor(type, shape, elements), fc.subarray([...shape.keys()]), fc.boolean(), int(0, 1), pick(...opsets), int(0, 1),
  )).map(([x, axes, fromBack, keepdims, opset, noop_with_empty_axes]) => {
    const given = axes.map((a) => (fromBack ? a - x.dims.length : a));
    const asInput = opset === 18 || opType === 'ReduceSum';
    const version = asInput && opset === 11 ? 13 : opset;
    if (!asInput) return node(opType, [x], { opset, attributes: given.length === 0 ? { keepdims } : { keepdims, axes: given } });
    return node(opType, [x, given.length === 0 ? undefined : int64(given)], { opset: version, attributes: { keepdims, noop_with_empty_axes } });
  });

const arg = (opType: string) => fc.tuple(pick<DType>('float32', 'int32', 'int64', 'int8', 'uint8'), dimsOf(1, 4), int(0, 1), int(0, 1)).chain(
  ([type, dims, keepdims, select_last_index]) => {
    const shape = dims.map((d) => Math.max(d, 1));
    return fc.tuple(tensor(type, shape, int(0, 3)), int(-shape.length, shape.length - 1)).map(([x, axis]) =>
      node(opType, [x], { outputs: ['int64'], attributes: { axis, keepdims, select_last_index } }));
  });

const cumulative = (type: DType, elements: fc.Arbitrary<bigint | number>) => dimsOf(1, 3).chain((dims) =>
  fc.tuple(tensor(type, dims, elements), int(-dims.length, dims.length - 1), int(0, 1), int(0, 1)).map(([x, axis, exclusive, reverse]) =>
    node('CumSum', [x, int64([axis], [])], { attributes: { exclusive, reverse } })));

const REDUCTIONS: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  // onnxruntime takes integer sums and products through doubles: kept small enough here to survive that
  'ReduceSum of int32': reduced('ReduceSum', 'int32', int(-1e6, 1e6)),
  'ReduceSum of int64': reduced('ReduceSum', 'int64', int(-1e9, 1e9)),
  'ReduceProd of int32': reduced('ReduceProd', 'int32', int(-2, 1)),
  'ReduceProd of int64': reduced('ReduceProd', 'int64', int(-2, 1)),
  'ReduceMax of int32': reduced('ReduceMax', 'int32', integers('int32')),
  'ReduceMax of int64': reduced('ReduceMax', 'int64', integers('int64')),
  'ReduceMax of uint8': reduced('ReduceMax', 'uint8', integers('uint8'), [18]),
  'ReduceMin of int8': reduced('ReduceMin', 'int8', integers('int8'), [18]),
  'ReduceMin of int64': reduced('ReduceMin', 'int64', integers('int64')),
  'ReduceL1 of int32': reduced('ReduceL1', 'int32', int(-1000, 1000)),
  'ReduceSumSquare of int32': reduced('ReduceSumSquare', 'int32', int(-1000, 1000)),
  'ReduceSumSquare of int64': reduced('ReduceSumSquare', 'int64', int(-1000, 1000)),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  'CumSum of int32': cumulative('int32', integers('int32')),
  'CumSum of int64': cumulative('int64', integers('int64')),
};

// ---- operators on floats that may differ by rounding

const smooth = (opType: string, attributes = {}, elements: fc.Arbitrary<number> = tame, more: Partial<OneNode> = {}) =>
  mapped(opType, ['float32'], { attributes, ...more }, () => elements);
const positive = fc.double({ min: 1e-3, max: 50, noNaN: true });
const unit = fc.double({ min: -0.999, max: 0.999, noNaN: true });
const shaped = (dims: readonly number[]) => tensor('float32', dims, tame);
const contrib = { domain: 'com.microsoft' } as const;

const alongAxis = (opType: string) => fc.tuple(dimsOf(1, 4), pick(9, 13)).chain(([dims, opset]) =>
  fc.tuple(shaped(dims), int(0, dims.length - 1)).map(([x, axis]) => node(opType, [x], { opset, attributes: { axis } })));

// onnxruntime refuses to repeat an empty batch
const batches = broadcastable(2).map((shapes) => shapes.map((dims) => dims.map((d) => Math.max(d, 1))) as [number[], number[]]);

const matrices = (opType: string, type: DType, elements: fc.Arbitrary<bigint | number>) =>
  fc.tuple(batches, int(1, 5), int(1, 5), int(1, 5), pick('both', 'left vector', 'right vector', 'vectors')).chain(([[p, q], m, k, n, form]) => {
    const a = form === 'left vector' || form === 'vectors' ? [k] : [...p, m, k];
    const b = form === 'right vector' || form === 'vectors' ? [k] : [...q, k, n];
    return fc.tuple(tensor(type, a, elements), tensor(type, b, elements)).map((inputs) => node(opType, inputs));
  });

const EQUATIONS: readonly (readonly [string, readonly (readonly number[])[]])[] = [
  ['ij,jk->ik', [[2, 3], [3, 4]]], ['ij,jk', [[2, 3], [3, 4]]], ['bij,bjk->bik', [[2, 3, 4], [2, 4, 2]]],
  ['...ij,...jk->...ik', [[2, 1, 3, 4], [2, 3, 4, 2]]], ['ii->i', [[3, 3]]], ['ii', [[3, 3]]], ['iij->ij', [[3, 3, 2]]],
  ['ij->ji', [[2, 3]]], ['ij->', [[2, 3]]], ['i,j->ij', [[2], [3]]], ['i,i', [[4], [4]]], ['bhid,bhjd->bhij', [[1, 2, 3, 4], [1, 2, 5, 4]]],
  ['ij,jk,kl->il', [[2, 3], [3, 2], [2, 4]]], ['...i->...', [[2, 3, 4]]], ['b...,b...->b...', [[2, 3], [2, 3]]], [' a b , b -> a ', [[2, 3], [3]]],
];

const CLOSE: Readonly<Record<string, fc.Arbitrary<OneNode>>> = {
  Exp: smooth('Exp'), Log: smooth('Log', {}, positive), Erf: smooth('Erf'), Tanh: smooth('Tanh'), Sigmoid: smooth('Sigmoid'),
  Sin: smooth('Sin'), Cos: smooth('Cos'), Tan: smooth('Tan', {}, unit), Asin: smooth('Asin', {}, unit), Acos: smooth('Acos', {}, unit),
  Atan: smooth('Atan'), Sinh: smooth('Sinh'), Cosh: smooth('Cosh'), Asinh: smooth('Asinh'), Atanh: smooth('Atanh', {}, unit),
  Acosh: smooth('Acosh', {}, positive.map((x) => x + 1)),
  Elu: smooth('Elu', { alpha: 0.7 }), Selu: smooth('Selu'), Celu: smooth('Celu', { alpha: 0.7 }), Softplus: smooth('Softplus'), Softsign: smooth('Softsign'),
  HardSigmoid: smooth('HardSigmoid', { alpha: 0.3 }), HardSwish: smooth('HardSwish'), Mish: smooth('Mish'),
  Gelu: pick('none', 'tanh').chain((approximate) => smooth('Gelu', { approximate })),
  'com.microsoft.Gelu': smooth('Gelu', {}, tame, contrib), QuickGelu: smooth('QuickGelu', {}, tame, contrib),
  BiasGelu: dimsOf(1, 3).chain((dims) => fc.tuple(shaped(dims), shaped(dims.slice(-1))).map((inputs) => node('BiasGelu', inputs, contrib))),
  FastGelu: fc.tuple(dimsOf(1, 3), fc.boolean()).chain(([dims, biased]) =>
    fc.tuple(shaped(dims), shaped(dims.slice(-1))).map(([x, bias]) => node('FastGelu', [x, biased ? bias : undefined], contrib))),
  Pow: fc.tuple(broadcastable(2), pick<DType>('float32', 'int32', 'int64', 'float64')).chain(([[p, q], type]) =>
    fc.tuple(tensor('float32', p, positive), tensor(type, q, int(-3, 3))).map((inputs) => node('Pow', inputs))),
  Mean: zipped('Mean', ['float32'], 3, {}, () => tame),
  Softmax: alongAxis('Softmax'), LogSoftmax: alongAxis('LogSoftmax'),
  ReduceSum: reduced('ReduceSum', 'float32', tame), ReduceMean: reduced('ReduceMean', 'float32', tame),
  ReduceMax: reduced('ReduceMax', 'float32', tame), ReduceMin: reduced('ReduceMin', 'float32', tame), ReduceProd: reduced('ReduceProd', 'float32', tame),
  ReduceL1: reduced('ReduceL1', 'float32', tame), ReduceL2: reduced('ReduceL2', 'float32', tame), ReduceSumSquare: reduced('ReduceSumSquare', 'float32', tame),
  ReduceLogSum: reduced('ReduceLogSum', 'float32', positive), ReduceLogSumExp: reduced('ReduceLogSumExp', 'float32', tame),
  CumSum: cumulative('float32', tame),
  Det: fc.tuple(dimsOf(0, 2), int(1, 4)).chain(([batch, n]) => shaped([...batch, n, n]).map((x) => node('Det', [x]))),
  MatMul: matrices('MatMul', 'float32', tame),
  'MatMul of int32': matrices('MatMul', 'int32', integers('int32')),
  'MatMul of int64': matrices('MatMul', 'int64', integers('int64')),
  Gemm: fc.tuple(int(1, 5), int(1, 5), int(1, 5), int(0, 1), int(0, 1), int(0, 4)).chain(([m, k, n, transA, transB, form]) =>
    fc.tuple(shaped(transA ? [k, m] : [m, k]), shaped(transB ? [n, k] : [k, n]), shaped([[m, n], [n], [1, n], [m, 1], []][form]!)).map((inputs) =>
      node('Gemm', inputs, { attributes: { transA, transB, alpha: 0.5, beta: 1.5 } }))),
  FusedMatMul: fc.tuple(int(0, 1), int(0, 1), int(0, 1), int(0, 1), fc.array(int(1, 4), { minLength: 4, maxLength: 4 })).chain(([transA, transB, transBatchA, transBatchB, [b, m, k, n]]) => {
    const stored = (batch: number, rows: number, columns: number, swap: number, moved: number) => {
      const [r, c] = swap ? [columns, rows] : [rows, columns];
      return moved ? [r, batch, c] : [batch, r, c];
    };
    return fc.tuple(shaped(stored(b!, m!, k!, transA, transBatchA)), shaped(stored(b!, k!, n!, transB, transBatchB)))
      .map((inputs) => node('FusedMatMul', inputs, { ...contrib, attributes: { transA, transB, transBatchA, transBatchB, alpha: 0.5 } }));
  }),
  Einsum: pick(...EQUATIONS).chain(([equation, shapes]) =>
    fc.tuple(...shapes.map((dims) => shaped(dims))).map((inputs) => node('Einsum', inputs, { attributes: { equation } }))),
  'Einsum of int64': pick(...EQUATIONS).chain(([equation, shapes]) =>
    fc.tuple(...shapes.map((dims) => tensor('int64', dims, int(-9, 9)))).map((inputs) => node('Einsum', inputs, { attributes: { equation } }))),
};

// ---- the checks

async function bothOf(drawn: OneNode): Promise<readonly [here: Tensor, there: Tensor]> {
  const { bytes, feeds } = oneNode(drawn);
  const there = await runOrt(bytes, feeds);
  const here = await runHere(bytes, feeds);
  return [here['y0']!, there['y0']!];
}

/** Elements as text in which equal means equal: NaN is NaN, and zeros may differ in sign. */
const elements = (t: Tensor): string[] => Array.from(t.data as ArrayLike<unknown>, (v) => (v === 0 ? '0' : String(v)));

const exact = (drawn: OneNode) => bothOf(drawn).then(([here, there]) => {
  expect([here.type, here.dims]).toEqual([there.type, there.dims]);
  expect(elements(here)).toEqual(elements(there));
});

describe('equal to onnxruntime', () => {
  for (const [name, draw] of Object.entries({ ...EXACT, ...REDUCTIONS })) {
    test(name, () => check(fc.asyncProperty(draw, exact)));
  }
});

/** onnxruntime's exponentials are off by up to 1e-7 beside 1. */
const TOLERANCE = 1e-6;

const close = (drawn: OneNode) => bothOf(drawn).then(([here, there]) => {
  expect([here.type, here.dims]).toEqual([there.type, there.dims]);
  const [found, expected] = [here, there].map((t) => Array.from(unpack(t)));
  const largest = expected!.reduce((most, v) => Math.max(most, Math.abs(v)), 1);
  found!.forEach((v, i) => {
    if (Object.is(v, expected![i]) || v === expected![i]) return;
    expect(Math.abs(v - expected![i]!)).toBeLessThan(TOLERANCE * largest);
  });
});

describe('close to onnxruntime', () => {
  for (const [name, draw] of Object.entries(CLOSE)) {
    test(name, () => check(fc.asyncProperty(draw, (drawn) => (isInteger(drawn.inputs[0]!.type) ? exact(drawn) : close(drawn)))));
  }
});

describe('inference agrees with the kernels', () => {
  for (const [name, draw] of Object.entries({ ...EXACT, ...REDUCTIONS, ...CLOSE })) {
    test(name, () => check(fc.asyncProperty(draw, async (drawn) => {
      const { bytes, feeds } = oneNode(drawn);
      const { y0 } = await runHere(bytes, feeds);
      const b = new ModelBuilder({ opset: drawn.opset ?? 21 });
      const inputs = drawn.inputs.map((t, i) => t && (i === 0 ? b.input('x0', t.type, t.dims) : b.constant(`x${i}`, t)));
      const [edge] = b.node(drawn.opType, inputs, drawn.attributes ?? {}, { domain: drawn.domain ?? '', outputs: ['y0'] });
      inferGraph(b.graph);
      expect(edge!.type).toEqual({ kind: 'tensor', dtype: y0!.type, shape: y0!.dims });
    })));
  }
});

test('erf is accurate to double precision', () => {
  // erf at 0.25, 0.5, 1, 2, 3, 4 (DLMF 7.2, computed with 30 digits)
  const table = [[0.25, 0.2763263901682369], [0.5, 0.5204998778130465], [1, 0.8427007929497149], [2, 0.9953222650189527], [3, 0.9999779095030014], [4, 0.9999999845827421]] as const;
  for (const [x, y] of table) {
    expect(Math.abs(erf(x) - y)).toBeLessThan(3e-16);
    expect(erf(-x)).toBe(-erf(x));
  }
});

test('a Fourier transform equals its sum, and its inverse takes it back', () => {
  fc.assert(fc.property(int(1, 60), fc.infiniteStream(tame), (n, stream) => {
    const numbers = stream[Symbol.iterator]();
    const x = Float64Array.from({ length: 2 * n }, () => numbers.next().value!);
    const y = new Float64Array(2 * n);
    fourier(n, false, (v) => v)(x.slice(), y);
    for (let k = 0; k < n; k++) {
      let re = 0, im = 0;
      for (let i = 0; i < n; i++) {
        const angle = (-2 * Math.PI * ((i * k) % n)) / n;
        re += x[2 * i]! * Math.cos(angle) - x[2 * i + 1]! * Math.sin(angle);
        im += x[2 * i]! * Math.sin(angle) + x[2 * i + 1]! * Math.cos(angle);
      }
      expect(Math.hypot(y[2 * k]! - re, y[2 * k + 1]! - im)).toBeLessThan(1e-11);
    }
    const back = new Float64Array(2 * n);
    fourier(n, true, (v) => v)(y, back);
    back.forEach((v, i) => expect(Math.abs(v - x[i]!)).toBeLessThan(1e-12));
  }), { numRuns: RUNS, seed: 1 });
});

// ---- what onnxruntime does not run

const run = async (drawn: OneNode): Promise<Tensor> => {
  const { bytes, feeds } = oneNode(drawn);
  return (await runHere(bytes, feeds))['y0']!;
};
const f32s = (values: readonly number[], dims: readonly number[] = [values.length]) => new Tensor('float32', values, dims);

describe('beyond onnxruntime', () => {
  test('before opset 7 the second operand is placed by axis', async () => {
    const a = f32s([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 3, 2]);
    const at = (attributes: OneNode['attributes'], b: Tensor) => run(node('Add', [a, b], { opset: 6, attributes: attributes! }));
    expect([...(await at({ broadcast: 1 }, f32s([10, 20]))).data as Float32Array]).toEqual([11, 22, 13, 24, 15, 26, 17, 28, 19, 30, 21, 32]);
    expect([...(await at({ broadcast: 1, axis: 1 }, f32s([10, 20, 30]))).data as Float32Array]).toEqual([11, 12, 23, 24, 35, 36, 17, 18, 29, 30, 41, 42]);
    expect([...(await at({ broadcast: 1, axis: 0 }, f32s([100, 200]))).data as Float32Array]).toEqual([101, 102, 103, 104, 105, 106, 207, 208, 209, 210, 211, 212]);
    await expect(at({}, f32s([10, 20]))).rejects.toMatchObject({ code: 'E_SHAPE' });
    await expect(at({ broadcast: 1, axis: 0 }, f32s([1, 2, 3]))).rejects.toMatchObject({ code: 'E_SHAPE' });
  });

  test.each([
    ['LEFT', [255, 1], [8, 7], [0, 128]],
    ['RIGHT', [255, 128], [9, 7], [0, 1]],
  ])('a shift %s by the width or more leaves nothing', async (direction, x, y, z) => {
    const made = await run(node('BitShift', [new Tensor('uint8', x, [2]), new Tensor('uint8', y, [2])], { attributes: { direction } }));
    expect([...made.data as Uint8Array]).toEqual(z);
  });

  test('integer division by zero is refused', async () => {
    for (const opType of ['Div', 'Mod']) {
      for (const type of ['int32', 'int64'] as const) {
        const [a, b] = type === 'int64' ? [int64([1]), int64([0])] : [new Tensor(type, [1], [1]), new Tensor(type, [0], [1])];
        await expect(run(node(opType, [a, b]))).rejects.toMatchObject({ code: 'E_VALUE' });
      }
    }
  });

  test('the smallest integer divided by -1 wraps to itself', async () => {
    const y = await run(node('Div', [new Tensor('int64', [-(2n ** 63n)], [1]), int64([-1])]));
    expect([...y.data as BigInt64Array]).toEqual([-(2n ** 63n)]);
  });

  test('integer reductions wrap, and keep every bit', async () => {
    const big = new Tensor('int64', [2n ** 62n - 1n, 2n ** 62n, 2n ** 62n, 5n], [4]);
    const over = (opType: string, x: Tensor) => run(node(opType, [x], { opset: 18, attributes: { keepdims: 0 } })).then(elements);
    expect(await over('ReduceSum', big)).toEqual([String(3n * 2n ** 62n + 4n - 2n ** 64n)]);
    expect(await over('ReduceProd', new Tensor('int32', [65537, 65537, 3], [3]))).toEqual([String((65537 * 65537 * 3) | 0)]);
    expect(await over('ReduceMean', new Tensor('uint32', [4294967295, 0], [2]))).toEqual(['2147483647']);
  });

  test('a sum of no products is zero', async () => {
    const y = await run(node('MatMul', [f32s([], [2, 0]), f32s([], [0])]));
    expect([y.dims, elements(y)]).toEqual([[2], ['0', '0']]);
  });

  test('empty tensors cost nothing, however large their other sizes are', async () => {
    const vast = 1e15;
    const dims = async (drawn: OneNode) => (await run(drawn)).dims;
    expect(await dims(node('ReduceSum', [f32s([], [0, vast]), int64([1])]))).toEqual([0, 1]);
    expect(await dims(node('Softmax', [f32s([], [vast, 0])]))).toEqual([vast, 0]);
    expect(await dims(node('CumSum', [f32s([], [vast, 0]), int64([1], [])]))).toEqual([vast, 0]);
    expect(await dims(node('MatMul', [f32s([], [vast, 0, 2]), f32s([1, 2], [2, 1])]))).toEqual([vast, 0, 1]);
    expect(await dims(node('Add', [f32s([], [vast, 0]), f32s([1])]))).toEqual([vast, 0]);
  });

  test('a matrix product rounds each product and each sum, k ascending', async () => {
    await check(fc.asyncProperty(fc.tuple(int(1, 3), int(1, 11), int(1, 5)).chain(([m, k, n]) => fc.tuple(shaped([m, k]), shaped([k, n]))), async ([a, b]) => {
      const [m, k, n] = [a.dims[0]!, a.dims[1]!, b.dims[1]!];
      const [p, q] = [a.data as Float32Array, b.data as Float32Array];
      const y = new Float32Array(m * n);
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum = Math.fround(sum + Math.fround(p[i * k + l]! * q[l * n + j]!));
          y[i * n + j] = sum;
        }
      }
      expect(elements(await run(node('MatMul', [a, b])))).toEqual(elements(new Tensor('float32', y, [m, n])));
    }));
  });

  test('products of uint32 wrap', async () => {
    const y = await run(node('MatMul', [new Tensor('uint32', [4294967295, 65536], [1, 2]), new Tensor('uint32', [2, 65537], [2, 1])]));
    expect(elements(y)).toEqual([String((4294967295n * 2n + 65536n * 65537n) % 2n ** 32n)]);
  });

  test('ellipses of an equation broadcast, whatever their number of axes', async () => {
    const [a, b] = [f32s([1, 2, 3, 4], [2, 1, 1, 2]), f32s([1, 10, 2, 20, 3, 30], [3, 2])];
    const y = await run(node('Einsum', [a, b], { attributes: { equation: '...i,...i->...' } }));
    expect([y.dims, elements(y)]).toEqual([[2, 1, 3], ['21', '42', '63', '43', '86', '129']]);
  });

  test('before opset 7 a slope of several elements belongs to the channels', async () => {
    const y = await run(node('PRelu', [f32s([-1, -2, -3, -4], [1, 2, 2]), f32s([10, 100])], { opset: 6 }));
    expect(elements(y)).toEqual(['-10', '-20', '-300', '-400']);
  });

  test('before opset 13 softmax takes all later axes as one', async () => {
    const y = await run(node('Softmax', [f32s([0, 0, 0, 0], [1, 2, 2])], { opset: 11, attributes: { axis: 1 } }));
    expect(elements(y)).toEqual(['0.25', '0.25', '0.25', '0.25']);
  });

  test('powers of 64-bit integers keep every bit', async () => {
    const y = await run(node('Pow', [int64([3, -3, 2, -1, 1]), int64([40, 39, 64, -3, -5])]));
    expect([...y.data as BigInt64Array]).toEqual([12157665459056928801n - 2n ** 64n, -4052555153018976267n, 0n, -1n, 1n]);
  });

  test('a float remainder takes the sign of the divisor since opset 28', async () => {
    const a = f32s([-7, 7, -7, 7, 6]);
    const b = f32s([3, -3, -3, 3, -3]);
    expect(elements(await run(node('Mod', [a, b], { opset: 28 })))).toEqual(['2', '-2', '-1', '1', '0']);
    await expect(run(node('Mod', [a, b], { opset: 21 }))).rejects.toMatchObject({ code: 'E_ATTRIBUTE' });
  });

  test('empty reductions give neutral elements', async () => {
    const empty = f32s([], [2, 0]);
    const over = (opType: string) => run(node(opType, [empty, int64([1])], { opset: 20, attributes: { keepdims: 0 } })).then(elements);
    expect(await over('ReduceSum')).toEqual(['0', '0']);
    expect(await over('ReduceProd')).toEqual(['1', '1']);
    expect(await over('ReduceMax')).toEqual(['-Infinity', '-Infinity']);
    expect(await over('ReduceMin')).toEqual(['Infinity', 'Infinity']);
    expect(await over('ReduceLogSum')).toEqual(['-Infinity', '-Infinity']);
    expect(await over('ReduceMean')).toEqual(['NaN', 'NaN']);
    const several = await run(node('ReduceSum', [f32s([], [3, 0, 4]), int64([-2, -1])]));
    expect([several.dims, elements(several)]).toEqual([[3, 1, 1], ['0', '0', '0']]);
  });

  test.each(['ij,jk->il', 'ij->iji', '...j->j', 'i1->i', 'ij,jk->ik->i', 'ij'])('the equation %s is refused', async (equation) => {
    await expect(run(node('Einsum', [f32s([1, 2, 3, 4], [2, 2]), f32s([1, 2, 3, 4], [2, 2])], { attributes: { equation } })))
      .rejects.toMatchObject({ code: 'E_ATTRIBUTE' });
  });
});

describe('random operators', () => {
  const moments = (t: Tensor) => {
    const values = Array.from(t.data as Float32Array);
    const mean = values.reduce((a, v) => a + v, 0) / values.length;
    return { mean, deviation: Math.sqrt(values.reduce((a, v) => a + (v - mean) ** 2, 0) / values.length), least: Math.min(...values), most: Math.max(...values) };
  };
  const draw = (opType: string, attributes: OneNode['attributes'], inputs: readonly Tensor[] = [], output: DType = 'float32') =>
    run({ opType, inputs, outputs: [output], attributes: attributes! });

  test('RandomNormal has its mean and deviation, and repeats itself for a seed', async () => {
    const attributes = { shape: [100, 100], mean: 3, scale: 2, seed: 7 };
    const x = await draw('RandomNormal', attributes);
    const { mean, deviation } = moments(x);
    expect(Math.abs(mean - 3)).toBeLessThan(0.1);
    expect(Math.abs(deviation - 2)).toBeLessThan(0.1);
    expect(elements(await draw('RandomNormal', attributes))).toEqual(elements(x));
  });

  test('RandomUniformLike fills its range', async () => {
    const { mean, least, most } = moments(await draw('RandomUniformLike', { low: -1, high: 3, seed: 3 }, [f32s(new Array<number>(10000).fill(0))]));
    expect(Math.abs(mean - 1)).toBeLessThan(0.1);
    expect(least).toBeGreaterThanOrEqual(-1);
    expect(most).toBeLessThan(3);
    expect(most - least).toBeGreaterThan(3.9);
  });

  test('Multinomial draws classes by their weight', async () => {
    const y = await draw('Multinomial', { sample_size: 10000, dtype: 7, seed: 5 }, [f32s([Math.log(1), Math.log(3), -Infinity], [1, 3])], 'int64');
    const counts = [0, 0, 0];
    for (const v of y.data as BigInt64Array) counts[Number(v)]!++;
    expect(y.dims).toEqual([1, 10000]);
    expect(counts[2]).toBe(0);
    expect(Math.abs(counts[1]! / 10000 - 0.75)).toBeLessThan(0.03);
  });
});
