/**
 * Protobuf bytes to plain objects, with protobufjs' reader and by the tables of `schema.ts`: repeated fields are lists, other fields are
 * there when the file holds them. Decoders that protobufjs generates do the same in 3,000 lines, which a process has to read before its
 * first model.
 */
import Long from 'long';
import protobuf, { type Reader } from 'protobufjs/minimal.js';
import { fail } from '../errors.ts';
import { messageFields, type Field } from './schema.ts';

/** A 64-bit integer: a number up to 2^53, its two 32-bit halves beyond. */
export type Int64 = number | { readonly low: number; readonly high: number };

// A bundler may not see the library's own lookup of `long`; without it 64-bit integers would silently lose bits.
protobuf.util.Long = Long;
protobuf.configure();

/**
 * Decodes one message that `scanMessage` has passed; fields carry their names in camel case, `bytes` and `raw` are views. Throws `E_PARSE` when
 * the bytes are not such a message after all.
 */
export function decode(bytes: Uint8Array, type: string): object {
  // A plain view: for a Node Buffer the library would make Buffers of all byte fields.
  const reader = new protobuf.Reader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  try {
    return message(reader, type, reader.len);
  } catch (cause) {
    return fail('E_PARSE', `the bytes are not an ONNX ${type}`, { found: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

function message(reader: Reader, type: string, end: number): Record<string, unknown> {
  const fields = messageFields(type);
  const result: Record<string, unknown> = {};
  for (const field of fields) if (field?.repeated) result[field.key] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    const wire = tag & 7, field = fields[tag >>> 3];
    if (field === undefined) reader.skipType(wire);
    else if (!field.repeated) result[field.key] = valueOf(reader, field);
    else {
      const list = result[field.key] as unknown[];
      if (wire === field.wire) list.push(valueOf(reader, field));
      else for (const stop = reader.uint32() + reader.pos; reader.pos < stop;) list.push(valueOf(reader, field)); // packed
    }
  }
  return result;
}

function valueOf(reader: Reader, field: Field): unknown {
  switch (field.kind) {
    case 'int': return toInt64(reader.int64() as Long);
    case 'int32': return reader.int32();
    case 'f32': return reader.float();
    case 'f64': return reader.double();
    case 'message': {
      const end = reader.uint32() + reader.pos;
      return message(reader, field.message!, end);
    }
    case 'bytes': case 'raw': return reader.bytes();
    default: return reader.string();
  }
}

function toInt64({ low, high }: Long): Int64 {
  const value = high * 2 ** 32 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : { low, high };
}
