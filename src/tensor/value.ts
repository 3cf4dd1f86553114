import type { DType } from './dtype.ts';
import { Tensor } from './tensor.ts';

/** A dimension as a model declares it: fixed, named, or unknown. */
export type Dim = number | string | undefined;

/** The type of a value in a graph. A tensor without `shape` has unknown rank. */
export type ValueType =
  | { readonly kind: 'tensor'; readonly dtype: DType; readonly shape?: readonly Dim[] | undefined }
  | { readonly kind: 'sparse_tensor'; readonly dtype: DType; readonly shape?: readonly Dim[] | undefined }
  | { readonly kind: 'sequence'; readonly elem: ValueType }
  | { readonly kind: 'optional'; readonly elem: ValueType }
  | { readonly kind: 'map'; readonly key: DType; readonly value: ValueType };

/** An ordered list of values of one type. */
export interface Sequence {
  readonly kind: 'sequence';
  readonly elem: ValueType;
  readonly items: readonly Value[];
}

/** An optional: `value` is undefined when it is empty. */
export interface Optional {
  readonly kind: 'optional';
  readonly elem: ValueType;
  readonly value: Value | undefined;
}

/** A map with string or integer keys, in insertion order. */
export interface OnnxMap {
  readonly kind: 'map';
  readonly key: DType;
  readonly value: ValueType;
  readonly entries: ReadonlyMap<string | bigint, Value>;
}

/** What flows along an edge of a graph at run time. */
export type Value = Tensor | Sequence | Optional | OnnxMap;

export function isTensor(value: Value | undefined): value is Tensor {
  return value instanceof Tensor;
}

/** `float32[batch, 3, ?]`, `sequence(int64[])`, as shown in messages and by `inspect`. */
export function describeType(type: ValueType | undefined): string {
  if (type === undefined) return 'unknown';
  switch (type.kind) {
    case 'tensor': return `${type.dtype}${describeShape(type.shape)}`;
    case 'sparse_tensor': return `sparse ${type.dtype}${describeShape(type.shape)}`;
    case 'map': return `map(${type.key}, ${describeType(type.value)})`;
    default: return `${type.kind}(${describeType(type.elem)})`;
  }
}

export function describeShape(shape: readonly Dim[] | undefined): string {
  return shape === undefined ? '[...]' : `[${shape.map((d) => d ?? '?').join(', ')}]`;
}

/** True when a value may have these dims where that shape is declared: of a name, or unknown, any size will do. */
export function fitsShape(dims: readonly number[], shape: readonly Dim[] | undefined): boolean {
  return shape === undefined || (shape.length === dims.length && shape.every((d, i) => typeof d !== 'number' || d === dims[i]));
}

/** The exact type of a run-time value. */
export function typeOf(value: Value): ValueType {
  if (value instanceof Tensor) return { kind: 'tensor', dtype: value.type, shape: value.dims };
  switch (value.kind) {
    case 'sequence': return { kind: 'sequence', elem: value.elem };
    case 'optional': return { kind: 'optional', elem: value.elem };
    case 'map': return { kind: 'map', key: value.key, value: value.value };
  }
}
