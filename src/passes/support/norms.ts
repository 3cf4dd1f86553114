import type { Edge, Node } from '../../graph/index.ts';
import { constantInts, constantOf, rankOf, shapeOf } from './constants.ts';

/** True when a reduction works along the last axis alone and keeps it. */
export function reducesLastAxis(node: Node): boolean {
  const rank = rankOf(node.inputs[0]);
  const axes = node.ints('axes') ?? constantInts(node.inputs[1]);
  if (rank === undefined || axes?.length !== 1 || node.int('keepdims', 1) === 0) return false;
  return axes[0] === -1 || axes[0] === rank - 1;
}

/** True for a constant float32 vector as long as the last axis of `x`. */
export function isRowVector(edge: Edge | undefined, x: Edge): boolean {
  const tensor = constantOf(edge);
  const length = shapeOf(x)?.at(-1);
  return tensor?.type === 'float32' && tensor.dims.length === 1 && tensor.size === length;
}

/** True when a normalization works along the last axis alone. */
export function normalizesLastAxis(node: Node): boolean {
  const axis = node.int('axis', -1);
  return axis === -1 || axis + 1 === rankOf(node.inputs[0]);
}
