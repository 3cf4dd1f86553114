import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coverageTable } from '../conformance/coverage.ts';
import { passPages } from '../conformance/pass-pages.ts';

test('docs/operators.md is current (npm run tables)', () => {
  expect(readFileSync('docs/operators.md', 'utf8')).toBe(coverageTable());
});

test('docs/passes.md is current (npm run tables)', () => {
  expect(readFileSync('docs/passes.md', 'utf8')).toBe(passPages());
});
