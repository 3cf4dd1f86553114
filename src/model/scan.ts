/**
 * A walk over the raw protobuf bytes before anything is decoded. Decoding a few bytes can cost a thousand times their
 * size in heap, and running out of heap cannot be caught; so budgets are checked here, where nothing is allocated. Also
 * refused: what decoders read in different ways (fields given twice, wrong wire types, broken names).
 */
import { fail } from '../errors.ts';
import { checkLimit, type Limits } from './limits.ts';
import { messageFields, type Field, type Message, type ScalarKind } from './schema.ts';

const VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5;
const WIRE_NAMES = ['varint', '64-bit', 'length-delimited', 'group', 'group', '32-bit', 'reserved', 'reserved'];
const WIRE_OF = { int: VARINT, f32: FIXED32, f64: FIXED64 } satisfies Record<ScalarKind, number>;

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

  /** Walks one message that ends at `end`. */
  message(type: string, end: number, depth: number, graphs: number): void {
    checkLimit(this.limits, 'nesting', depth, 'the nesting of messages');
    // The main graph is the first, so subgraphs are one less.
    if (type === 'GraphProto') checkLimit(this.limits, 'subgraphDepth', graphs++, 'the nesting of subgraphs');
    this.countMessage();
    const fields: Message = messageFields(type);
    let seen = 0, oneof: Field | undefined;
    while (this.at < end) {
      const start = this.at;
      const tag = this.varint(end, 5);
      const wire = tag % 8, number = Math.floor(tag / 8);
      if (number === 0) this.broken('a field with number 0', start);
      const field = fields[number];
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
      this.field(type, field, wire, end, start, depth, graphs);
    }
  }

  private field(type: string, field: Field, wire: number, end: number, start: number, depth: number, graphs: number): void {
    const { kind } = field;
    const scalar = kind === 'int' || kind === 'f32' || kind === 'f64';
    const expected = scalar ? WIRE_OF[kind] : LENGTH;
    if (wire !== expected && !(scalar && field.repeated && wire === LENGTH)) {
      this.broken(`wire type ${WIRE_NAMES[wire]} for ${type}.${field.name}`, start, WIRE_NAMES[expected]);
    }
    if (wire !== LENGTH) {
      if (field.repeated) this.countScalars(1);
      this.skip(wire, end, start);
      return;
    }
    const length = this.length(end);
    const stop = this.at + length;
    if (kind === 'message') this.message(field.message!, stop, depth + 1, graphs);
    else if (scalar) this.packed(kind, stop, start);
    else {
      if (kind !== 'raw') this.countMessage();
      if (kind === 'name') this.name(length, `${type}.${field.name}`);
      this.at = stop;
    }
  }

  private packed(kind: ScalarKind, stop: number, start: number): void {
    const length = stop - this.at;
    if (kind !== 'int') {
      const size = kind === 'f32' ? 4 : 8;
      if (length % size !== 0) this.broken('a packed field that ends within an element', start);
      this.countScalars(length / size);
      this.at = stop;
      return;
    }
    let run = 0; // bytes of the current varint
    for (; this.at < stop; this.at++) {
      if (this.bytes[this.at]! >= 128) {
        if (++run >= 10) this.broken('a varint of more than 10 bytes', start);
      } else {
        run = 0;
        this.countScalars(1);
      }
    }
    if (run > 0) this.broken('a packed field that ends within an element', start);
  }

  private name(length: number, what: string): void {
    checkLimit(this.limits, 'nameBytes', length, `the length of ${what}`);
    for (let i = this.at; i < this.at + length; i++) {
      if (this.bytes[i]! < 128) continue;
      const text = UTF8.decode(this.bytes.subarray(this.at, this.at + length));
      // Two different broken names would decode to the same text.
      if (text.includes('\ufffd')) this.broken(`${what} is not UTF-8`, this.at);
      return;
    }
  }

  private skip(wire: number, end: number, start: number): void {
    if (wire === VARINT) this.varint(end, 10);
    else if (wire === LENGTH) this.at += this.length(end);
    else if (wire === FIXED32 || wire === FIXED64) this.at += wire === FIXED32 ? 4 : 8;
    else this.broken(`wire type ${wire}`, start);
    if (this.at > end) this.broken('a field that is cut off', start);
  }

  private length(end: number): number {
    const start = this.at;
    const length = this.varint(end, 5);
    if (length > end - this.at) this.broken(`a length of ${length} bytes where ${end - this.at} are left`, start);
    return length;
  }

  /** Exact for up to 7 bytes, which is all that tags and lengths may take; longer ones are only skipped. */
  private varint(end: number, maxBytes: number): number {
    let value = 0;
    for (let i = 0, unit = 1; i < maxBytes; i++, unit *= 128) {
      if (this.at >= end) this.broken('a number that is cut off', this.at);
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * unit;
      if (byte >= 128) continue;
      if (maxBytes === 5 && value > 0xffffffff) this.broken('a tag or length above 32 bits', this.at);
      return value;
    }
    return this.broken(`a varint of more than ${maxBytes} bytes`, this.at);
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
