/** What a page fetches before it has a model. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const DIST = 'dist/browser';
/** Core and wasm, in bytes after gzip. Scalar kernels come with the models that need them. */
const BUDGET = 150_000;

/** A bundle and what it imports statically. */
function closure(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*["'`](\.[^"'`]+)/g)) closure(join(dirname(file), specifier), seen);
  return seen;
}

const entries = existsSync(DIST) ? readdirSync(DIST).filter((file) => file.endsWith('.js')) : [];

test('core and wasm are small', () => {
  const bytes = [...closure(join(DIST, 'nibble-onnx.js'))].map((file) => gzipSync(readFileSync(file), { level: 9 }).length);
  expect(bytes.reduce((a, b) => a + b)).toBeLessThanOrEqual(BUDGET);
});

test.each(entries.filter((entry) => entry !== 'gpu.js'))('%s needs no built-in of Node and evaluates no text', (entry) => {
  for (const file of closure(join(DIST, entry))) {
    const code = readFileSync(file, 'utf8');
    expect(code.match(/["'`]node:[\w/]+["'`]/)?.[0], file).toBeUndefined();
    expect(code.match(/\beval\(|\bFunction\(/)?.[0], file).toBeUndefined();
  }
});
