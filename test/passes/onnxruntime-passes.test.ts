/** docs/onnxruntime-passes.md names passes that exist, and leaves none out. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LEVELS, passesOf } from '../../src/passes/index.ts';

const rows = readFileSync('docs/onnxruntime-passes.md', 'utf8').split('\n').filter((line) => line.startsWith('| '));
const named = new Set(rows.flatMap((line) => [...line.matchAll(/`([a-z0-9-]+)`/g)].map((m) => m[1]!)));
const passes = LEVELS.flatMap((level) => passesOf(level)).map((p) => p.name);

it('names passes that exist', () => {
  expect([...named].filter((name) => !passes.includes(name))).toEqual([]);
});

it('places every pass', () => {
  expect(passes.filter((name) => !named.has(name))).toEqual([]);
});

it('gives a reason where onnxruntime has a pass that is not wanted here', () => {
  for (const row of rows.filter((line) => line.includes('| none |'))) expect(row.split('|')[4]!.trim(), row).not.toBe('');
});
