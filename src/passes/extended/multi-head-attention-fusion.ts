import type { Edge } from '../../graph/index.ts';
import { Tensor } from '../../tensor/index.ts';
import { newConstant, newNode, refuse, replaceBy, ulp, type NewEdge, type PatternPass } from '../pass.ts';
import { as, op, shared, type Match } from '../pattern.ts';
import { constantOf, dtypeOf, shapeOf } from '../support/constants.ts';
import { maskOf } from '../support/attention-mask.ts';
import { rowsOf } from '../support/dims.ts';
import { headsOf, joinsHeads, matchAt, permutes, scaleOf, SCORES, type Heads } from '../support/heads.ts';

/** join(softmax(scores [+ mask]) . v), or with scores replaced where a condition says so */
const PATTERNS = SCORES.flatMap((s) => [op('Add', s, 'mask'), op('Where', 'c', 'hidden', s), op('Where', 'c', s, 'hidden'), s]).map((masked) =>
  op('Reshape', as('join', op('Transpose', op('MatMul', as('softmax', op('Softmax', masked)), 'v'))), 'shape'));

/**
 * Attention over heads cut from rows, as encoders have it:
 *
 *     y = join(softmax(heads(xq + bq) . heads(xk + bk)' * scale + mask) . heads(xv + bv))
 *     y = MultiHeadAttention(xq, xk, xv, [bq, bk, bv], _, mask)
 *
 * A mask [B, 1, 1, T] is expanded to the rows of queries, as the operator wants it; where a condition chooses between scores and a
 * number so low that no score beside it is seen, that number is added. Biases move in when float products make all
 * three: integer products add them themselves.
 */
export const multiHeadAttentionFusion: PatternPass = {
  name: 'multi-head-attention-fusion',
  level: 'extended',
  contract: ulp(64),
  doc: 'Makes one node of attention without a cache. join(softmax(heads(q) . heads(k)\' * scale + mask) . heads(v)) = MultiHeadAttention(q, k, v, mask).',
  pattern: PATTERNS,
  rewrite(m) {
    const softmax = m.node('softmax');
    if (!permutes(m.node('join').ints('perm'), 0, 2, 1, 3)) return undefined;
    const turned = m.node('turn');
    // One transpose both cuts keys into heads and turns them, once transposes are fused.
    const k = permutes(turned.ints('perm'), 0, 1, 3, 2) ? headsOf(m.edge('k')) : headsOf(turned.outputs[0]!, [0, 2, 3, 1]);
    const [q, v] = [headsOf(m.edge('q')), headsOf(m.edge('v'))];
    if (q === undefined || k === undefined || v === undefined) return undefined;
    if (dtypeOf(m.result) !== 'float32') return refuse('it is not computed in float32');
    const axis = softmax.int('axis', softmax.opset >= 13 ? -1 : 1);
    if (axis !== -1 && axis !== 3) return refuse('softmax is not over the keys');
    const scale = scaleOf(m);
    if (scale === undefined) return refuse('the scale of scores is not a constant of one element');
    if (scale === 0) return refuse('the scale of scores is 0');
    if (q.count !== k.count || k.count !== v.count || q.size !== k.size) return refuse('heads differ in number or size');
    if (!sameRows(q, k) || !sameRows(k, v)) return refuse('queries, keys and values may be of different samples or lengths');
    if (!joinsHeads(m.edge('shape'), q.rows, v.count * v.size)) return refuse('the result is not joined to rows again');
    const mask = maskOf(m, q);
    if (typeof mask === 'string') return refuse(mask);
    const biased = withBiases([q, k, v]);
    const inputs = [...biased.rows, biased.bias, undefined, mask?.edge];
    const attention = newNode('com.microsoft.MultiHeadAttention', inputs, [m.result], { num_heads: q.count, scale });
    return replaceBy(...(mask?.nodes ?? []), attention);
  },
};

function sameRows(a: Heads, b: Heads): boolean {
  const [x, y] = [shapeOf(a.rows), shapeOf(b.rows)];
  return rowsOf(a.rows) === rowsOf(b.rows) || [0, 1].every((i) => typeof x?.[i] === 'number' && x[i] === y?.[i]);
}

const biased = shared(op('Add', shared(as('product', op('MatMul', 'x', 'w'))), 'bias'));

function withBiases(parts: readonly Heads[]): { rows: readonly Edge[]; bias: NewEdge | undefined } {
  const found = parts.map(({ rows, count, size }) => {
    const m: Match | undefined = matchAt(rows, biased);
    const bias = m && constantOf(m.edge('bias'));
    return bias?.type === 'float32' && bias.dims.length === 1 && bias.size === count * size ? { rows: m!.node('product').outputs[0]!, bias } : undefined;
  });
  if (!found.every((f) => f !== undefined)) return { rows: parts.map((p) => p.rows), bias: undefined };
  const all = new Float32Array(found.reduce((n, f) => n + f.bias.size, 0));
  let at = 0;
  for (const { bias } of found) {
    all.set(bias.data as Float32Array, at);
    at += bias.size;
  }
  return { rows: found.map((f) => f.rows), bias: newConstant('bias', new Tensor('float32', all, [all.length])) };
}
