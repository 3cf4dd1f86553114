/** Protobuf bytes by hand: for files no encoder would write. */
import { messageFields, type Field } from '../../src/model/schema.ts';

export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

export function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  for (let v = BigInt.asUintN(64, BigInt(value)); ; v >>= 7n) {
    if (v < 128n) return [...bytes, Number(v)];
    bytes.push(Number(v & 127n) | 128);
  }
}

export const tag = (number: number, wire: number): number[] => varint(number * 8 + wire);

/** A length-delimited field. */
export function len(number: number, payload: Uint8Array | readonly number[] | string): Uint8Array {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
  return concat(tag(number, 2), varint(bytes.length), bytes);
}

export const int = (number: number, value: number | bigint): Uint8Array => concat(tag(number, 0), varint(value));

/** The same bytes `count` times. */
export function repeat(unit: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(unit.length * count);
  for (let at = 0; at < out.length; at += unit.length) out.set(unit, at);
  return out;
}

/** For each message, the field path from ModelProto down to it. */
const PATHS: ReadonlyMap<string, readonly Field[]> = (() => {
  const paths = new Map<string, readonly Field[]>([['ModelProto', []]]);
  for (const [name, path] of paths) {
    for (const field of messageFields(name)) {
      if (field?.message !== undefined && !paths.has(field.message)) paths.set(field.message, [...path, field]);
    }
  }
  return paths;
})();

/** Messages that a model file can hold. */
export const REACHABLE = [...PATHS.keys()];

/** A model file that holds `payload` as a message of this type, and nothing else. */
export function embed(type: string, payload: Uint8Array): Uint8Array {
  return PATHS.get(type)!.reduceRight((inner, field) => len(field.number, inner), payload);
}

/** A harmless value of a field: zero, an empty text or an empty message. */
export function emptyField(field: Field): Uint8Array {
  if (field.wire === 0) return int(field.number, 0);
  if (field.kind === 'f32') return concat(tag(field.number, 5), new Uint8Array(4));
  if (field.kind === 'f64') return concat(tag(field.number, 1), new Uint8Array(8));
  return len(field.number, []);
}
