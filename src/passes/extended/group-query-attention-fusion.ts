import type { Edge, Node } from '../../graph/index.ts';
import { int64, Tensor } from '../../tensor/index.ts';
import { fresh, newConstant, newNode, refuse, replaceBy, ulp, type NewEdge, type NewNode, type PatternPass } from '../pass.ts';
import { as, op, rest, shared, type Match } from '../pattern.ts';
import { constantInts, dtypeOf, rankOf, readScalar, shapeOf } from '../support/constants.ts';
import { dimension, isDim, rowsOf, shapeEntries } from '../support/dims.ts';
import { headsOf, joinsHeads, matchAt, normalizedHeadsOf, permutes, scaleOf, SCORES, type Heads } from '../support/heads.ts';
import { rotationOf } from '../support/rotary.ts';

/** softmax(scores + mask) . v, its heads side by side again */
const PATTERN = SCORES.map((scores) =>
  op('Reshape', as('join', op('Transpose', op('MatMul', as('softmax', op('Softmax', op('Add', scores, 'mask'))), 'v'))), 'shape'));

/**
 * Attention over cached keys and values, with rotary positions:
 *
 *     q, k = rotate(heads(xq), p), rotate(heads(xk), p)      p = total - S ... total - 1
 *     K, V = concat(past_k, k), concat(past_v, heads(xv))    each repeated for N / G query heads
 *     y = join(softmax(q . K' * scale + mask) . V)           mask[s, t] = 0 where t <= p[s], else so low that exp gives 0
 *
 *     y, K, V = GroupQueryAttention(xq, xk, xv, past_k, past_v, total - 1, total, cos, sin)
 *
 * The mask must be made of the positions themselves, so that it is causal for every input. That the total length is past and
 * new tokens together is what the sum of scores and mask asks of the graph's inputs.
 */
export const groupQueryAttentionFusion: PatternPass = {
  name: 'group-query-attention-fusion',
  level: 'extended',
  contract: ulp(64),
  doc: 'Makes one node of causal attention, its rotary positions and its cache. join(softmax(rotate(q) . concat(past_k, rotate(k))\' + causal) . concat(past_v, v)) = GroupQueryAttention(q, k, v, past_k, past_v, total - 1, total, cos, sin).',
  pattern: PATTERN,
  rewrite(m) {
    if (dtypeOf(m.result) !== 'float32') return refuse('it is not computed in float32');
    if (!permutes(m.node('turn').ints('perm'), 0, 1, 3, 2) || !permutes(m.node('join').ints('perm'), 0, 2, 1, 3)) return undefined;
    const softmax = m.node('softmax');
    const axis = softmax.int('axis', softmax.opset >= 13 ? -1 : 1);
    if (axis !== -1 && axis !== 3) return refuse('softmax is not over the keys');
    const scale = scaleOf(m);
    if (scale === undefined) return refuse('the scale of scores is not a constant of one element');

    const [repeatedKeys, repeatedValues] = [unrepeated(m.edge('k')), unrepeated(m.edge('v'))];
    const [keys, values] = [cacheOf(repeatedKeys), cacheOf(repeatedValues)];
    if (keys === undefined && values === undefined) return undefined;
    if (keys === undefined || values === undefined) return refuse('keys and values are not those of a cache and new ones');
    const qTurn = rotationOf(m.edge('q'));
    const kTurn = rotationOf(keys.added);
    if (qTurn === undefined || kTurn === undefined) return refuse('queries and keys are not rotated by constant tables');
    if (qTurn.positions !== kTurn.positions || !sameTable(qTurn.cos, kTurn.cos) || !sameTable(qTurn.sin, kTurn.sin)) {
      return refuse('queries and keys are rotated differently');
    }
    const [q, k, v] = [rotatedHeads(qTurn.x), rotatedHeads(kTurn.x), headsOf(values.added)];
    if (q === undefined || k === undefined || v === undefined) return refuse('queries, keys or values are not rows cut into heads');
    if (k.count !== v.count || k.size !== q.size || v.size !== q.size || q.count % k.count !== 0) return refuse('heads differ in size, or do not divide');
    const repeats = q.count / k.count;
    if (!repeatsHeads(repeatedKeys, m.edge('k'), repeats) || !repeatsHeads(repeatedValues, m.edge('v'), repeats)) {
      return refuse('keys and values are not repeated head by head');
    }
    if (q.size % 16 !== 0) return refuse('onnxruntime rotates heads whose size is a multiple of 16');
    if (!isCache(keys.past, k.count, k.size) || !isCache(values.past, k.count, k.size)) return refuse('a cache is not [B, heads, tokens, size]');
    const rows = rowsOf(q.rows);
    if (rowsOf(k.rows) !== rows || rowsOf(v.rows) !== rows) return refuse('queries, keys and values may not be of the same tokens');
    if (!joinsHeads(m.edge('shape'), q.rows, q.count * q.size)) return refuse('the result is not joined to rows again');
    const total = causalLength(m.edge('mask'), qTurn.positions, q.rows);
    if (total === undefined) return refuse('the mask is not provably causal');

    const lengths = lengthNodes(total, rows, m.root);
    const joins: NewNode[] = [];
    const inputs = [
      rowsAgain(q, joins), rowsAgain(k, joins), v.rows, keys.past, values.past, lengths.last, lengths.total, newConstant('cos', qTurn.cos), newConstant('sin', qTurn.sin),
    ];
    const attributes = { num_heads: q.count, kv_num_heads: k.count, scale, do_rotary: 1 };
    const outputs = [m.result, keys.present, values.present];
    return replaceBy(...joins, ...lengths.nodes, newNode('com.microsoft.GroupQueryAttention', inputs, outputs, attributes));
  },
};

interface RotatedHeads extends Heads {
  readonly normalized?: Edge;
}

// Some models normalize each head before they rotate it.
const rotatedHeads = (edge: Edge): RotatedHeads | undefined => headsOf(edge) ?? normalizedHeadsOf(edge);

// Rows [B, S, N * H] of normalized heads [B, S, N, H].
function rowsAgain({ rows, count, size, normalized }: RotatedHeads, nodes: NewNode[]): Edge | NewEdge {
  if (normalized === undefined) return rows;
  const joined = fresh('rows');
  nodes.push(newNode('Reshape', [normalized, newConstant('shape', int64([0, 0, count * size]))], [joined]));
  return joined;
}

interface Cached {
  readonly past: Edge;
  readonly added: Edge;
  readonly present: Edge;
}

/** concat(past, added) along the tokens of [B, G, T, H] */
function cacheOf(present: Edge): Cached | undefined {
  const m = matchAt(present, op('Concat', 'past', 'added'));
  const axis = m?.root.int('axis', 0);
  return m === undefined || (axis !== 2 && axis !== -2) ? undefined : { past: m.edge('past'), added: m.edge('added'), present };
}

const isCache = (edge: Edge, heads: number, size: number): boolean =>
  rankOf(edge) === 4 && shapeOf(edge)?.[1] === heads && shapeOf(edge)?.[3] === size;

const repeat = op('Reshape', shared(as('repeat', op('Tile|Expand', shared(op('Unsqueeze', 'x', 'axes')), 'how'))), 'shape');

// [B, G, T, H] before its heads are repeated; the value itself when nothing repeats it.
function unrepeated(edge: Edge): Edge {
  const m = matchAt(edge, repeat);
  const axes = m && constantInts(m.edge('axes'));
  return axes?.length === 1 && axes[0] === 2 ? m!.edge('x') : edge;
}

// reshape(repeat([B, G, 1, T, H]), [B, G * repeats, T, H]), or nothing at all for one repeat.
function repeatsHeads(x: Edge, repeated: Edge, repeats: number): boolean {
  if (x === repeated) return repeats === 1;
  const m = matchAt(repeated, repeat)!;
  const wide = m.node('repeat').outputs[0]!;
  const [how, shape, dims] = [shapeEntries(m.edge('how')), shapeEntries(m.edge('shape')), shapeOf(x)];
  if (how?.length !== 5 || shape?.length !== 4 || dims === undefined) return false;
  const tiled = m.node('repeat').opType === 'Tile';
  const others = [how[0], how[1], how[3], how[4]];
  const alone = others.every((e, i) => e === 1 || (!tiled && isDim(e, x, i)));
  const [b, n, t, h] = shape;
  const keeps = (b === 0 || isDim(b, wide, 0) || isDim(b, x, 0)) && isDim(h, wide, 4);
  return how[2] === repeats && alone && keeps && (isDim(t, wide, 3) || isDim(t, x, 2) ? n === -1 || n === repeats * Number(dims[1]) : t === -1 && n === repeats * Number(dims[1]));
}

const HIDES = op('Where', op('Greater', 'keys', 'queries'), 'hidden', 'seen');
const SHOWS = op('Where', shared(op('LessOrEqual', 'keys', 'queries')), 'seen', 'hidden');
const SHOWN_BY = op('Where', shared(op('GreaterOrEqual', 'queries', 'keys')), 'seen', 'hidden');
const forms = [HIDES, SHOWS, SHOWN_BY];
const unsqueeze = shared(op('Unsqueeze', 'x', 'axes'));
const range = shared(op('Range', 'start', 'limit', 'step'));

/** exp of this is 0 beside any score that a model makes. */
const LOW = -1e4;

// The number of tokens, past and new, when mask[s, t] hides exactly the keys with t > positions[s] = total - S + s.
function causalLength(mask: Edge, positions: Edge, rows: Edge): Edge | undefined {
  const m = matchAt(withoutAxes(mask), ...forms);
  if (m === undefined || readScalar(m.edge('seen')) !== 0 || !((readScalar(m.edge('hidden')) ?? 0) <= LOW)) return undefined;
  const queries = matchAt(m.edge('queries'), unsqueeze);
  if (queries?.edge('x') !== positions || constantInts(queries.edge('axes'))?.join() !== '1') return undefined;
  const all = withoutAxes(m.edge('keys'));
  const keys = matchAt(all, range);
  if (keys === undefined || readScalar(keys.edge('start')) !== 0 || readScalar(keys.edge('step')) !== 1) return undefined;
  const total = keys.edge('limit');
  const first = firstPosition(positions, all, total);
  return first !== undefined && isTotalMinusRows(first, total, rows) ? total : undefined;
}

// The positions' start: a slice of 0 ... total - 1 to its end, or a range that ends at total.
function firstPosition(positions: Edge, all: Edge, total: Edge): Edge | undefined {
  const own = matchAt(positions, range);
  if (own !== undefined) return own.edge('limit') === total && readScalar(own.edge('step')) === 1 ? own.edge('start') : undefined;
  const slice = matchAt(positions, shared(op('Slice', 'x', 'start', 'end', rest('how'))));
  if (slice?.edge('x') !== all) return undefined;
  const [axes, steps] = slice.list('how');
  const ends = constantInts(slice.edge('end'));
  const plain = (axes === undefined || constantInts(axes)?.join() === '0') && (steps === undefined || constantInts(steps)?.join() === '1');
  return plain && ends?.length === 1 && ends[0] >= 2 ** 31 - 1 ? withoutAxes(slice.edge('start')) : undefined;
}

// first = total - S, or total = first + S
function isTotalMinusRows(first: Edge, total: Edge, rows: Edge): boolean {
  const isRows = (edge: Edge) => {
    const entries = shapeEntries(edge);
    return entries?.length === 1 && isDim(entries[0], rows, 1);
  };
  const difference = matchAt(first, shared(op('Sub', 'total', 'rows')));
  if (difference !== undefined) return difference.edge('total') === total && isRows(difference.edge('rows'));
  const sum = matchAt(total, shared(op('Add', 'a', 'b')));
  return sum !== undefined && ((sum.edge('a') === first && isRows(sum.edge('b'))) || (sum.edge('b') === first && isRows(sum.edge('a'))));
}

// Without axes of 1 in front.
function withoutAxes(edge: Edge): Edge {
  const m: Match | undefined = matchAt(edge, unsqueeze);
  return m !== undefined && constantInts(m.edge('axes'))?.every((a, i) => a === i) === true ? withoutAxes(m.edge('x')) : edge;
}

// total as int32, and total - 1 for each sample. Layers make them alike: common subexpressions leave one of each.
function lengthNodes(total: Edge, rows: Edge, { opset }: Node): { nodes: readonly NewNode[]; total: NewEdge; last: NewEdge } {
  const [count, minus, last] = ['total', 'last', 'seqlens_k'].map(fresh);
  const batch = dimension(rows, 0, opset);
  return {
    nodes: [
      newNode('Cast', [total], [count], { to: 6 }), newNode('Sub', [count, newConstant('one', new Tensor('int32', Int32Array.of(1), []))], [minus]),
      ...batch.nodes, newNode('Expand', [minus, batch.size], [last]),
    ],
    total: count, last,
  };
}

function sameTable(a: Tensor, b: Tensor): boolean {
  return a === b || (a.size === b.size && (a.data as Float32Array).every((x, i) => x === (b.data as Float32Array)[i]));
}
