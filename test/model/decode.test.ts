/** The decoder gives what protobufjs' own decoders give: every model of the pack, and messages of every type with every field. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import Long from 'long';
import { expect, test } from 'vitest';
import protobuf from 'protobufjs';
import { findCases } from '../../conformance/case.ts';
import { decode } from '../../src/model/decode.ts';
import { messageFields, messageNames, type Field } from '../../src/model/schema.ts';
import { amount } from '../full.ts';

const root = protobuf.loadSync('proto/onnx.proto');

/** What protobufjs decodes, in our terms: absent lists left out, 64-bit integers as numbers or halves. */
function theirs(type: string, bytes: Uint8Array): unknown {
  const plain = (value: unknown): unknown => {
    if (Long.isLong(value)) {
      const bits = value.toSigned();
      const number = bits.toNumber();
      return Number.isSafeInteger(number) ? number : { low: bits.low, high: bits.high };
    }
    if (value instanceof Uint8Array) return [...value];
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([, v]) => !Array.isArray(v) || v.length > 0).map(([k, v]) => [k, plain(v)]));
  };
  return plain(root.lookupType(type).decode(new Uint8Array(bytes)));
}

function ours(type: string, bytes: Uint8Array): unknown {
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return [...value];
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([, v]) => !Array.isArray(v) || v.length > 0).map(([k, v]) => [k, plain(v)]));
  };
  return plain(decode(bytes, type));
}

test('models of the pack', () => {
  for (const { dir } of findCases(['conformance/pack']).filter((_, i) => i % amount(5, 1) === 0)) {
    const bytes = readFileSync(join(dir, 'model.onnx'));
    expect(ours('ModelProto', bytes), dir).toEqual(theirs('ModelProto', bytes));
  }
});

/** protobufjs drops values that an enumeration does not list. */
const ENUMERATIONS = new Set(['type', 'data_location']);

/** Values a field may hold; messages a few levels deep. */
function valueOf(field: Field, depth: number): fc.Arbitrary<unknown> {
  switch (field.kind) {
    case 'int': return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((v) => Long.fromString(String(v)));
    case 'int32': return ENUMERATIONS.has(field.name) ? fc.integer({ min: 0, max: 1 }) : fc.integer();
    case 'f32': return fc.float({ noNaN: true });
    case 'f64': return fc.double({ noNaN: true });
    case 'bytes': case 'raw': return fc.uint8Array({ maxLength: 5 });
    case 'message': return messageOf(field.message!, depth - 1);
    default: return fc.string({ unit: 'binary', maxLength: 5 });
  }
}

function messageOf(type: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = messageFields(type).filter((f) => f !== undefined && (f.kind !== 'message' || depth > 0)) as Field[];
  const record = fc.record(Object.fromEntries(fields.map((f) => [f.key, f.repeated ? fc.array(valueOf(f, depth), { maxLength: 3 }) : valueOf(f, depth)])), { requiredKeys: [] });
  // A file holds one member of a oneof.
  const members = new Set(fields.filter((f) => f.oneof).map((f) => f.key));
  return record.map((message) => {
    const [, ...others] = Object.keys(message).filter((key) => members.has(key));
    return Object.fromEntries(Object.entries(message).filter(([key]) => !others.includes(key)));
  });
}

test.each(messageNames())('%s', (name) => {
  const type = root.lookupType(name);
  fc.assert(fc.property(messageOf(name, 2), (message) => {
    const bytes = type.encode(message).finish();
    expect(ours(name, bytes)).toEqual(theirs(name, bytes));
  }), { numRuns: amount(10, 200), seed: 1 });
});
