import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { coverageTable } from '../conformance/coverage.ts';
import { passPages } from '../conformance/pass-pages.ts';

test('docs/operators.md is current (npm run tables)', () => {
  expect(readFileSync('docs/operators.md', 'utf8')).toBe(coverageTable());
});

test('the pages of passes are current (npm run tables)', () => {
  const pages = passPages();
  for (const [path, text] of pages) expect(readFileSync(path, 'utf8'), path).toBe(text);
  expect(readdirSync('docs/passes').map((name) => `docs/passes/${name}`).sort()).toEqual([...pages.keys()].filter((path) => path !== 'docs/passes.md').sort());
});
