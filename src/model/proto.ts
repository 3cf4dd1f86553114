/** Messages as the decoder gives them, their types, and 64-bit integers. `encode.ts` is the way back. */
import type Long from 'long';
import type { onnx } from '../../proto/onnx.js';
import { decode, type Int64 } from './decode.ts';

export type { Int64 };
export type ModelProto = onnx.ModelProto.$Properties;
export type GraphProto = onnx.GraphProto.$Properties;
export type NodeProto = onnx.NodeProto.$Properties;
export type AttributeProto = onnx.AttributeProto.$Properties;
export type FunctionProto = onnx.FunctionProto.$Properties;
export type TensorProto = onnx.TensorProto.$Properties;
export type SparseTensorProto = onnx.SparseTensorProto.$Properties;
export type ValueInfoProto = onnx.ValueInfoProto.$Properties;
export type TypeProto = onnx.TypeProto.$Properties;
export type SequenceProto = onnx.SequenceProto.$Properties;
export type OptionalProto = onnx.OptionalProto.$Properties;
export type MapProto = onnx.MapProto.$Properties;
export type StringEntry = onnx.StringStringEntryProto.$Properties;

/** Messages that a file or a value may be. */
interface Messages {
  readonly ModelProto: ModelProto;
  readonly TensorProto: TensorProto;
  readonly SequenceProto: SequenceProto;
  readonly OptionalProto: OptionalProto;
  readonly MapProto: MapProto;
}

/** Decodes one message that `scanMessage` has passed. */
export function decodeMessage<T extends keyof Messages>(type: T, bytes: Uint8Array): Messages[T] {
  return decode(bytes, type);
}

/** The kinds of attributes by their number. */
export const KIND = {
  UNDEFINED: 0, FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, GRAPH: 5, FLOATS: 6, INTS: 7, STRINGS: 8, TENSORS: 9, GRAPHS: 10, SPARSE_TENSOR: 11,
  SPARSE_TENSORS: 12, TYPE_PROTO: 13, TYPE_PROTOS: 14,
} as const;

/** True when the file holds the field, be it with its default value. */
export function has(message: object, field: string): boolean {
  return Object.hasOwn(message, field);
}

export function toBigInt(value: Int64): bigint {
  return typeof value === 'number' ? BigInt(value) : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** Exact up to 2^53, rounded beyond. */
export function toNumber(value: Int64 | null | undefined): number {
  return value === null || value === undefined ? 0 : typeof value === 'number' ? value : value.high * 2 ** 32 + (value.low >>> 0);
}

/** For encoding: any safe integer or bigint, as the two halves that the encoder takes. */
export function toLong(value: bigint | number, unsigned = false): Long {
  const bits = BigInt(value);
  return { low: Number(BigInt.asIntN(32, bits)), high: Number(BigInt.asIntN(32, bits >> 32n)), unsigned } as Long;
}

/** Bits of signed and unsigned 64-bit integers in file order, as they stand in a BigInt64Array or BigUint64Array. */
export function int64Words(values: readonly Int64[]): Int32Array<ArrayBuffer> {
  const words = new Int32Array(values.length * 2);
  values.forEach((value, i) => {
    const { low, high } = typeof value === 'number' ? { low: value | 0, high: Math.floor(value / 2 ** 32) } : value;
    words[2 * i] = low;
    words[2 * i + 1] = high;
  });
  return words;
}
