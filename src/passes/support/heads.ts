/** How exporters write attention between its projections: rows [B, S, N * H] to heads [B, N, S, H] and back. */
import type { Edge } from '../../graph/index.ts';
import { f32 } from '../../numeric/index.ts';
import { as, Match, op, shared, type OpPattern, type Pattern } from '../pattern.ts';
import { readScalar, shapeOf } from './constants.ts';
import { isDim, shapeEntries } from './dims.ts';
import { normalizesLastAxis } from './norms.ts';

/** The match of a pattern at the node that makes a value. */
export function matchAt(edge: Edge | undefined, ...patterns: readonly OpPattern[]): Match | undefined {
  const node = edge?.producer;
  if (node === undefined || node.outputs[0] !== edge) return undefined;
  for (const pattern of patterns) {
    const match = Match.at(pattern, node);
    if (match instanceof Match) return match;
  }
  return undefined;
}

export const permutes = (perm: readonly number[] | undefined, ...axes: readonly number[]): boolean => perm?.join() === axes.join();

const split = op('Transpose', shared(op('Reshape', 'rows', 'shape')));

/** Heads [B, N, S, H] of rows [B, S, N * H]. */
export interface Heads {
  readonly rows: Edge;
  readonly count: number;
  readonly size: number;
}

/** transpose(reshape(rows, [B, S, N, H]), perm) */
export function headsOf(edge: Edge, perm: readonly number[] = [0, 2, 1, 3]): Heads | undefined {
  const m = matchAt(edge, split);
  return m !== undefined && permutes(m.root.ints('perm'), ...perm) ? cutOf(m) : undefined;
}

const normed = as('norm', op('SimplifiedLayerNormalization|RMSNormalization', shared(op('Reshape', 'rows', 'shape')), 'gamma'));

/** transpose(norm(reshape(rows, [B, S, N, H])), [0, 2, 1, 3]), and the normalized heads [B, S, N, H] */
export function normalizedHeadsOf(edge: Edge): (Heads & { readonly normalized: Edge }) | undefined {
  const m = matchAt(edge, op('Transpose', normed));
  if (m === undefined || !permutes(m.root.ints('perm'), 0, 2, 1, 3) || !normalizesLastAxis(m.node('norm'))) return undefined;
  const heads = cutOf(m);
  return heads && { ...heads, normalized: m.node('norm').outputs[0]! };
}

function cutOf(m: Match): Heads | undefined {
  const rows = m.edge('rows');
  const [entries, [, , width] = []] = [shapeEntries(m.edge('shape')), shapeOf(rows)];
  if (entries?.length !== 4 || shapeOf(rows)?.length !== 3 || typeof width !== 'number') return undefined;
  const [b, s] = entries;
  let [, , count, size] = entries;
  if (typeof count !== 'number' || typeof size !== 'number') return undefined;
  if (count === -1) count = width / size;
  else if (size === -1) size = width / count;
  const keeps = (entry: typeof b, axis: number) => entry === 0 || isDim(entry, rows, axis);
  if (count * size !== width || !(keeps(b, 0) || keeps(s, 1)) || !(keeps(s, 1) || s === -1 || b === -1)) return undefined;
  return { rows, count, size };
}

/** True when a shape turns [B, S, N, H] back to rows [B, S, N * H], B and S being those of `rows`. */
export function joinsHeads(shape: Edge, rows: Edge, width: number): boolean {
  const entries = shapeEntries(shape);
  if (entries?.length !== 3) return false;
  const [b, s, w] = entries;
  const fits = [b === 0 || isDim(b, rows, 0), s === 0 || isDim(s, rows, 1), w === width];
  return fits.every((fit, i) => fit || entries[i] === -1);
}

const keys = as('turn', op('Transpose', 'k'));
const scaled = (name: string, x: Pattern) => as(`scale_${name}`, op('Mul|Div', x, `factor_${name}`));

/** Scores q . k' of heads: scaled afterwards, queries scaled before, queries and keys both (by the root, as torch does), or not at all. */
export const SCORES: readonly Pattern[] = [
  scaled('scores', op('MatMul', 'q', keys)), op('MatMul', scaled('queries', 'q'), scaled('keys', keys)), op('MatMul', scaled('queries', 'q'), keys),
  op('MatMul', 'q', keys),
];

/** What such scores are multiplied by, in float32; undefined when that is not constant. */
export function scaleOf(m: Match): number | undefined {
  let scale = 1;
  for (const name of ['scores', 'queries', 'keys']) {
    const node = m.optionalNode(`scale_${name}`);
    const factor = node === undefined ? 1 : readScalar(m.edge(`factor_${name}`));
    if (factor === undefined) return undefined;
    scale *= node?.opType === 'Div' ? 1 / factor : factor;
  }
  return f32(scale);
}
