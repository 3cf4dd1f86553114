import { fail } from '../../../src/errors.ts';

/** The entry of a table that a string attribute names. Throws `E_ATTRIBUTE` with the names there are. */
export function choose<T>(table: Readonly<Record<string, T>>, value: string, attribute: string): T {
  if (Object.hasOwn(table, value)) return table[value];
  return fail('E_ATTRIBUTE', `${attribute} has a value it cannot have`, {
    arg: { kind: 'attribute', name: attribute }, expected: Object.keys(table).join(', '), found: JSON.stringify(value),
  });
}
