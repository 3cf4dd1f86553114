/** The door to the generated decoder: message types, decoding with typed errors, and 64-bit integers. */
import Long from 'long';
import protobuf from 'protobufjs/minimal.js';
import { onnx } from '../../proto/onnx.js';
import { fail } from '../errors.ts';

// A bundler may not see the library's own lookup of `long`; without it 64-bit integers would silently lose bits.
protobuf.util.Long = Long;
protobuf.configure();

export { onnx };
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

/** A 64-bit integer as the decoder gives it. */
export type Int64 = number | Long;

interface MessageClass<T> {
  decode(reader: protobuf.Reader): T;
  encode(message: T): protobuf.Writer;
}

/** Decodes one message. Throws `E_PARSE` when the bytes are not such a message. */
export function decodeMessage<T>(type: MessageClass<T>, bytes: Uint8Array, what: string): T {
  // A plain view: for a Node Buffer the library would make Buffers of all byte fields.
  const reader = new protobuf.Reader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  reader.discardUnknown = true;
  try {
    return type.decode(reader);
  } catch (cause) {
    return fail('E_PARSE', `the bytes are not an ONNX ${what}`, { found: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

/** Encodes one message. */
export function encodeMessage<T>(type: MessageClass<T>, message: T): Uint8Array {
  // A plain Uint8Array everywhere: Node's writer gives a Buffer, whose slice() shares memory.
  const bytes = type.encode(message).finish();
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** True when the file holds the field, be it with its default value. */
export function has(message: object, field: string): boolean {
  return Object.hasOwn(message, field);
}

export function toBigInt(value: Int64): bigint {
  return typeof value === 'number' ? BigInt(value) : (BigInt(value.high) << 32n) | BigInt(value.low >>> 0);
}

/** Exact up to 2^53, rounded beyond. */
export function toNumber(value: Int64 | null | undefined): number {
  return value === null || value === undefined ? 0 : typeof value === 'number' ? value : value.toNumber();
}

/** For encoding: any safe integer or bigint. */
export function toLong(value: bigint | number, unsigned = false): Long {
  return typeof value === 'number' ? Long.fromNumber(value, unsigned)
    : Long.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)), unsigned);
}

/** Bits of signed and unsigned 64-bit integers in file order, as they stand in a BigInt64Array or BigUint64Array. */
export function int64Words(values: readonly Int64[]): Int32Array<ArrayBuffer> {
  const words = new Int32Array(values.length * 2);
  values.forEach((value, i) => {
    const long = typeof value === 'number' ? Long.fromNumber(value) : value;
    words[2 * i] = long.low;
    words[2 * i + 1] = long.high;
  });
  return words;
}
