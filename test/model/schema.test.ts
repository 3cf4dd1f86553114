/** The field table of the scan says what proto/onnx.proto says. */
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { messageFields, messageNames } from '../../src/model/schema.ts';

const root = protobuf.loadSync('proto/onnx.proto');
const WIRE: Readonly<Record<string, string>> = { int32: 'int32', int64: 'int', uint64: 'int', float: 'f32', double: 'f64' };

test.each(messageNames())('%s', (name) => {
  const type = root.lookupType(name);
  const fields = messageFields(name).filter((f) => f !== undefined);
  expect(fields.map((f) => f.number).sort((a, b) => a - b)).toEqual(type.fieldsArray.map((f) => f.id).sort((a, b) => a - b));
  for (const field of fields) {
    const declared = type.fieldsById[field.number]!.resolve();
    const snake = declared.name.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    expect(field).toMatchObject({ name: snake, key: declared.name, repeated: declared.repeated, oneof: declared.partOf !== null });
    const resolved = declared.resolvedType;
    if (resolved instanceof protobuf.Type) expect(field.message).toBe(resolved.name);
    else if (declared.type === 'string') expect(['name', 'text']).toContain(field.kind);
    else if (declared.type === 'bytes') expect(['bytes', 'raw']).toContain(field.kind);
    else expect(field.kind).toBe(resolved === null ? WIRE[declared.type] : 'int32'); // enumerations
  }
});

test('every message that a file can hold is in the table', () => {
  const names: string[] = [];
  const collect = (space: protobuf.NamespaceBase) => {
    for (const nested of space.nestedArray) {
      if (nested instanceof protobuf.Type) names.push(nested.name);
      if (nested instanceof protobuf.Namespace) collect(nested);
    }
  };
  collect(root);
  expect([...messageNames()].sort()).toEqual(names.sort());
});
