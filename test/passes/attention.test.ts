import { groupQueryAttentionFusion } from '../../src/passes/extended/group-query-attention-fusion.ts';
import { gqaPreNormFusion } from '../../src/passes/extended/gqa-pre-norm-fusion.ts';
import { multiHeadAttentionFusion } from '../../src/passes/extended/multi-head-attention-fusion.ts';
import { pack } from '../../src/tensor/index.ts';
import { input, type Values } from '../../conformance/proofs/expression.ts';
import { describePass } from './harness.ts';
import { f32, i64, type Random } from '../../conformance/proofs/random.ts';

const HEADS = 'Transpose{perm: [0, 2, 1, 3]}';

// Causal attention of 4 query heads over 2 cached heads of 16 elements, as exporters write it: 3 tokens after 3 others.
const POSITIONS = 't = Gather(Shape(mask), i1); n = Gather(Shape(x), i1); all = Range(i0, t, i1); p = Slice(all, Unsqueeze(Sub(t, n), zero), far, zero, one)';
const CAUSAL = 'm = Where(LessOrEqual(Unsqueeze(all, zero), Unsqueeze(p, one)), seen, hidden)';
const TABLES = 'c = Gather(cos, p); d = Gather(sin, p)';
const PARTS = `q = ${HEADS}(Reshape(MatMul(x, wq), hq)); k = ${HEADS}(Reshape(MatMul(x, wk), hk)); v = ${HEADS}(Reshape(MatMul(x, wv), hk))`;
const CUTS = ['q', 'k'].map((x) => `${x}1 = Slice(${x}, zero, eight, three, one); ${x}2 = Slice(${x}, eight, far, three, one)`).join('; ');
const rotate = (x: string) => `Concat{axis: -1}(Sub(Mul(${x}1, c), Mul(${x}2, d)), Add(Mul(${x}2, c), Mul(${x}1, d)))`;
const CACHES = `kk! = Concat{axis: 2}(pk, ${rotate('k')}); vv! = Concat{axis: 2}(pv, v)`;
const repeat = (x: string) => `Reshape(Tile(Unsqueeze(${x}, two), twice), joined)`;
const ATTEND = `y = Reshape(${HEADS}(MatMul(Softmax(Add(Div(MatMul(${rotate('q')}, Transpose{perm: [0, 1, 3, 2]}(${repeat('kk')})), four), m)), ${repeat('vv')})), rows)`;
const DECODER = [POSITIONS, CAUSAL, TABLES, PARTS, CUTS, CACHES, ATTEND].join('; ');

const table = (r: Random, width = 8) => r.tensor('float32', 12, width);
const small = (r: Random, ...dims: number[]) => f32(Float32Array.from(r.tensor('float32', ...dims).data as Float32Array, (v) => v / 16), dims);
const decoder = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 'b', 's', 8), mask: input('int64', 'b', 6), pk: input('float32', 'b', 2, 'p', 16), pv: input('float32', 'b', 2, 'p', 16),
  wq: small(r, 8, 64), wk: small(r, 8, 32), wv: small(r, 8, 32), cos: table(r), sin: table(r),
  i0: i64(0).reshape([]), i1: i64(1).reshape([]), zero: i64(0), one: i64(1), two: i64(2), three: i64(3), eight: i64(8), far: i64(2 ** 53),
  seen: f32(0), hidden: f32(-1e9), four: f32(4), hq: i64(0, 0, 4, 16), hk: i64(0, -1, 2, 16), twice: i64(1, 1, 2, 1, 1), joined: i64(0, 4, -1, 16), rows: i64(0, -1, 64),
});
const FUSED = 'y/total = Cast{to: 6}(Gather(Shape(mask), i1)); y, kk, vv = ms.GroupQueryAttention{num_heads: 4, kv_num_heads: 2, scale: 0.25, do_rotary: 1}'
  + '(MatMul(x, wq), MatMul(x, wk), MatMul(x, wv), pk, pv, Expand(Sub(y/total, #), Shape{start: 0, end: 1}(x)), y/total, #, #)';
// x cos + (-x2, x1) sin, with tables whose halves are equal.
const rotateHalf = (x: string) => `Add(Mul(${x}, c), Mul(Concat{axis: -1}(Neg(${x}2), ${x}1), d))`;
const doubled = (r: Random) => {
  const half = table(r).data as Float32Array;
  return f32(Float32Array.from({ length: 12 * 16 }, (_, i) => half[Math.floor(i / 16) * 8 + (i % 8)]), [12, 16]);
};
const refused = (change: (text: string) => string, reason: string | undefined, values: (r: Random) => Values = decoder) => ({
  before: change(DECODER), values, ...(reason !== undefined && { reason }),
});

describePass(groupQueryAttentionFusion, {
  rewrites: [
    { before: DECODER, values: decoder, after: FUSED },
    { before: DECODER.replaceAll(rotate('q'), rotateHalf('q')).replaceAll(rotate('k'), rotateHalf('k')), values: (r) => ({ ...decoder(r), cos: doubled(r), sin: doubled(r) }), after: FUSED },
    {
      before: DECODER.replace('LessOrEqual(Unsqueeze(all, zero), Unsqueeze(p, one))', 'GreaterOrEqual(Unsqueeze(p, one), all)').replace('Gather(cos, p)', 'Unsqueeze(DequantizeLinear(Gather(codes, p), unit), zero)'),
      values: (r) => ({ ...decoder(r), codes: r.tensor('int8', 12, 8), unit: f32(0.0078125) }), after: FUSED,
    },
    {
      before: DECODER.replace('Reshape(MatMul(x, wq), hq)', 'RMSNormalization(Reshape(MatMul(x, wq), hq), gq)').replace('Reshape(MatMul(x, wk), hk)', 'SimplifiedLayerNormalization(Reshape(MatMul(x, wk), hk), gk)'),
      opset: 23, values: (r) => ({ ...decoder(r), gq: r.tensor('float32', 16), gk: r.tensor('float32', 16) }),
      after: FUSED.replace('(MatMul(x, wq), MatMul(x, wk)', '(Reshape(RMSNormalization(Reshape(MatMul(x, wq), hq), gq), #), Reshape(SimplifiedLayerNormalization(Reshape(MatMul(x, wk), hk), gk), #)'),
    },
    // Repeats whose sizes are read from the cache itself, as torch writes them.
    {
      before: DECODER.replaceAll(/Reshape\(Tile\(Unsqueeze\((..), two\), twice\), joined\)/g, (_, x) => `Reshape(Expand(Unsqueeze(${x}, two), Concat{axis: 0}(Slice(Shape(${x}), zero, two), two, Slice(Shape(${x}), two, far))), Concat{axis: 0}(Slice(Shape(${x}), zero, one), fourth, Slice(Shape(${x}), two, far)))`),
      values: (r) => ({ ...Object.fromEntries(Object.entries(decoder(r)).filter(([name]) => name !== 'twice' && name !== 'joined')), fourth: i64(4) }), after: FUSED,
    },
    { before: DECODER, opset: 14, values: decoder, after: FUSED.replace('Shape{start: 0, end: 1}(x)', 'Slice(Shape(x), #, #)') },
  ],
  refusals: [
    refused((t) => t, 'it is not computed in float32', (r) => Object.fromEntries(Object.entries(decoder(r)).map(([name, v]) => [
      name, 'dims' in v && 'dtype' in v && v.dtype === 'float32' ? input('float64', ...v.dims) : 'type' in v && v.type === 'float32' ? r.tensor('float64', ...v.dims) : v,
    ])) as Values),
    refused((t) => t.replace('Softmax(', 'Softmax{axis: 2}('), 'softmax is not over the keys'),
    refused((t) => t, 'the scale of scores is not a constant of one element', (r) => ({ ...decoder(r), four: input('float32') })),
    refused((t) => t.replace('vv! = Concat{axis: 2}(pv, v)', 'vv! = Concat{axis: 2}(pv, v, none)'), 'keys and values are not those of a cache and new ones', (r) => ({ ...decoder(r), none: r.tensor('float32', 1, 2, 0, 16) })),
    refused((t) => t, 'queries and keys are not rotated by constant tables', (r) => ({ ...decoder(r), cos: input('float32', 12, 8) })),
    refused((t) => t.replace('Mul(q1, c)', 'Mul(q1, e)').replace('Mul(q2, c)', 'Mul(q2, e)').replace(TABLES, `${TABLES}; e = Gather(other, p)`), 'queries and keys are rotated differently', (r) => ({ ...decoder(r), other: table(r) })),
    refused((t) => t, 'queries, keys or values are not rows cut into heads', (r) => ({ ...decoder(r), hq: i64(-1, 3, 4, 16) })),
    refused((t) => t.replace(`v = ${HEADS}(Reshape(MatMul(x, wv), hk))`, `v = ${HEADS}(Reshape(MatMul(x, wv), hv))`).replace(repeat('vv'), 'vv'), 'heads differ in size, or do not divide', (r) => ({
      ...decoder(r), wv: small(r, 8, 64), hv: i64(0, 0, 4, 16), pv: input('float32', 'b', 4, 'p', 16),
    })),
    refused((t) => t, 'onnxruntime rotates heads whose size is a multiple of 16', (r) => ({
      ...decoder(r), wq: small(r, 8, 32), wk: small(r, 8, 16), wv: small(r, 8, 16), cos: table(r, 4), sin: table(r, 4), eight: i64(4), hq: i64(0, 0, 4, 8),
      hk: i64(0, -1, 2, 8), joined: i64(0, 4, -1, 8), rows: i64(0, -1, 32), pk: input('float32', 'b', 2, 'p', 8), pv: input('float32', 'b', 2, 'p', 8),
    })),
    refused((t) => t, 'a cache is not [B, heads, tokens, size]', (r) => ({ ...decoder(r), pk: input('float32', 'b', 'g', 'p', 16) })),
    refused((t) => t, 'keys and values are not repeated head by head', (r) => ({ ...decoder(r), twice: i64(1, 2, 1, 1, 1) })),
    refused((t) => t.replace('MatMul(x, wv)', 'MatMul(z, wv)'), 'queries, keys and values may not be of the same tokens', (r) => ({ ...decoder(r), z: input('float32', 'b', 's', 8) })),
    refused((t) => t, 'the result is not joined to rows again', (r) => ({ ...decoder(r), rows: i64(-1, 3, 64) })),
    // A key may look one ahead; a mask that comes from outside may hide anything.
    refused((t) => t.replace('Unsqueeze(p, one)', 'Unsqueeze(Add(p, i1), one)'), 'the mask is not provably causal'),
    refused((t) => t.replace('Sub(t, n)', 'Sub(t, i1)'), 'the mask is not provably causal'),
    refused((t) => t, 'the mask is not provably causal', (r) => ({ ...decoder(r), hidden: f32(-10) })),
    refused((t) => t.replace(CAUSAL, 'm = Identity(given)'), 'the mask is not provably causal', (r) => ({ ...decoder(r), given: input('float32', 's', 6) })),
  ],
});

const linear = (name: string) => `Add(MatMul(x, w${name}), b${name})`;
const encoder = (masked: string, keys = `Transpose{perm: [0, 2, 3, 1]}(Reshape(${linear('k')}, h))`) =>
  `y = Reshape(${HEADS}(MatMul(Softmax(${masked.replace('$', `Div(MatMul(${HEADS}(Reshape(${linear('q')}, h)), ${keys}), four)`)}), ${HEADS}(Reshape(${linear('v')}, h)))), rows)`;
const sentences = (r: Random): Record<string, Values[string]> => ({
  x: input('float32', 'b', 's', 8), wq: small(r, 8, 32), wk: small(r, 8, 32), wv: small(r, 8, 32), bq: small(r, 32), bk: small(r, 32), bv: small(r, 32),
  h: i64(0, 0, 2, 16), rows: i64(0, 0, 32), four: f32(4), m: input('float32', 'b', 1, 's', 's'), padding: input('float32', 'b', 1, 1, 's'),
});
const only = (r: Random, ...drop: string[]) => Object.fromEntries(Object.entries(sentences(r)).filter(([name]) => !drop.includes(name)));
const mha = (rest: string) => `y = ms.MultiHeadAttention{num_heads: 2, scale: 0.25}(MatMul(x, wq), MatMul(x, wk), MatMul(x, wv), #${rest})`;
const all = encoder('Add($, m)');

describePass(multiHeadAttentionFusion, {
  rewrites: [
    { before: encoder('Where(keep, $, low)'), values: (r) => ({ ...only(r, 'm', 'padding'), keep: input('bool', 'b', 1, 's', 's'), low: f32(-3.4e38) }), after: mha(', _, Where(keep, #, #)') },
    { before: encoder('Where(drop, low, $)'), values: (r) => ({ ...only(r, 'm', 'padding'), drop: input('bool', 'b', 1, 1, 's'), low: f32(-3.4e38) }), after: mha(', _, Expand(Where(drop, #, #), Concat{axis: 0}(#, Shape{start: 1, end: 2}(x), #))') },
    // torch scales queries and keys by the root each.
    {
      before: `y = Reshape(${HEADS}(MatMul(Softmax(MatMul(Mul(${HEADS}(Reshape(${linear('q')}, h)), half), Mul(Transpose{perm: [0, 2, 3, 1]}(Reshape(${linear('k')}, h)), half))), ${HEADS}(Reshape(${linear('v')}, h)))), rows)`,
      values: (r) => ({ ...only(r, 'm', 'padding', 'four'), half: f32(0.5) }), after: mha(''),
    },
    { before: encoder('$'), values: (r) => only(r, 'm', 'padding'), after: mha('') },
    { before: all, values: (r) => only(r, 'padding'), after: mha(', _, m') },
    { before: encoder('Add(padding, $)'), values: (r) => only(r, 'm'), after: mha(', _, Expand(padding, Concat{axis: 0}(#, Shape{start: 1, end: 2}(x), #))') },
    { before: encoder('Add(padding, $)'), opset: 14, values: (r) => only(r, 'm'), after: mha(', _, Expand(padding, Concat{axis: 0}(#, Slice(Shape(x), #, #), #))') },
    { before: encoder('$', `Transpose{perm: [0, 1, 3, 2]}(${HEADS}(Reshape(${linear('k')}, h)))`), values: (r) => only(r, 'm', 'padding'), after: mha('') },
    {
      before: encoder('$').replace(/Add\(MatMul\(x, wq\), bq\)/, 'MatMul(x, wq)'), values: (r) => only(r, 'm', 'padding', 'bq'),
      after: 'y = ms.MultiHeadAttention{num_heads: 2, scale: 0.25}(MatMul(x, wq), Add(MatMul(x, wk), bk), Add(MatMul(x, wv), bv))',
    },
    {
      before: `y = Reshape(${HEADS}(MatMul(Softmax(MatMul(Mul(${HEADS}(Reshape(MatMul(x, wq), h)), four), Transpose{perm: [0, 2, 3, 1]}(Reshape(MatMul(x, wk), h)))), ${HEADS}(Reshape(MatMul(x, wv), h)))), rows)`,
      values: (r) => ({ ...only(r, 'm', 'padding', 'bq', 'bk', 'bv'), four: f32(0.25) }), after: mha('').replace(', #', ''),
    },
  ],
  refusals: [
    { before: all.replace('Softmax(', 'Softmax{axis: 1}('), values: sentences, reason: 'softmax is not over the keys' },
    ...[-Infinity, -10000].map((low) => ({
      before: encoder('Where(keep, $, low)'), values: (r: Random) => ({ ...only(r, 'm', 'padding'), keep: input('bool', 'b', 1, 's', 's'), low: f32(low) }),
      reason: 'what hides scores is not a finite constant below all of them',
    })),
    { before: all, values: (r) => ({ ...sentences(r), four: input('float32') }), reason: 'the scale of scores is not a constant of one element' },
    { before: all.replace('Div(', 'Mul('), values: (r) => ({ ...sentences(r), four: f32(0) }), reason: 'the scale of scores is 0' },
    { before: all.replace('MatMul(x, wv)', 'MatMul(z, wv)'), values: (r) => ({ ...sentences(r), z: input('float32', 'b', 's', 8) }), reason: 'queries, keys and values may be of different samples or lengths' },
    { before: all, values: (r) => ({ ...sentences(r), rows: i64(-1, 3, 32) }), reason: 'the result is not joined to rows again' },
    { before: all, values: (r) => ({ ...sentences(r), m: input('float32', 'b', 1, 's', 't') }), reason: 'the mask does not fit the scores' },
    { before: all, values: (r) => ({ ...sentences(r), x: input('float32', undefined, undefined, 8) }), reason: 'the shape of the mask is not known' },
    { before: all, values: (r) => ({ ...sentences(r), wv: small(r, 8, 16), bv: small(r, 16) }) },
  ],
});

const norms = 'Reshape(RMSNormalization{epsilon: 0.001}(Reshape(q, hq), gq), rows)';
const keyNorms = norms.replaceAll('q', 'k').replace('rows', 'narrow');
const prepared = (q = norms, k = keyNorms) => `y, pk2, pv2 = ms.GroupQueryAttention{num_heads: 4, kv_num_heads: 2}(${q}, ${k}, v, pk, pv, last, total)`;
const normed = (r: Random): Record<string, Values[string]> => ({
  q: input('float32', 1, 2, 64), k: input('float32', 1, 2, 32), v: input('float32', 1, 2, 32), pk: input('float32', 1, 2, 3, 16), pv: input('float32', 1, 2, 3, 16),
  hq: i64(0, 0, 4, 16), hk: i64(0, 0, 2, 16), rows: i64(0, 0, 64), narrow: i64(0, 0, 32), gq: r.tensor('float32', 16), gk: r.tensor('float32', 16),
  last: pack('int32', [4], [1]), total: pack('int32', [5], []),
});
const preNorm = { opset: 23, settings: { 'optimization.enable_gqa_pre_norm': '1' } };

describePass(gqaPreNormFusion, {
  rewrites: [{
    before: prepared(), values: normed, ...preNorm,
    after: 'y, pk2, pv2 = ms.GroupQueryAttention{num_heads: 4, kv_num_heads: 2, qk_norm_epsilon: 0.001}(q, k, v, pk, pv, last, total, _, _, _, _, _, _, _, gq, gk)',
  }],
  refusals: [
    { before: prepared(), values: normed, opset: 23 },
    { before: prepared(norms, keyNorms.replace('0.001', '0.01')), values: normed, ...preNorm, reason: 'queries and keys have different epsilons' },
    { before: prepared(), values: (r) => ({ ...normed(r), gq: input('float32', 16) }), ...preNorm, reason: 'the norms are not of one head with constant weights' },
    { before: prepared().replace('last, total)', 'last, total, _, _, _, _, _, _, _, gq, gk)'), values: normed, ...preNorm, reason: 'it has norms already' },
  ],
});
