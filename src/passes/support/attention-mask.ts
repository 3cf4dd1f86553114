/** Masks as exporters write them, brought to what MultiHeadAttention adds to the scores. */
import type { Edge, Node } from '../../graph/index.ts';
import { int64, Tensor } from '../../tensor/index.ts';
import { fresh, newConstant, newNode, type NewEdge, type NewNode } from '../pass.ts';
import type { Match } from '../pattern.ts';
import { readScalar, shapeOf } from './constants.ts';
import { dimension, rowsOf } from './dims.ts';
import type { Heads } from './heads.ts';

export interface Mask {
  readonly edge: Edge | NewEdge;
  readonly nodes: readonly NewNode[];
}

/** Scores are lost beside a finite number as low as this: their sum is that number again. */
const LOWEST = -1e37;

/**
 * The mask [B or 1, N or 1, S, T] that is added to scores: the edge `mask`, or one that holds `hidden` where the condition `c` does
 * not choose scores, and 0 elsewhere. Why not, where it may be of another shape; undefined without a mask.
 */
export function maskOf(m: Match, heads: Heads): Mask | string | undefined {
  const [added, condition] = [m.optional('mask'), m.optional('c')];
  if (added !== undefined) return fitted(added, added, heads, m.root.opset);
  if (condition === undefined) return undefined;
  const hidden = readScalar(m.edge('hidden'));
  if (hidden === undefined || !(hidden <= LOWEST) || !Number.isFinite(hidden)) return 'what hides scores is not a finite constant below all of them';
  const choose: Node = m.nodes.find((n) => n.opType === 'Where')!;
  const hides = choose.inputs[1] === m.edge('hidden');
  const number = (value: number) => newConstant('mask_value', new Tensor('float32', Float32Array.of(value), []));
  const mask = fresh('hidden');
  const fit = fitted(condition, mask, heads, m.root.opset);
  if (typeof fit === 'string') return fit;
  return { edge: fit.edge, nodes: [newNode('Where', [condition, number(hides ? hidden : 0), number(hides ? 0 : hidden)], [mask]), ...fit.nodes] };
}

// A value of the shape of `like`, expanded to four axes and the rows of queries.
function fitted(like: Edge, value: Edge | NewEdge, { rows, count }: Heads, opset: number): Mask | string {
  const shape = shapeOf(like);
  const [batch, length] = shapeOf(rows)!;
  if (shape === undefined || shape.length > 4 || batch === undefined || length === undefined) return 'the shape of the mask is not known';
  const [b, n, s, t] = [...new Array<1>(4 - shape.length).fill(1), ...shape];
  const known = (b === 1 || b === batch) && (n === 1 || n === count) && (s === 1 || s === length) && t === length;
  if (!known) return 'the mask does not fit the scores';
  if (shape.length === 4 && s === length) return { edge: value, nodes: [] };
  const [wanted, expanded] = ['mask_shape', 'mask'].map(fresh);
  const ones = (size: number) => newConstant('ones', int64(new Array<number>(size).fill(1)));
  const { size, nodes } = dimension(rowsOf(rows), 1, opset);
  return {
    edge: expanded,
    nodes: [...nodes, newNode('Concat', [ones(2), size, ones(1)], [wanted], { axis: 0 }), newNode('Expand', [value, wanted], [expanded])],
  };
}
