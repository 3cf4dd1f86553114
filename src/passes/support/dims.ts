/** Proofs about sizes that are not known in numbers: which node computes a dimension, and which values share their rows. */
import type { Edge, Node } from '../../graph/index.ts';
import { int64 } from '../../tensor/index.ts';
import { fresh, newConstant, newNode, type NewEdge, type NewNode } from '../pass.ts';
import { constantInts, dtypeOf, rankOf, shapeOf } from './constants.ts';
import { KEEP_SHAPE } from './movement.ts';

/** One entry of a shape that a graph computes: a number, or an axis of a value. */
export type Entry = number | { readonly of: Edge; readonly axis: number };

/** What the entries of an integer vector (or a single integer) stand for, when shape arithmetic makes it. */
export function shapeEntries(edge: Edge | undefined): readonly Entry[] | undefined {
  if (edge === undefined) return undefined;
  const known = constantInts(edge);
  if (known !== undefined) return known;
  const node = edge.producer;
  switch (node?.key) {
    case 'Shape': return shapeOfNode(node);
    case 'Concat': {
      const parts = node.inputs.map(shapeEntries);
      return parts.every((p) => p !== undefined) ? parts.flat() : undefined;
    }
    case 'Gather': {
      const [from, at] = [shapeEntries(node.inputs[0]), constantInts(node.inputs[1])];
      const entries = from && at?.map((i) => from[i < 0 ? i + from.length : i]);
      return entries?.every((e) => e !== undefined) === true ? entries : undefined;
    }
    case 'Slice': {
      const from = shapeEntries(node.inputs[0]);
      const [starts, ends, steps] = [1, 2, 4].map((i) => constantInts(node.inputs[i]));
      if (from === undefined || starts?.length !== 1 || ends?.length !== 1 || (node.inputs[4] !== undefined && steps?.[0] !== 1)) return undefined;
      return from.slice(starts[0], ends[0]);
    }
    case 'Unsqueeze': case 'Squeeze': return shapeEntries(node.inputs[0]);
    // Narrower integers would wrap, and floats round.
    case 'Cast': return dtypeOf(edge) === 'int64' ? shapeEntries(node.inputs[0]) : undefined;
    default: return undefined;
  }
}

function shapeOfNode(node: Node): readonly Entry[] | undefined {
  const of = node.inputs[0]!;
  const shape = shapeOf(of);
  const end = node.attributes.get('end');
  return shape?.map((d, axis) => (typeof d === 'number' ? d : { of, axis }))
    .slice(node.int('start', 0), end?.type === 'int' ? Number(end.value) : undefined);
}

/** True when an entry is the size of `edge` along `axis`. */
export function isDim(entry: Entry, edge: Edge, axis: number): boolean {
  if (typeof entry === 'number') return entry === shapeOf(edge)?.[axis];
  return entry.axis === axis && (shapeSource(entry.of) === shapeSource(edge) || (axis < 2 && rowsOf(entry.of) === rowsOf(edge)));
}

/** The value before all that only changed its elements. */
export function shapeSource(edge: Edge): Edge {
  let at = edge;
  while (at.producer !== undefined && at === at.producer.outputs[0] && KEEP_SHAPE.has(at.producer.key)) at = at.producer.inputs[0]!;
  return at;
}

// Values keep their meaning through patches, and so do answers about them.
const answers = new WeakMap<Edge, Edge>();

/**
 * A value with the same sizes along axes 0 and 1: batch and sequence. Followed back through what works on rows [B, S, ...], to
 * token ids for most models, so that layers can be seen to work on the same rows.
 */
export function rowsOf(edge: Edge): Edge {
  const known = answers.get(edge);
  if (known !== undefined && (known.isInput || known.constant !== undefined || known.producer !== undefined)) return known;
  const from = edge.producer === undefined ? undefined : rowsBefore(edge, edge.producer);
  const found = from === undefined ? edge : rowsOf(from);
  answers.set(edge, found);
  return found;
}

/** By which only the last axis changes, in output 0 at least. */
const ROW_BY_ROW = new Set([
  'com.microsoft.SkipLayerNormalization', 'com.microsoft.SkipSimplifiedLayerNormalization', 'com.microsoft.GroupQueryAttention',
  'com.microsoft.MultiHeadAttention', 'com.microsoft.MatMulNBits',
  'LayerNormalization', 'SimplifiedLayerNormalization', 'RMSNormalization', 'QuantizeLinear', 'DequantizeLinear', 'DynamicQuantizeLinear',
  'Cast', 'Identity', 'Sqrt', 'Reciprocal', 'Sigmoid', 'Relu', 'Tanh', 'Erf', 'Gelu', 'Neg',
]);
const BROADCASTING = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow']);
const PRODUCTS = new Set(['MatMul', 'MatMulInteger', 'com.microsoft.MatMulIntegerToFloat', 'com.microsoft.DynamicQuantizeMatMul', 'com.microsoft.FusedMatMul']);

function rowsBefore(edge: Edge, node: Node): Edge | undefined {
  const [x, y] = node.inputs;
  if (x === undefined || (edge !== node.outputs[0] && edge !== node.outputs[3])) return undefined;
  if (node.key === 'com.microsoft.EmbedLayerNormalization') return x;
  if (node.key === 'Gather') return node.int('axis', 0) === 0 && rankOf(x) === 2 && rankOf(y) === 2 ? y : undefined;
  if (rankOf(edge) !== 3) return undefined;
  if (ROW_BY_ROW.has(node.key)) return rankOf(x) === 3 ? x : undefined;
  if (PRODUCTS.has(node.key)) return rankOf(x) === 3 && rankOf(y) === 2 && node.int('transA', 0) === 0 ? x : undefined;
  if (node.key === 'ReduceMean') return reducesLast(node) ? x : undefined;
  if (node.key === 'Reshape') return reshapedRows(node);
  if (!BROADCASTING.has(node.key)) return undefined;
  const full = node.inputs.filter((e): e is Edge => e !== undefined && (rankOf(e) ?? 3) > 1);
  return full.every((e) => rankOf(e) === 3 && rowsOf(e) === rowsOf(full[0])) ? full[0] : undefined;
}

function reducesLast(node: Node): boolean {
  const axes = node.ints('axes') ?? constantInts(node.inputs[1]);
  return axes?.length === 1 && (axes[0] === -1 || axes[0] === 2) && node.int('keepdims', 1) === 1;
}

// Reshape to [B, S, ...] of a value that the shape was read from.
function reshapedRows(node: Node): Edge | undefined {
  const entries = shapeEntries(node.inputs[1]);
  const [b, s] = entries ?? [];
  return typeof b === 'object' && typeof s === 'object' && b.of === s.of && b.axis === 0 && s.axis === 1 ? b.of : undefined;
}

/** Nodes that give one dimension of a value as a list of one. Shape takes a range since opset 15. */
export function dimension(of: Edge, axis: number, opset: number): { readonly size: NewEdge; readonly nodes: readonly NewNode[] } {
  const size = fresh('size');
  if (opset >= 15) return { size, nodes: [newNode('Shape', [of], [size], { start: axis, end: axis + 1 })] };
  const shape = fresh('shape');
  const index = (i: number) => newConstant('index', int64([i]));
  return { size, nodes: [newNode('Shape', [of], [shape]), newNode('Slice', [shape, index(axis), index(axis + 1)], [size])] };
}
