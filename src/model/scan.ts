/**
 * A walk over the raw protobuf bytes before anything is decoded. Decoding a few bytes can cost a hundred times their
 * size in heap, and running out of heap cannot be caught; so budgets are checked here, where nothing is allocated. Also
 * refused: what decoders read in different ways (fields given twice, wrong wire types, broken names).
 */
import { fail } from '../errors.ts';
import { checkLimit, type Limits } from './limits.ts';
import { messageFields, type Field } from './schema.ts';

const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;
const WIRE_NAMES = ['varint', '64-bit', 'length-delimited', 'group', 'group', '32-bit', 'reserved', 'reserved'];

/** Throws `E_PARSE` or `E_LIMIT`; returns when the bytes are safe to decode as a message of this type. */
export function scanMessage(bytes: Uint8Array, type: string, limits: Limits): void {
  checkLimit(limits, 'fileBytes', bytes.length, 'the size of the file');
  new Scan(bytes, limits).message(type, bytes.length, 0, 0);
}

class Scan {
  private readonly bytes: Uint8Array;
  private readonly limits: Limits;
  private at = 0;
  private messages = 0;
  private scalars = 0;

  constructor(bytes: Uint8Array, limits: Limits) {
    this.bytes = bytes;
    this.limits = limits;
  }

  /** Walks one message that ends at `end`, `depth` messages and `graphs` graphs deep. */
  message(type: string, end: number, depth: number, graphs: number): void {
    if (depth > this.limits.nesting) checkLimit(this.limits, 'nesting', depth, 'the nesting of messages');
    // The main graph is the first, so subgraphs are one less.
    if (type === 'GraphProto') checkLimit(this.limits, 'subgraphDepth', graphs++, 'the nesting of subgraphs');
    this.countMessage();
    if (this.at === end) return;
    const fields = messageFields(type);
    let seen = 0, oneof: Field | undefined;
    while (this.at < end) {
      const start = this.at;
      const tag = this.varint(end);
      const wire = tag & 7, number = tag >>> 3;
      if (number === 0) this.broken('a field with number 0', start);
      const field = number < fields.length ? fields[number] : undefined;
      if (field === undefined) {
        this.skip(wire, end, start);
        continue;
      }
      if (!field.repeated) {
        if (seen & (1 << number)) this.broken(`${type}.${field.name} given twice`, start);
        seen |= 1 << number;
        if (field.oneof && oneof !== undefined) this.broken(`both ${type}.${oneof.name} and ${field.name}`, start);
        if (field.oneof) oneof = field;
      }
      if (wire === LENGTH && field.wire === LENGTH) this.delimited(type, field, end, depth, graphs);
      else if (wire === field.wire) {
        if (field.repeated) this.countScalars(1);
        this.skip(wire, end, start);
      } else if (wire === LENGTH && field.repeated) this.packed(field.wire, this.length(end), start);
      else this.broken(`wire type ${WIRE_NAMES[wire]} for ${type}.${field.name}`, start, WIRE_NAMES[field.wire]);
    }
  }

  private delimited(type: string, field: Field, end: number, depth: number, graphs: number): void {
    const length = this.length(end);
    const stop = this.at + length;
    if (field.message !== undefined) {
      this.message(field.message, stop, depth + 1, graphs);
      return;
    }
    if (field.kind === 'bytes') this.countMessage(); // decoded to a view, an object like a message
    else if (field.kind !== 'raw') this.countScalars(1);
    if (field.kind === 'name') this.name(length, type, field);
    this.at = stop;
  }

  private packed(wire: number, length: number, start: number): void {
    const { bytes } = this;
    const stop = this.at + length;
    if (wire !== VARINT) {
      const size = wire === FIXED32 ? 4 : 8;
      if (length % size !== 0) this.broken('a packed field that ends within an element', start);
      this.countScalars(length / size);
      this.at = stop;
      return;
    }
    let count = 0, run = 0; // values, and bytes of the current one
    for (let i = this.at; i < stop; i++) {
      if (bytes[i]! < 128) {
        count++;
        run = 0;
      } else if (++run >= 10) this.broken('a varint of more than 10 bytes', start);
    }
    if (run > 0) this.broken('a packed field that ends within an element', start);
    this.countScalars(count);
    this.at = stop;
  }

  private name(length: number, type: string, field: Field): void {
    if (length > this.limits.nameBytes) checkLimit(this.limits, 'nameBytes', length, `the length of ${type}.${field.name}`);
    for (let i = this.at; i < this.at + length; i++) {
      if (this.bytes[i]! < 128) continue;
      const text = UTF8.decode(this.bytes.subarray(this.at, this.at + length));
      // Two different broken names would decode to the same text.
      if (text.includes('\ufffd')) this.broken(`${type}.${field.name} is not UTF-8`, this.at);
      return;
    }
  }

  private skip(wire: number, end: number, start: number): void {
    if (wire === VARINT) {
      for (let i = 0; ; i++) {
        if (i >= 10) this.broken('a varint of more than 10 bytes', start);
        if (this.at >= end) this.broken('a number that is cut off', start);
        if (this.bytes[this.at++]! < 128) return;
      }
    }
    if (wire === LENGTH) {
      const length = this.length(end); // moves past itself first
      this.at += length;
    } else if (wire === FIXED32 || wire === FIXED64) this.at += wire === FIXED32 ? 4 : 8;
    else this.broken(`wire type ${wire}`, start);
    if (this.at > end) this.broken('a field that is cut off', start);
  }

  private length(end: number): number {
    const start = this.at;
    const length = this.varint(end);
    if (length > end - this.at) this.broken(`a length of ${length} bytes where ${end - this.at} are left`, start);
    return length;
  }

  /** A tag or a length: at most 32 bits. */
  private varint(end: number): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.at >= end) this.broken('a number that is cut off', start);
      const byte = this.bytes[this.at++]!;
      if (shift === 28 && byte > 15) break;
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    return this.broken('a tag or length above 32 bits', start);
  }

  private countMessage(): void {
    if (++this.messages > this.limits.messages) checkLimit(this.limits, 'messages', this.messages, 'the number of messages');
  }

  private countScalars(n: number): void {
    this.scalars += n;
    if (this.scalars > this.limits.scalars) checkLimit(this.limits, 'scalars', this.scalars, 'the number of repeated values');
  }

  private broken(found: string, at: number, expected?: string): never {
    return fail('E_PARSE', 'the bytes are not an ONNX file', { expected, found: `${found} at byte ${at}` });
  }
}

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
