/** Raw protobuf bytes to plain objects, by the tables of `schema.ts`: repeated fields are lists, other fields are there when the file holds them. */
import { messageFields, type Field } from './schema.ts';

/** A 64-bit integer: a number up to 2^53, its two 32-bit halves beyond. */
export type Int64 = number | { readonly low: number; readonly high: number };

/**
 * Decodes one message; fields carry their names in camel case, `bytes` and `raw` are views. `scanMessage` comes first: it has refused what is
 * broken, too deep or too large, so nothing is checked here.
 */
export function decode(bytes: Uint8Array, type: string): object {
  return new Decoder(bytes).message(type, bytes.length);
}

const VARINT = 0, FIXED64 = 1, LENGTH = 2;
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

class Decoder {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength); // views of a Node Buffer would be Buffers
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(type: string, end: number): Record<string, unknown> {
    const fields = messageFields(type);
    const message: Record<string, unknown> = {};
    for (const field of fields) if (field?.repeated) message[field.key] = [];
    while (this.at < end) {
      const tag = this.size();
      const wire = tag & 7, field = fields[tag >>> 3];
      if (field === undefined) this.skip(wire);
      else if (!field.repeated) message[field.key] = this.value(field);
      else {
        const list = message[field.key] as unknown[];
        if (wire === field.wire) list.push(this.value(field));
        else for (const stop = this.size() + this.at; this.at < stop;) list.push(this.value(field)); // packed
      }
    }
    return message;
  }

  private value(field: Field): unknown {
    switch (field.kind) {
      case 'int': return this.int64();
      case 'int32': return this.int32();
      case 'f32': return this.view.getFloat32((this.at += 4) - 4, true);
      case 'f64': return this.view.getFloat64((this.at += 8) - 8, true);
      case 'message': {
        const end = this.size() + this.at;
        return this.message(field.message!, end);
      }
      default: {
        const end = this.size() + this.at;
        const bytes = this.bytes.subarray(this.at, (this.at = end));
        return field.kind === 'bytes' || field.kind === 'raw' ? bytes : UTF8.decode(bytes);
      }
    }
  }

  /** The varint's low 32 bits in `low` and its high ones in `high`: seven bits a byte, the lowest first. */
  private varint(): { low: number; high: number } {
    let low = 0, high = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++]!, bits = byte & 127;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high = bits >>> 4;
      else if (shift > 28) high |= bits << (shift - 32);
      if (!(byte & 128)) return { low, high };
    }
  }

  private int64(): Int64 {
    const halves = this.varint();
    const value = halves.high * 2 ** 32 + (halves.low >>> 0);
    return Number.isSafeInteger(value) ? value : halves;
  }

  private int32(): number {
    return this.varint().low;
  }

  /** A tag or a length. */
  private size(): number {
    return this.varint().low >>> 0;
  }

  private skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === LENGTH) this.at += this.size();
    else this.at += wire === FIXED64 ? 8 : 4;
  }
}
