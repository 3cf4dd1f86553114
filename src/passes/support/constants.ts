/** Reading constants. */
import type { Edge } from '../../graph/index.ts';
import { dtypeInfo, toInts, unpack, type DType, type Dim, type Tensor } from '../../tensor/index.ts';

/** The tensor behind an edge that cannot change: an initializer that is also a graph input may be fed. */
export function constantOf(edge: Edge | undefined): Tensor | undefined {
  return edge === undefined || edge.isInput ? undefined : edge.tensor;
}

/** The value of a constant with one element, of any numeric type. */
export function readScalar(edge: Edge | undefined): number | undefined {
  const tensor = constantOf(edge);
  return tensor?.size === 1 ? numbersOf(tensor)?.[0] : undefined;
}

/** Elements of a constant as numbers; undefined for strings and complex types. */
export function numbersOf(tensor: Tensor): ArrayLike<number> | undefined {
  const info = dtypeInfo(tensor.type);
  if (info.class === 'string' || info.class === 'complex') return undefined;
  return info.bits === 64 && info.class !== 'float' ? toInts(tensor) : unpack(tensor);
}

/** Integers of a constant list: axes, pads, a shape. */
export function constantInts(edge: Edge | undefined): readonly number[] | undefined {
  const tensor = constantOf(edge);
  if (tensor === undefined) return undefined;
  const { class: cls } = dtypeInfo(tensor.type);
  return cls === 'int' || cls === 'uint' ? toInts(tensor) : undefined;
}

/** True when both edges hold the same bytes: the same edge, or constants of equal type, shape and content. */
export function sameConstant(a: Edge | undefined, b: Edge | undefined): boolean {
  if (a === b) return true;
  const x = constantOf(a);
  const y = constantOf(b);
  if (x === undefined || y === undefined || x.type !== y.type || x.size !== y.size) return false;
  if (x.dims.length !== y.dims.length && x.size !== 1) return false;
  if (x.size !== 1 && x.dims.some((d, i) => d !== y.dims[i])) return false;
  return bytesEqual(x, y);
}

function bytesEqual(x: Tensor, y: Tensor): boolean {
  const a = x.data;
  const b = y.data;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.every((s, i) => s === b[i]);
  const p = new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const q = new Uint8Array(b.buffer, b.byteOffset, b.byteLength);
  return p.length === q.length && p.every((v, i) => v === q[i]);
}

export function dtypeOf(edge: Edge | undefined): DType | undefined {
  return edge?.type?.kind === 'tensor' ? edge.type.dtype : undefined;
}

export function shapeOf(edge: Edge | undefined): readonly Dim[] | undefined {
  return edge?.type?.kind === 'tensor' ? edge.type.shape : undefined;
}

export function rankOf(edge: Edge | undefined): number | undefined {
  return shapeOf(edge)?.length;
}

/** The shape when every dimension is a number. */
export function staticShape(edge: Edge | undefined): readonly number[] | undefined {
  const shape = shapeOf(edge);
  return shape?.every((d) => typeof d === 'number') ? (shape as readonly number[]) : undefined;
}

/**
 * True when two shapes of equally many elements must be equal: at most one dimension is not a number. Names alone do not
 * prove it, since a file may declare one name for two sizes.
 */
export function sameElements(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean {
  return sameShape(a, b) && a!.filter((d) => typeof d !== 'number').length <= 1;
}

/** True when two shapes are known to be equal, dimension by dimension; equal names count as equal. */
export function sameShape(a: readonly Dim[] | undefined, b: readonly Dim[] | undefined): boolean {
  return a !== undefined && b !== undefined && a.length === b.length && a.every((d, i) => d !== undefined && d === b[i]);
}
