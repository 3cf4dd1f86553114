import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coverageTable } from '../conformance/coverage.ts';

test('docs/operators.md is current (npm run tables)', () => {
  expect(readFileSync('docs/operators.md', 'utf8')).toBe(coverageTable());
});
