import { parallelMatMulNBitsMerge, qkvMatMulNBitsMerge } from '../../src/passes/all/matmul-nbits-merge.ts';
import { gatherSliceToSplit } from '../../src/passes/basic/gather-slice-to-split.ts';
import { Tensor } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { i64, type Random } from '../../conformance/proofs/random.ts';

const product = (N: number, rest: string, attributes = '') => `ms.MatMulNBits{K: 32, N: ${N}, bits: 4, block_size: 16${attributes}}(x, ${rest})`;
const weights = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 'b', 's', 32), w: r.tensor('uint8', 6, 2, 8), s: r.tensor('float32', 12), z: r.tensor('uint8', 6), b: r.tensor('float32', 6),
  u: r.tensor('uint8', 4, 2, 8), t: r.tensor('float32', 8), zu: r.tensor('uint8', 4), c: r.tensor('float32', 4),
});
const pair = (first: string, second: string) => `y = ${first}; v = ${second}`;
const together = (rest: string, attributes = '') => `y, v = Split{axis: 2}(${product(10, rest, attributes)}, #)`;

describePass(parallelMatMulNBitsMerge, {
  rewrites: [
    { before: pair(product(6, 'w, s'), product(4, 'u, t')), values: weights, after: together('#, #') },
    { before: pair(product(6, 'w, s, z'), product(4, 'u, t, zu')), values: weights, after: together('#, #, #') },
    { before: pair(product(6, 'w, s, _, _, b'), product(4, 'u, t, _, _, c')), values: weights, after: together('#, #, _, _, #') },
    { before: pair(product(6, 'w, s', ', accuracy_level: 4'), product(4, 'u, t', ', accuracy_level: 4')), values: weights, after: together('#, #', ', accuracy_level: 4') },
  ],
  refusals: [
    { before: pair(product(6, 'w, s', ', accuracy_level: 4'), product(4, 'u, t')), values: weights, reason: 'the products differ in blocks or accuracy' },
    { before: pair(product(6, 'w, s, z'), product(4, 'u, t')), values: weights, reason: 'zero_points is not constant, or not there, in one of the products' },
    { before: pair(product(6, 'w, s'), product(4, 'u, t')), values: (r) => ({ ...weights(r), w: input('uint8', 6, 2, 8) }), reason: 'weight is not constant, or not there, in one of the products' },
    { before: pair(product(6, 'w, s, _, _, b'), product(4, 'u, t')), values: weights, reason: 'bias is not constant, or not there, in one of the products' },
    { before: pair(product(6, 'w, s'), product(4, 'u, t')), values: (r) => ({ ...weights(r), s: r.tensor('float32', 6, 2) }), reason: 'scales is of different types or shapes' },
    { before: pair(product(6, 'w, s, _, g'), product(4, 'u, t, _, g')), values: (r) => ({ ...weights(r), g: new Tensor('int32', Int32Array.from({ length: 32 }, (_, i) => i % 2), [32]) }), reason: 'a product orders its groups' },
  ],
});

const attend = (q: string, k: string, v: string) => `y, kk, vv = ms.GroupQueryAttention{num_heads: 2, kv_num_heads: 1}(${[q, k, v].join(', ')}, pk, pv, n, t)`;
const projected = (N: number, name: string) => product(N, `w${name}, s${name}`);
const heads = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 1, 2, 32), pk: input('float32', 1, 1, 3, 8), pv: input('float32', 1, 1, 3, 8), n: i32(4), t: i32(5),
  wq: r.tensor('uint8', 16, 2, 8), sq: r.tensor('float32', 32), wk: r.tensor('uint8', 8, 2, 8), sk: r.tensor('float32', 16), wv: r.tensor('uint8', 8, 2, 8), sv: r.tensor('float32', 16),
});
const i32 = (value: number) => new Tensor('int32', Int32Array.of(value), [1]);
const separate = attend(projected(16, 'q'), projected(8, 'k'), projected(8, 'v'));

describePass(qkvMatMulNBitsMerge, {
  rewrites: [{ before: separate, values: heads, after: attend(product(32, '#, #'), '_', '_') }],
  refusals: [
    { before: separate, values: (r) => ({ ...heads(r), wv: input('uint8', 8, 2, 8) }), reason: 'weight is not constant, or not there, in one of the products' },
    { before: separate.replace('(x, wv', '(o, wv'), values: (r) => ({ ...heads(r), o: input('float32', 1, 2, 32) }) },
  ],
});

const sliced = 'a = Slice(x, zero, two, axis); b = Slice(x, two, far, axis)';
const slices = { x: input('float32', 'n', 5, 2), zero: i64(0), one: i64(1), two: i64(2), three: i64(-1), far: i64(2 ** 53), axis: i64(1), last: i64(-2) };

describePass(gatherSliceToSplit, {
  rewrites: [
    { before: sliced, values: slices, after: 'a, b = Split{axis: 1}(x, #)' },
    { before: 'c = Slice(x, three, far, last); b = Slice(x, two, three, axis, one); a = Slice(x, zero, two, axis)', values: slices, after: 'a, b, c = Split{axis: 1}(x, #)' },
    { before: 'a = Slice{axes: [1], starts: [0], ends: [2]}(x); b = Slice{axes: [1], starts: [2], ends: [5]}(x)', opset: 9, values: { x: slices.x }, after: 'a, b = Split{axis: 1, split: [2, 3]}(x)' },
  ],
  refusals: [
    { before: 'a = Slice(x, zero, two, axis); b = Slice(x, one, far, axis)', values: slices, reason: 'the slices leave gaps or overlap' },
    { before: 'a = Slice(x, zero, one, axis); b = Slice(x, two, far, axis)', values: slices, reason: 'the slices leave gaps or overlap' },
    { before: sliced, values: { ...slices, axis: i64(0) } },
    { before: sliced, values: { ...slices, two: input('int64', 1) } },
  ],
});
