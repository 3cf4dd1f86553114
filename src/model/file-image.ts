/** A model file in memory without the raw data of its large initializers: most of a model's bytes are wanted once, by whoever packs them. */
import { readSync } from 'node:fs';
import { fail } from '../errors.ts';
import { messageFields } from './schema.ts';
import { STORED_FROM } from './tensors.ts';

const CHUNK = 1 << 26;

export function readRange(file: number, from: number, to: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(to - from);
  fill(file, bytes, 0, from, to);
  return bytes;
}

function fill(file: number, bytes: Uint8Array, start: number, from: number, to: number): void {
  for (let at = from; at < to;) {
    const read = readSync(file, bytes, start + at - from, Math.min(CHUNK, to - at), at);
    if (read === 0) fail('E_INPUT', 'a file shrank while it was read');
    at += read;
  }
}

/** Fields on the way to what is left out. */
const WAY: Readonly<Record<string, string>> = { ModelProto: 'graph', GraphProto: 'initializer', TensorProto: 'raw_data' };
const LENGTH = 2, VARINT = 0, FIXED64 = 1, FIXED32 = 5;

/**
 * Reads a file of `size` bytes into a buffer of that size, but leaves out large raw data of initializers: `offsets` tells where. The
 * system gives no memory for what is not written. Reads all of a file that is not as it should be, for others to judge.
 */
export function readImage(file: number, size: number): { bytes: Uint8Array<ArrayBuffer>; offsets: ReadonlySet<number> } {
  const image = new Image(file, size);
  try {
    image.message('ModelProto', size);
  } catch (error) {
    if (!(error instanceof Irregular)) throw error;
    return { bytes: readRange(file, 0, size), offsets: new Set() };
  }
  return image;
}

class Irregular extends Error {}

class Image {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets = new Set<number>();
  private readonly file: number;
  private at = 0;
  /** All before is read or left out. */
  private end = 0;

  constructor(file: number, size: number) {
    this.file = file;
    this.bytes = new Uint8Array(size);
  }

  message(type: string, end: number): void {
    const fields = messageFields(type);
    while (this.at < end) {
      const tag = this.varint();
      const field = fields[tag >>> 3];
      if ((tag & 7) !== LENGTH) {
        this.skip(tag & 7);
        continue;
      }
      const length = this.varint();
      if (length > end - this.at) throw new Irregular();
      if (field?.name !== WAY[type]) this.need((this.at += length));
      else if (field?.message !== undefined) this.message(field.message, this.at + length);
      else if (length < STORED_FROM) this.need((this.at += length));
      else {
        this.offsets.add(this.at);
        this.at += length;
        this.end = Math.max(this.end, this.at);
      }
    }
    if (this.at !== end) throw new Irregular();
  }

  private skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64 || wire === FIXED32) this.need((this.at += wire === FIXED64 ? 8 : 4));
    else throw new Irregular();
  }

  private varint(): number {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      this.need(this.at + 1);
      const byte = this.bytes[this.at++];
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new Irregular();
  }

  /** Reads up to `to`, and some more at once. */
  private need(to: number): void {
    if (to <= this.end) return;
    if (to > this.bytes.length) throw new Irregular();
    const more = Math.min(this.bytes.length, Math.max(to, this.end + 4096));
    fill(this.file, this.bytes, this.end, this.end, more);
    this.end = more;
  }
}
