/** What a page fetches before it has a model. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { expect, test } from 'vitest';
import { FULL } from '../full.ts';
import { CHROMIUM, launch, visit } from './chromium.ts';

const DIST = 'dist/browser';
/** Core and wasm, in bytes after gzip. Scalar kernels, and what is not about everyday operators, come with the models that need them. */
const BUDGET = 120_000;

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

test.each(entries)('%s needs no built-in of Node and evaluates no text', (entry) => {
  for (const file of closure(join(DIST, entry))) {
    const code = readFileSync(file, 'utf8');
    expect(code.match(/["'`]node:[\w/]+["'`]/)?.[0], file).toBeUndefined();
    expect(code.match(/\beval\(|\bFunction\(/)?.[0], file).toBeUndefined();
  }
});

test.each(['dist/browser', 'dist/node'])('scripts in %s are ASCII, which engines read faster', (folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'));
  expect(files.filter((file) => /[^\0-\x7f]/.test(readFileSync(join(folder, file), 'utf8')))).toEqual([]);
});

test.runIf(FULL)('a bundler for browsers finds the bundles, and makes a program of them that runs', async () => {
  const folder = '.tmp/bundled', warnings: string[] = [];
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/app.js`, `
    import { InferenceSession, Tensor } from 'nibble-onnx';
    import 'nibble-onnx/webgpu';
    import { LanguageModel } from 'nibble-onnx/text';
    const session = await InferenceSession.create('/models/digits/qdq_u8s8/model.onnx');
    const { logits } = await session.run({ image: new Tensor('float32', new Float32Array(64), [1, 1, 8, 8]) });
    document.title = [...logits.dims, session.explain().nodes.length, typeof LanguageModel.create].join();`);
  writeFileSync(`${folder}/index.html`, '<!doctype html><script type="module" src="dist/app.js"></script>');
  const bundle = await rolldown({ input: `./${folder}/app.js`, platform: 'browser', logLevel: 'silent', onLog: (_, log) => void warnings.push(log.message) });
  await bundle.write({ dir: `${folder}/dist`, format: 'esm' });
  if (CHROMIUM !== undefined) {
    const browser = await launch();
    const { page, complaints, close } = await visit(browser, '/', { '/': folder, '/models/': 'models' });
    await page.waitForFunction(() => document.title.includes('function'));
    expect(await page.title()).toBe('1,10,9,function');
    expect(complaints).toEqual([]);
    await close();
    await browser.close();
  }
  expect(warnings).toEqual([]);
  rmSync(folder, { recursive: true });
});
